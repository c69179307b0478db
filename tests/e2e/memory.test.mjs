// Measures the memory of the proxy while peers do not read, and after they have gone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before as beforeAll, describe, it } from 'node:test';
import { makeAuthority, makeCertificate } from './harness/certificates.mjs';
import { alphabet, MEGABYTE } from './harness/digest.mjs';
import { BulkServer } from './harness/bulk_server.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { ROUTES } from './harness/routes.mjs';
import { DIRECT, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until, untilSteady } from './harness/until.mjs';

const file = new Scope();
const KILOBYTE = 1024;
const BLOCK = alphabet(65_536);
let sandbox;
let authority;
let certificate;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  const folder = await temporaryFolder(file);
  authority = await makeAuthority(folder);
  certificate = await makeCertificate(folder, authority, ['localhost']);
});
after(() => file.close());

const CROWD = 25; // of each kind at the same time
const SIZE = 64 * MEGABYTE; // of each transfer: far more than all that kernels and peers hold back
const BOUND = 256 * KILOBYTE; // for each connection that has come to a halt

const inside = (method, path, fields = '') => `${method} ${path} HTTP/1.1\r\nHost: inside\r\n${fields}\r\n`;
// The cheapest first: memory that others have freed would hide their use.
const KINDS = {
  'a tunnel, down': (at) => connectTo(...at.split(':')) + inside('GET', '/down'),
  'a tunnel, up': (at) => connectTo(...at.split(':')) + inside('POST', '/up', `Content-Length: ${SIZE}\r\n`),
  'an answer': (at) => `GET http://${at}/down HTTP/1.1\r\nHost: ${at}\r\n\r\n`,
  'an upload': (at) => `POST http://${at}/up HTTP/1.1\r\nHost: ${at}\r\nContent-Length: ${SIZE}\r\n\r\n`,
};

/** A client that sends `request`, then reads nothing, and writes as much as the socket accepts if it uploads. */
async function halting(scope, port, request) {
  const client = await RawClient.connect(scope, port);
  client.socket.removeAllListeners('data');
  client.socket.pause();
  client.send(request);
  if (!/\/(up|both) /.test(request)) return client;
  const more = () => { while (client.socket.bytesWritten < SIZE && client.socket.write(BLOCK)); };
  client.socket.on('drain', more);
  more();
  return client;
}

/** Reads one piece, and stops again. */
const sip = ({ socket }) => new Promise((resolve) => {
  socket.once('data', () => {
    socket.pause();
    resolve();
  });
  socket.resume();
});

/** The rest of a response of SIZE bytes. */
async function drain({ socket }, before) {
  let count = before;
  socket.on('data', (bytes) => { count += bytes.length; });
  socket.resume();
  await until('all of it', () => count >= SIZE, { within: 30_000 });
}

describe(`A peer that stops reading costs the proxy ${BOUND / KILOBYTE} KiB at most, whatever it is sent`, () => {
  for (const [way, { host, tls, options }] of Object.entries(ROUTES)) {
    it(sentence(way), { timeout: 150_000 }, async (t) => {
      const scope = Scope.of(t);
      const server = await BulkServer.start(scope, { size: SIZE, certificate: tls && certificate });
      const own = await Proxy.start(scope, sandbox, options(server.port, authority));
      const all = [];
      const taken = () => server.sent + all.reduce((sum, { socket }) => sum + socket.bytesWritten - socket.writableLength, 0);
      const comesToRest = () => untilSteady('what senders can get rid of', taken, { quiet: 500, within: 60_000 });

      /** Adds a crowd that stops reading; returns the growth of the proxy's memory for each. */
      async function halt(kind) {
        const before = await own.ownMemory();
        const text = KINDS[kind](`${host}:${server.port}`);
        const crowd = await Promise.all(Array.from({ length: CROWD }, () => halting(scope, own.port, text)));
        all.push(...crowd);
        await until('all are served', () => server.connections === all.length, { within: 60_000 });
        await comesToRest();
        if (/\/(down|both) /.test(text)) await Promise.all(crowd.map(sip)); // frees some buffer space, which is filled again
        await comesToRest();
        return (await own.ownMemory() - before) / CROWD;
      }

      const begin = await own.peakMemory();
      for (const kind of Object.keys(KINDS)) {
        const each = await halt(kind);
        t.diagnostic(`${kind}: ${Math.round(each / KILOBYTE)} KiB`);
        assert.ok(each <= BOUND, `${kind}: the proxy grew by ${each} bytes for each`);
      }
      const most = (await own.peakMemory() - begin) / all.length;
      assert.ok(most <= BOUND, `at its largest the proxy had grown by ${most} bytes for each`);
      assert.ok(taken() < all.length * SIZE / 2, 'more than half of all bytes left their senders while no peer read');
      await drain(all[0], all[0].socket.bytesRead);
    });
  }
});

describe('Connections that come and go', () => {
  it('Leave no memory behind', async (t) => {
    const scope = Scope.of(t);
    const server = await BulkServer.start(scope, { size: 2 * MEGABYTE });
    const own = await Proxy.start(scope, sandbox);
    const crowd = async (size, kind) => {
      const served = server.connections;
      const text = KINDS[kind](`${DIRECT}:${server.port}`);
      const clients = await Promise.all(Array.from({ length: size }, () => halting(scope, own.port, text)));
      await until('all are served', () => server.connections === served + size, { within: 60_000 });
      return clients;
    };
    // A reset, because an orderly close would wait behind the unread upload.
    const leave = (clients) => clients.forEach(({ socket }) => socket.resetAndDestroy());
    leave(await crowd(1, 'an answer'));
    const before = await own.ownMemory();
    const grown = async () => await own.ownMemory() - before;
    for (const kind of ['an answer', 'a tunnel, down', 'an upload']) {
      const clients = await crowd(300, kind);
      const most = await grown();
      leave(clients);
      await until(`memory is given back after ${kind}`, async () => await grown() < MEGABYTE);
      t.diagnostic(`${kind}: ${Math.round(most / KILOBYTE)} KiB, then ${Math.round(await grown() / KILOBYTE)}`);
    }
  });

  it('Leave no descriptor behind', async (t) => {
    const scope = Scope.of(t);
    const own = await Proxy.start(scope, sandbox);
    const descriptors = () => readdirSync(`/proc/${own.process.pid}/fd`).length;
    const hundred = () => Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const client = await RawClient.connect(scope, own.port);
      client.send(index % 2 ? get(sandbox, DIRECT, '/bytes/1', 'Connection: close\r\n') : `${connectTo(DIRECT, sandbox.origin_port)}x`);
      await client.head();
      client.socket.destroy();
    }));
    const before = descriptors();
    for (let round = 0; round < 5; round += 1) await hundred();
    // Idle connections to the origin may stay, kept for the next request.
    await until('they are given back', () => descriptors() <= before + 50);
  });
});

describe('Memory that the system does not give', () => {
  it('Ends the proxy with one line and SIGABRT', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox);
    const { pid } = proxy.process;
    const addresses = KILOBYTE * Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
    assert.equal((await run('prlimit', ['--pid', String(pid), `--as=${addresses}:`])).code, 0);
    for (let i = 0; i < 100 && proxy.process.running; ++i) {
      const client = await RawClient.connect(scope, proxy.port).catch(() => null);
      client?.send(`GET http://${DIRECT}/ HTTP/1.1\r\nX: ${'x'.repeat(60_000)}`); // held until the head ends
    }
    const { signal } = await proxy.process.end();
    assert.equal(signal, 'SIGABRT');
    const told = proxy.process.stderr.split('\n').filter((line) => line.includes('out of memory'));
    assert.deepEqual(told, ['aluvia-connect: out of memory; the process aborts, start it again']);
  });
});
