// Provides directories and ports for one test.
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function temporaryFolder(scope) {
  const folder = await mkdtemp(join(tmpdir(), 'aluvia-e2e-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A TCP port of 127.0.0.1 where nothing listens. It is below the ports that the kernel gives out (32768 and up), so that no test beside
 * takes it before it is used.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer();
    const isFree = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Lets a net, http or https server listen on a free port of `host`; returns the port. */
export async function listen(server, host = '127.0.0.1') {
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  return server.address().port;
}

/** Like listen(), and at the end of the scope the server and all its connections are closed. */
export async function serve(scope, server, host = '127.0.0.1') {
  const connections = new Set();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => connections.delete(socket));
  });
  const port = await listen(server, host);
  scope.defer(() => new Promise((resolve) => {
    for (const socket of connections) socket.destroy();
    server.close(resolve);
  }));
  return port;
}
