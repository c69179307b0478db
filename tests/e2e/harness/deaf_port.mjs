// Provides a port whose backlog is full, so that the kernel drops every further SYN.
import { readFile } from 'node:fs/promises';
import { Process } from './process.mjs';

const FILL = `
import socket, sys
deaf = socket.socket()
deaf.bind(('127.0.0.1', 0))
deaf.listen(0)
kept = []
try:
    while True:
        kept.append(socket.create_connection(deaf.getsockname(), timeout=0.3))
except TimeoutError:
    pass
print(deaf.getsockname()[1], flush=True)
sys.stdin.read()
`;
const SYN_SENT = '02';

/** Ends with the scope. connecting() is true while a connection attempt waits. */
export async function deafPort(scope) {
  const process = new Process('python3', ['-c', FILL]);
  scope.defer(() => process.stop());
  const port = Number(await process.firstLine());
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const connecting = async () => {
    const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
    return rows.some(([, , to, state]) => to === remote && state === SYN_SENT);
  };
  return { port, connecting };
}
