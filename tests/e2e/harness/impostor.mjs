// Listens where the control socket of a running proxy would be, as another user or as this one.
import { join } from 'node:path';
import { Process } from './process.mjs';

/** The ID of the unprivileged user that every system has. */
export const STRANGER = 65534;

/** Arguments of setpriv that make a command the stranger's. */
export const asStranger = ['--reuid', String(STRANGER), '--regid', String(STRANGER), '--clear-groups'];

/** For `{ skip }`: false, or the reason why this process cannot become another user. */
export const needsRoot = process.getuid() !== 0 && 'only root can become another user';

// CommonJS on the command line, because the other user may not be able to read a file of the tests.
const SERVER = `
const { createServer } = require('node:net');
const { mkdirSync, chmodSync } = require('node:fs');
const [folder, mode, name, body] = process.argv.slice(1);
try { mkdirSync(folder); } catch (error) { if (error.code !== 'EEXIST') throw error; }
if (mode) chmodSync(folder, parseInt(mode, 8));
const answer = 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + Buffer.byteLength(body) + '\\r\\n\\r\\n' + body;
createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (bytes) => {
    console.log('asked ' + bytes.toString().split('\\r\\n')[0]);
    socket.end(answer);
  });
}).listen(folder + '/' + name, () => console.log('listening'));
`;

/**
 * Listens on `folder`/`name`, making the directory with `mode` if there is none, and answers everything with
 * `body`. `asked()` lists the request lines that it got.
 */
export async function impostor(scope, { folder, mode = '', name, body, stranger = true }) {
  const under = stranger ? ['setpriv', ...asStranger] : [];
  const [command, ...args] = [...under, process.execPath, '-e', SERVER, '--', folder, mode, name, body];
  const program = new Process(command, args);
  scope.defer(() => program.stop());
  await program.firstLine();
  return {
    socket: join(folder, name),
    asked: () => program.stdout.split('\n').filter((line) => line.startsWith('asked ')),
  };
}
