// Tests the proxy with Chromium, whose only way out it is. Chromium bypasses its proxy for loopback names, hence the example names.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before as beforeAll, describe, it } from 'node:test';
import { launchBrowser } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { alphabet, MEGABYTE, sha256 } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];
let sandbox;
let proxy;
let browser;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox, ['--poll-interval', '1000']);
  browser = await launchBrowser(file, proxy);
});
after(() => file.close());

/** A page of a context of its own, so that no cache or connection of another test helps. */
async function newPage(t) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, acceptDownloads: true });
  t.after(() => context.close());
  return context.newPage();
}

async function tunnels(host) {
  const answer = await (await fetch(new URL('/tunnels', proxy.url))).json();
  return answer.tunnels.filter((tunnel) => tunnel.host.startsWith(`${host}:`));
}

const address = (scheme, host, path) => (scheme.endsWith('s') ? sandbox.https(host, path) : sandbox.http(host, path));

for (const [route, host] of ROUTES) {
  describe(`Chromium by the route ${route}`, () => {
    for (const scheme of ['http', 'https']) {
      it(`Loads a page with a hundred resources over ${scheme}`, async (t) => {
        const page = await newPage(t);
        await sandbox.clear();
        const answer = await page.goto(address(scheme, host, '/page/100'));
        assert.equal(answer.status(), 200);
        assert.equal(answer.headers()['x-sandbox-via'], route);
        await page.waitForFunction(() => document.title === 'loaded 100', undefined, { timeout: 20_000 });
        const { requests } = await sandbox.requests();
        const resources = requests.filter(({ path }) => path.startsWith('/res/'));
        assert.equal(resources.length, 100);
        assert.ok(resources.every((request) => request.way === route && request.scheme === scheme));
      });

      it(`Talks to a WebSocket over ${scheme.replace('http', 'ws')}`, async (t) => {
        const page = await newPage(t);
        await page.goto(address(scheme, host, '/'));
        const url = address(scheme, host, '/ws').replace('http', 'ws');
        assert.deepEqual(await page.evaluate(echoes, url), ['hello', 'ünïcode', 70_000, 'closed 1000']);
      });
    }

    it('Downloads a file whole', async (t) => {
      const page = await newPage(t);
      await page.goto(sandbox.http(host));
      const size = 5 * MEGABYTE + 3;
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.goto(sandbox.http(host, `/download/${size}`)).catch(() => {}), // a download ends the navigation
      ]);
      assert.equal(download.suggestedFilename(), 'file.bin');
      const bytes = await readFile(await download.path());
      assert.equal(bytes.length, size);
      assert.equal(sha256(bytes), sha256(alphabet(size)));
    });

    it('Uploads what a page posts', async (t) => {
      const page = await newPage(t);
      await page.goto(sandbox.https(host));
      const answer = await page.evaluate(async () => (await fetch('/sink', { method: 'POST', body: 'u'.repeat(1_000_000) })).json());
      assert.deepEqual([answer.body_bytes, answer.via], [1_000_000, route]);
    });
  });
}

/** Runs in the page: what comes back for two texts and 70,000 bytes, and how the socket ends. */
async function echoes(url) {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  const next = (name) => new Promise((resolve, reject) => {
    socket.addEventListener(name, resolve, { once: true });
    if (name !== 'close') socket.addEventListener('close', (event) => reject(new Error(`closed ${event.code}`)), { once: true });
  });
  await next('open');
  const answers = [];
  for (const message of ['hello', 'ünïcode', new Uint8Array(70_000)]) {
    const echoed = next('message');
    socket.send(message);
    const { data } = await echoed;
    answers.push(data.byteLength ?? data);
  }
  const closed = next('close');
  socket.close(1000);
  answers.push(`closed ${(await closed).code}`);
  return answers;
}

describe('A rule that is flipped while Chromium runs', () => {
  for (const scheme of ['http', 'https']) {
    it(`Sends the next navigation over ${scheme} the other way, without a restart`, async (t) => {
      const page = await newPage(t);
      const host = `flipped-${scheme}.example`;
      const navigate = async () => (await page.goto(address(scheme, host, '/'))).headers()['x-sandbox-via'];
      const flip = async (rules, route) => {
        await sandbox.patchUser({ rules });
        await until(`the proxy knows of ${rules}`, async () => (await curl(proxy, [sandbox.http(host)])).via === route);
        // Tunnels that moved bytes a moment ago have time to end.
        await until('no tunnel leads the old way', async () => (await tunnels(host)).every((tunnel) => tunnel.route === route));
      };
      assert.equal(await navigate(), 'direct');
      await flip([PROXIED, host], 'gateway');
      assert.equal(await navigate(), 'gateway');
      await flip([PROXIED], 'direct');
      assert.equal(await navigate(), 'direct');
      assert.ok(browser.isConnected());
    });
  }
});

describe('A failure', () => {
  it('Is shown as the proxy\'s own page over http, with the reason', async (t) => {
    const page = await newPage(t);
    const answer = await page.goto('http://nothing.invalid/');
    assert.equal(answer.status(), 502);
    assert.match(await page.content(), /nothing\.invalid/);
  });

  it('A failed tunnel is a failed navigation, not an empty page', async (t) => {
    const page = await newPage(t);
    await assert.rejects(page.goto('https://nothing.invalid/'), /ERR_TUNNEL_CONNECTION_FAILED/);
  });
});
