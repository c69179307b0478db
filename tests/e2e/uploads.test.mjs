// Tests uploads of real clients to a server that responds before it reads the body, on every route.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { launchBrowser } from './harness/browser.mjs';
import { makeAuthority, makeCertificate } from './harness/certificates.mjs';
import { curl } from './harness/curl.mjs';
import { MEGABYTE, noise, sha256 } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { ROUTES } from './harness/routes.mjs';
import { DIRECT, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { serve, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
const SIZE = 5 * MEGABYTE;
let sandbox;
let folder;
let authority;
let certificate;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  folder = await temporaryFolder(file);
  authority = await makeAuthority(folder);
  certificate = await makeCertificate(folder, authority, ['localhost']);
});
after(() => file.close());

/** A site, or a gateway, that answers every POST at once, reads its body afterwards, and records it in `arrived`. */
async function acknowledger(scope, tls) {
  const site = { arrived: [], cut: 0 };
  const handle = (request, response) => {
    if (request.method !== 'POST') return response.end('<!doctype html><title>a page</title>');
    response.writeHead(200, { 'Content-Length': '2' });
    response.end('ok');
    const chunks = [];
    request.on('data', (bytes) => chunks.push(bytes));
    request.on('end', () => site.arrived.push(Buffer.concat(chunks)));
    request.on('aborted', () => { site.cut += 1; });
  };
  const server = tls ? https.createServer(certificate, handle) : http.createServer(handle);
  site.port = await serve(scope, server);
  return site;
}

/** The same for one POST with a length, in cases where Node's own server would close the connection. */
async function rawAcknowledger(scope, tls, fields = '') {
  const site = { arrived: [], bodyBytes: [] };
  const accept = (socket) => {
    const connection = site.bodyBytes.push(0) - 1;
    let bytes = Buffer.alloc(0);
    let start = 0; // of the body
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      if (!start && bytes.includes('\r\n\r\n')) {
        start = bytes.indexOf('\r\n\r\n') + 4;
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${fields}\r\nok`);
      }
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(bytes.subarray(0, start).toString('latin1'))?.[1]);
      site.bodyBytes[connection] = start && bytes.length - start;
      if (bytes.length - start === length) site.arrived.push(bytes.subarray(start));
    });
  };
  site.port = await serve(scope, tls ? createTlsServer(certificate, accept) : createServer(accept));
  return site;
}

/** Runs in the page: the results of `count` posts of `size` bytes each, all at the same time. */
function posts({ count, size }) {
  return Promise.all(Array.from({ length: count }, async (_, index) => {
    const body = new Uint8Array(size).fill(index);
    return (await fetch(`/form/${index}`, { method: 'POST', body })).text();
  }));
}

describe('A server that responds first gets the whole body', () => {
  for (const [way, { host, tls, options }] of Object.entries(ROUTES)) {
    it(`Twenty forms of 5 MB from Chromium ${way}`, { timeout: 120_000 }, async (t) => {
      const scope = Scope.of(t);
      const site = await acknowledger(scope, tls);
      const proxy = await Proxy.start(scope, sandbox, options(site.port, authority));
      const browser = await launchBrowser(scope, proxy);
      const page = await browser.newPage();
      await page.goto(`http://${host}:${site.port}/`);
      const answers = await page.evaluate(posts, { count: 20, size: SIZE });
      assert.deepEqual(answers, Array(20).fill('ok'));
      await until('all have arrived', () => site.arrived.length === 20, { within: 30_000 });
      assert.deepEqual(site.arrived.map((body) => body[0]).sort((a, b) => a - b), Array.from({ length: 20 }, (_, index) => index));
      assert.ok(site.arrived.every((body) => body.equals(Buffer.alloc(SIZE, body[0]))));
      assert.equal(site.cut, 0);
    });

    for (const [what, args, start] of [
      ['a file', ['-H', 'Expect:'], acknowledger],
      ['a file in chunks', ['-H', 'Expect:', '-H', 'Transfer-Encoding: chunked'], acknowledger],
      ['a file, and says Connection: close', ['-H', 'Expect:'], (scope, tls) => rawAcknowledger(scope, tls, 'Connection: close\r\n')],
    ]) {
      it(sentence(`${what} from curl ${way}`), async (t) => {
        const scope = Scope.of(t);
        const site = await start(scope, tls);
        const proxy = await Proxy.start(scope, sandbox, options(site.port, authority));
        const body = noise(SIZE);
        const path = join(folder, 'body');
        await writeFile(path, body);
        const got = await curl(proxy, [...args, '--data-binary', `@${path}`, `http://${host}:${site.port}/`]);
        assert.equal(got.code, 0, got.stderr);
        assert.deepEqual([got.status, got.body], [200, 'ok']);
        await until('it has arrived', () => site.arrived.length === 1);
        assert.equal(sha256(site.arrived[0]), sha256(body));
      });
    }
  }
});

/** A site, or a gateway, that answers the first bytes and closes its connection with the rest unread, which is a reset. */
async function refuser(scope, tls) {
  const accept = (socket) => socket.on('error', () => {}).once('data', () => {
    socket.pause();
    socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig', () => setTimeout(() => socket.destroy(), 50));
  });
  return serve(scope, tls ? createTlsServer(certificate, accept) : createServer(accept));
}

describe('A server that responds and closes', () => {
  for (const [way, { host, tls, options }] of Object.entries(ROUTES)) {
    it(sentence(`${way} does not lose its response`), async (t) => {
      const scope = Scope.of(t);
      const port = await refuser(scope, tls);
      const proxy = await Proxy.start(scope, sandbox, options(port, authority));
      const client = await RawClient.connect(scope, proxy.port);
      client.send(`POST http://${host}:${port}/ HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Length: ${8 * SIZE}\r\n\r\n`);
      client.send(noise(8 * SIZE - 1));
      const answer = await client.answer();
      assert.deepEqual([answer.status, answer.body], [413, 'big']);
      assert.equal(await client.rest(), '');
    });
  }
});

// curl takes the response for the end, and would send its next request where the body should follow.
it('The next request is not taken for the body that curl withholds after a final response instead of 100 Continue', async (t) => {
  const scope = Scope.of(t);
  const site = await rawAcknowledger(scope);
  const proxy = await Proxy.start(scope, sandbox);
  const path = join(folder, 'withheld');
  await writeFile(path, noise(SIZE));
  const url = `http://${DIRECT}:${site.port}/`;
  const got = await curl(proxy, ['--data-binary', `@${path}`, url, url]);
  assert.equal(got.code, 0, got.stderr);
  assert.deepEqual([got.status, got.body], [200, 'okok']);
  assert.deepEqual(site.bodyBytes, [0, 0]);
});
