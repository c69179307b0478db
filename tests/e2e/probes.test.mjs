// Tests the pages of the proxy's own address, their access rules, and that a page of another site gets nothing.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { launchBrowser, launchBrowserWithoutProxy } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { until } from './harness/until.mjs';

const PLACES = ['/livez', '/readyz', '/startupz', '/metrics', '/status', '/tunnels', '/live', '/', '/page.js', '/page.css', '/proxy.pac'];

const file = new Scope();
let sandbox;
let proxy;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
});
after(() => file.close());

const own = (path, options) => fetch(`${proxy.url}${path}`, options);

/** The head and body that a raw request gets; the proxy closes after its response. */
async function raw(t, text) {
  const client = await RawClient.connect(Scope.of(t), proxy.port);
  client.send(text);
  return client.head();
}

describe('The probes', () => {
  it('Are all 200 while the proxy works', async () => {
    for (const path of PLACES) {
      const answer = await own(path);
      await answer.arrayBuffer();  // a body that waits to be read when its connection ends breaks Node's client
      assert.equal(answer.status, 200, path);
    }
  });

  it('Answer HEAD without a body', async () => {
    const answer = await own('/status', { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.ok(Number(answer.headers.get('content-length')) > 100);
    assert.equal(await answer.text(), '');
  });

  it('Report not ready, and why, while the API rejects the token, and ready again afterwards', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope);
    const mine = await Proxy.start(scope, box, ['--poll-interval', '1000']);
    const readyz = () => fetch(`${mine.url}/readyz`);
    assert.equal((await readyz()).status, 200);
    await box.faults({ api: { kind: 'status', status: 401, body: '{"error":"no"}' } });
    await until('not ready', async () => (await readyz()).status === 503, { within: 15_000 });
    assert.equal(await (await readyz()).text(), 'the API refuses the token\n');
    assert.equal((await fetch(`${mine.url}/livez`)).status, 200);
    assert.equal((await fetch(`${mine.url}/startupz`)).status, 200);
    assert.equal((await curl(mine, [box.http(PROXIED)])).via, 'gateway', 'the last good configuration still serves');
    await box.faults({});
    mine.process.signal('SIGHUP');
    await until('ready again', async () => (await readyz()).status === 200, { within: 15_000 });
  });

  it('Stay ready after one failed CONNECT', async () => {
    const failed = await curl(proxy, ['-p', 'http://127.0.0.1:1/']);
    assert.notEqual(failed.code, 0);
    assert.equal((await own('/readyz')).status, 200);
  });
});

describe('status, tunnels and metrics', () => {
  it('Show a live tunnel with its host, route, rule and bytes, and count what it moves', async (t) => {
    const client = await RawClient.connect(Scope.of(t), proxy.port);
    client.send(`CONNECT ${PROXIED}:${sandbox.origin_port} HTTP/1.1\r\nHost: ${PROXIED}\r\n\r\n`);
    assert.equal((await client.head()).status, 200);
    client.send(`GET /bytes/5000 HTTP/1.1\r\nHost: ${PROXIED}\r\n\r\n`);
    await client.head();
    const host = `${PROXIED}:${sandbox.origin_port}`;
    const find = async () => (await (await own('/tunnels')).json()).tunnels.find((one) => one.host === host);
    const tunnel = await until('the bytes of the tunnel', async () => {
      const one = await find();
      return one?.bytes_down >= 5000 && one;
    });
    assert.equal(tunnel.route, 'gateway');
    assert.equal(tunnel.rule, PROXIED);
    assert.equal(tunnel.configuration, 1);
    assert.ok(tunnel.bytes_up > 20 && tunnel.age_s >= tunnel.idle_s);
    const status = await (await own('/status')).json();
    assert.ok(status.traffic.gateway.bytes_down >= 5000, 'what is under way counts');
    assert.match(await (await own('/metrics')).text(), /^aluvia_connect_open_tunnels [1-9]/m);
  });

  it('Show no token, no credential and no session', async () => {
    await sandbox.user({ session_id: 'verysecretsession', proxy_password: 'verysecretpassword' });
    proxy.process.signal('SIGHUP');
    await until('the new configuration', async () => (await (await own('/status')).json()).configuration.version > 1);
    for (const path of PLACES) {
      const text = await (await own(path)).text();
      for (const hidden of [sandbox.token, 'verysecret', 'Basic ', 'Bearer']) assert.ok(!text.includes(hidden), `${path}: ${hidden}`);
    }
  });
});

describe('proxy.pac', () => {
  it('Sends a browser through the proxy', async (t) => {
    const text = await (await own('/proxy.pac')).text();
    const find = new Function('shExpMatch', `${text}; return FindProxyForURL;`)(
      (host, pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(host));
    assert.equal(find('https://shop.example/', 'shop.example'), `PROXY 127.0.0.1:${proxy.port}`);
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', 'a.localhost', '[::1]', '::1']) assert.equal(find('', host), 'DIRECT', host);
  });
});

describe('The page for people', () => {
  /** The contrast of the page's text, from 1 to 21 (WCAG 2.2). */
  const contrast = (page) => page.evaluate(() => {
    const luminance = (color) => color.match(/\d+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
      .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
    const { color, backgroundColor } = getComputedStyle(document.body);
    const [dark, light] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  });

  it('Follows the reader\'s choice of light or dark, and fits a phone', async (t) => {
    const page = await (await launchBrowserWithoutProxy(Scope.of(t))).newPage();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${proxy.url}/`);
    const backgrounds = [];
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      backgrounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      assert.ok(await contrast(page) > 7, colorScheme);
    }
    assert.notEqual(backgrounds[0], backgrounds[1]);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  });

  it('Breaks none of its own rules about what it may load', async (t) => {
    const page = await (await launchBrowserWithoutProxy(Scope.of(t))).newPage();
    const complaints = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${proxy.url}/`);
    await page.locator('#live').waitFor();
    assert.deepEqual(complaints, []);
  });
});

describe('Rejected requests', () => {
  it('A page whose host name resolves to the proxy gets 421, whatever the path', async (t) => {
    for (const host of ['evil.example', `evil.example:${proxy.port}`, `127.0.0.2:${proxy.port}`, '127.0.0.1']) {
      for (const path of ['/status', '/tunnels', '/', '/nothing']) {
        const answer = await raw(t, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        assert.equal(answer.status, 421, `${host}${path}`);
      }
    }
  });

  it('A change over TCP gets 405', async () => {
    const before = await (await own('/status')).json();
    for (const path of ['/rules', '/rotate', '/geo', '/stop', '/refresh', '/status', '/live', '/explain?url=x.example', '/']) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await own(path, { method, body: method === 'OPTIONS' ? undefined : '{"add":["*"]}' });
        assert.equal(answer.status, 405, `${method} ${path}`);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      }
    }
    assert.equal((await own('/rules')).status, 404);
    const later = await (await own('/status')).json();
    assert.deepEqual(later.configuration.version, before.configuration.version);
  });

  it('A page of another site in a browser on this machine reads nothing', async (t) => {
    const scope = Scope.of(t);
    const browser = await launchBrowser(scope, proxy);
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await page.goto(sandbox.http(DIRECT, '/'));
    const attack = async (url) => page.evaluate(async (address) => {
      const tries = [
        ['read', {}], ['no-cors', { mode: 'no-cors' }], ['post', { method: 'POST', mode: 'no-cors', body: '{}' }],
        ['preflight', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' }],
      ];
      const read = [];
      for (const [name, options] of tries) {
        const text = await fetch(address, options).then((answer) => answer.text()).catch(() => '');
        if (text !== '') read.push(name);
      }
      return read;
    }, url);
    assert.ok((await attack(sandbox.http(DIRECT, '/'))).includes('read'), 'the page can read its own site');
    for (const path of ['/status', '/tunnels', '/metrics', '/rules']) {
      assert.deepEqual(await attack(`${proxy.url}${path}`), [], path);
      assert.deepEqual(await attack(`http://localhost:${proxy.port}${path}`), [], path);
    }
  });
});
