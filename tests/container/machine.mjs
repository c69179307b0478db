// Provides the engine with the image, once for a test file. On a machine without one the file ends as skipped: ctest takes exit status
// 77 for that, and scripts/test prints the line with the reason.
import { engineWithImage, NotHere } from './engine.mjs';

export const engine = await engineWithImage().catch((fault) => {
  if (!(fault instanceof NotHere)) throw fault;
  console.log(`skipped: ${fault.message}`);
  process.exit(77);
});
