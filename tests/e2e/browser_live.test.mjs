// Changes a rule while Chromium has an open HTTP/2 connection to the host: the page stays, its next request takes the other
// route, and a download from another host continues. The test has its own gateway, which can reach an HTTP/2 origin; the sandbox
// has none.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { launchBrowser } from './harness/browser.mjs';
import { makeAuthority, makeCertificate } from './harness/certificates.mjs';
import { Proxy } from './harness/proxy.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { listen, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const FLIPPED = 'flipped-live.example';
const UNAFFECTED = 'unaffected.example';
const CHUNKS = 400;
const CHUNK = 'c'.repeat(10_000);

const file = new Scope();
let sandbox;
let gateway;
let origin;
let browser;

beforeAll(async () => {
  sandbox = await Sandbox.start(file, { rules: [] });
  gateway = await playGateway();
  origin = await playOrigin();
  const proxy = await Proxy.start(file, sandbox, ['--gateway-port', String(gateway.port), '--poll-interval', '1000']);
  browser = await launchBrowser(file, proxy);
});
after(() => file.close());

function closeWithAll(server, sockets) {
  file.defer(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => { server.close(resolve); });
  });
}

/** Opens every tunnel to this machine and records the ports of its connections. */
async function playGateway() {
  const ports = new Set();
  const sockets = new Set();
  const server = net.createServer((client) => {
    sockets.add(client);
    client.on('error', () => {});
    client.once('data', (head) => {
      const [, port] = /^CONNECT [^ :]+:(\d+) /.exec(head.toString('latin1'));
      const onward = net.connect(Number(port), '127.0.0.1', () => {
        ports.add(onward.localPort);
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(onward).pipe(client);
      });
      sockets.add(onward);
      onward.on('error', () => client.destroy());
      client.on('close', () => onward.destroy());
    });
  });
  const port = await listen(server);
  closeWithAll(server, sockets);
  return { port, ports };
}

/** Reports the route of every request, and keeps the connections of each host. */
async function playOrigin() {
  const folder = await temporaryFolder(file);
  const authority = await makeAuthority(folder);
  const certificate = await makeCertificate(folder, authority, [FLIPPED, UNAFFECTED]);
  const sockets = new Set();
  const open = new Map();
  const server = http2.createSecureServer(certificate);
  server.on('secureConnection', (socket) => sockets.add(socket));
  server.on('sessionError', () => {});
  server.on('stream', (stream, head) => {
    const { session } = stream;
    const [host] = head[':authority'].split(':');
    if (!session.destroyed && open.get(host) !== session) {
      open.set(host, session);
      session.on('close', () => { if (open.get(host) === session) open.delete(host); });
    }
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': head[':path'] === '/' ? 'text/html' : 'text/plain' });
    if (head[':path'] === '/slow') return dribble(stream);
    return stream.end(head[':path'] === '/way' ? (gateway.ports.has(session.socket.remotePort) ? 'gateway' : 'direct') : '<title>here</title>');
  });
  const port = await listen(server);
  closeWithAll(server, sockets);
  return { open, address: (host, path = '/') => `https://${host}:${port}${path}` };
}

function dribble(stream) {
  let sent = 0;
  const timer = setInterval(() => {
    if (stream.destroyed) return clearInterval(timer);
    sent += 1;
    if (sent < CHUNKS) return stream.write(CHUNK);
    clearInterval(timer);
    return stream.end(CHUNK);
  }, 10);
}

async function openPage(t, host) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(origin.address(host));
  return page;
}

const way = (page) => page.evaluate(async () => [await (await fetch('/way')).text(), window.kept]);

describe('A rule that flips under an open HTTP/2 connection', () => {
  it('Moves the next request of the page, and leaves a download from elsewhere alone', { timeout: 60_000 }, async (t) => {
    const page = await openPage(t, FLIPPED);
    await page.evaluate(() => { window.kept = 'the page was not loaded again'; });
    assert.deepEqual(await way(page), ['direct', 'the page was not loaded again']);
    const protocol = await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol);
    assert.equal(protocol, 'h2');
    const first = origin.open.get(FLIPPED);

    const beside = await openPage(t, UNAFFECTED);
    const download = beside.evaluate(async () => (await (await fetch('/slow')).text()).length);
    await sandbox.patchUser({ rules: [FLIPPED] });
    await until('the open connection ends', () => first.destroyed || first.closed);
    assert.deepEqual(await way(page), ['gateway', 'the page was not loaded again']);

    const second = origin.open.get(FLIPPED);
    await sandbox.patchUser({ rules: [] });
    await until('the open connection ends again', () => second.destroyed || second.closed);
    assert.deepEqual(await way(page), ['direct', 'the page was not loaded again']);
    assert.equal(await download, CHUNKS * CHUNK.length);
  });
});
