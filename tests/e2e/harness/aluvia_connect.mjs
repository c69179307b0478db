// Starts the program under test and checks how it ends.
import { Process } from './process.mjs';

if (!process.env.ALUVIA_CONNECT) {
  throw new Error('set ALUVIA_CONNECT to the path of the aluvia-connect binary (ctest does it)');
}

export const aluviaConnect = process.env.ALUVIA_CONNECT;

// The output of a sanitizer, and of the program itself for a bug.
const BUG = /Sanitizer|runtime error:|ended by a bug/;

/**
 * Starts the program, `under` another program and its arguments if given. At the end of the scope the program is stopped; it must
 * end with 0 and must not have reported a bug.
 */
export function launch(scope, args, { env, under = [] } = {}) {
  const [command, ...rest] = [...under, aluviaConnect, ...args];
  const program = new Process(command, rest, { env });
  scope.defer(() => stopCleanly(program));
  return program;
}

async function stopCleanly(program) {
  const asked = program.running;
  await program.stop();
  const { code, signal } = await program.end();
  if (BUG.test(program.stderr)) throw new Error(`${program.command} reported a bug\n${program.stderr}`);
  if (asked && code !== 0) throw new Error(`${program.command} ended with ${signal ?? code} after SIGTERM\n${program.stderr}`);
}
