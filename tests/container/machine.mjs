// The engine with the image, once for a test file. Where the machine has none, the file ends here, as skipped: ctest takes 77 for
// that, and the line on stdout is the reason.
import { engineWithImage, NotHere } from './engine.mjs';

export const engine = await engineWithImage().catch((fault) => {
  if (!(fault instanceof NotHere)) throw fault;
  console.log(`skipped: ${fault.message}`);
  process.exit(77);
});
