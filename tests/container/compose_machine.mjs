// Provides the engine of machine.mjs if docker-compose is installed, too; else ends the file as skipped.
import { requireCompose } from './compose.mjs';
import { NotHere } from './engine.mjs';
import { engine } from './machine.mjs';

await requireCompose(engine).catch((fault) => {
  if (!(fault instanceof NotHere)) throw fault;
  console.log(`skipped: ${fault.message}`);
  process.exit(77);
});
export { engine };
