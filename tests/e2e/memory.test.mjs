// What the proxy holds while somebody does not read, and once everybody has gone.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { alphabet, MEGABYTE } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { DIRECT, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { serve } from './harness/temp.mjs';
import { until, untilSteady } from './harness/until.mjs';

const file = new Scope();
let sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
});
after(() => file.close());

describe('a reader that stops does not make the proxy\'s memory grow', () => {
  const size = 200 * MEGABYTE;

  /** An origin that offers `size` bytes for every connection and counts what it could get rid of. */
  async function origin(scope) {
    const facts = { sent: 0 };
    const block = alphabet(65_536);
    facts.port = await serve(scope, http.createServer(async (request, response) => {
      response.writeHead(200, { 'Content-Length': size });
      for (let left = size; left > 0 && !response.destroyed; left -= block.length) {
        facts.sent += Math.min(left, block.length);
        if (!response.write(block.subarray(0, left))) {
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
        }
      }
      response.end();
    }));
    return facts;
  }

  async function drain(client) {
    let count = 0;
    client.socket.removeAllListeners('data');
    client.socket.on('data', (bytes) => { count += bytes.length; });
    client.socket.resume();
    await until('all of it', () => count >= size, { within: 30_000 });
    return count;
  }

  for (const [name, request] of [
    ['of a plain answer', ({ port }) => `GET http://${DIRECT}:${port}/ HTTP/1.1\r\nHost: ${DIRECT}:${port}\r\n\r\n`],
    ['of a tunnel', ({ port }) => `${connectTo(DIRECT, port)}GET / HTTP/1.1\r\nHost: inside\r\n\r\n`],
  ]) {
    it(name, async (t) => {
      const scope = Scope.of(t);
      const own = await Proxy.start(scope, sandbox);
      const facts = await origin(scope);
      const memory = await own.peakMemory();
      const client = await RawClient.connect(scope, own.port);
      client.socket.pause();
      client.send(request(facts));
      await until('the origin sends', () => facts.sent > 0);
      const waiting = await untilSteady('what the origin could send', () => facts.sent);
      assert.ok(waiting < size / 2, `${waiting} bytes left the origin while nobody read`);
      assert.ok(await drain(client) >= size);
      const grown = await own.peakMemory() - memory;
      assert.ok(grown < 16 * MEGABYTE, `the proxy grew by ${grown} bytes`);
    });
  }
});

describe('an origin that stops reading does not make the proxy\'s memory grow', () => {
  for (const [name, request] of [
    ['with an upload', (port) => `POST http://${DIRECT}:${port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${200 * MEGABYTE}\r\n\r\n`],
    ['with a tunnel', (port) => connectTo(DIRECT, port)],
  ]) {
    it(name, async (t) => {
      const scope = Scope.of(t);
      const own = await Proxy.start(scope, sandbox);
      let origin;
      const port = await serve(scope, net.createServer({ pauseOnConnect: true }, (socket) => { origin = socket; }));
      const client = await RawClient.connect(scope, own.port);
      const memory = await own.peakMemory();
      client.send(request(port));
      await until('the origin has the connection', () => origin);
      const block = alphabet(65_536);
      const more = () => { while (client.socket.bytesWritten < 200 * MEGABYTE && client.socket.write(block)); };
      client.socket.on('drain', more);
      more();
      const waiting = await untilSteady('what the client could send', () => client.socket.bytesWritten - client.socket.writableLength);
      assert.ok(waiting < 100 * MEGABYTE, `${waiting} bytes left the client while nobody read`);
      const grown = await own.peakMemory() - memory;
      assert.ok(grown < 16 * MEGABYTE, `the proxy grew by ${grown} bytes`);
    });
  }
});

describe('connections that come and go', () => {
  it('leave no descriptor behind', async (t) => {
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
    // What may stay are idle connections to the origin, kept for the next request.
    await until('they are given back', () => descriptors() <= before + 50);
  });
});
