// Tests the live page at the proxy's own address with Chromium: its data, its controls, its safety and its accessibility.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before as beforeAll, describe, it } from 'node:test';
import { launchBrowserWithoutProxy } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { RawClient } from './harness/raw.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { until } from './harness/until.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const file = new Scope();
let sandbox;
let proxy;
let browser;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox, ['--poll-interval', '1000']);
  browser = await launchBrowserWithoutProxy(file);
});
after(() => file.close());

/** Opens the page and waits until its script shows the live view. */
async function open(t, options = {}) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  page.faults = [];
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  page.on('pageerror', (fault) => page.faults.push(fault.message));
  page.on('request', (request) => request.url().startsWith('http://127.0.0.1:') || page.faults.push(request.url()));
  await page.goto(`${proxy.url}/`);
  if (options.javaScriptEnabled !== false) await page.locator('#live').waitFor();
  return page;
}

/** Asks for `host` until the page shows it: the first requests may end before it has looked. */
async function show(page, host, address) {
  await until(`the page shows ${host}`, async () => {
    await curl(proxy, [address]);
    return (await page.locator('#requests').innerText()).includes(host);
  });
}

const live = async (since = 0) => (await fetch(`${proxy.url}/live?since=${since}`)).json();

describe('The page', () => {
  it('Shows requests of both routes with rule and result, state, gateway and account', async (t) => {
    const page = await open(t);
    await show(page, DIRECT, sandbox.http(DIRECT));
    await show(page, PROXIED, sandbox.http(PROXIED));
    const row = page.locator('#requests tr', { hasText: PROXIED }).first();
    assert.match(await row.innerText(), /GET\s+.*gateway\s+.*200/s);
    assert.equal(await page.locator('.state').innerText(), 'ready');
    assert.match(await page.locator('#gateway-facts').innerText(), /127\.0\.0\.1.*State\s+ok.*Warm connections/s);
    assert.match(await page.locator('#account-facts').innerText(), /Last poll.*Rules/s);
    assert.equal(await page.locator('#bytes-plot polyline').count(), 2);
    assert.deepEqual(page.faults, []);
  });

  it('Filters, shows failures only, and pauses', async (t) => {
    const page = await open(t);
    await show(page, DIRECT, sandbox.http(DIRECT));
    await show(page, PROXIED, sandbox.http(PROXIED));
    await curl(proxy, ['http://nothing.invalid/']);
    await page.locator('#requests tr', { hasText: 'nothing.invalid' }).first().waitFor();
    const hosts = () => page.locator('#requests .host').allInnerTexts();
    await page.getByLabel('Filter').first().fill(PROXIED);
    assert.deepEqual([...new Set(await hosts())].filter((host) => !host.startsWith(PROXIED)), []);
    await page.getByLabel('Filter').first().fill('');
    await page.getByLabel('failed only').check();
    assert.match(await page.locator('#requests').innerText(), /nothing\.invalid/);
    assert.doesNotMatch(await page.locator('#requests').innerText(), new RegExp(PROXIED));
    await page.getByLabel('failed only').uncheck();
    await page.getByRole('button', { name: 'Pause' }).click();
    const before = await hosts();
    await curl(proxy, [sandbox.http(DIRECT, '/later')]);
    await page.getByText(/paused, [1-9]/).waitFor();
    assert.deepEqual(await hosts(), before);
    await page.getByRole('button', { name: 'Resume' }).click();
    await until('the requests of the pause come', async () => (await hosts()).length > before.length);
  });

  it('Asks nothing while it is hidden', async (t) => {
    const page = await open(t);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    // The page takes at most a second for its next question; two of another clock pass without one.
    const begin = Date.now();
    await until('two seconds pass', () => Date.now() - begin > 2000);
    assert.ok(asked.length <= 1, asked.join(' '));
    await page.evaluate(() => {
      delete document.hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await until('it asks again', () => asked.length > 1);
  });

  it('Shows names that are markup as text', async (t) => {
    const hostile = '<img src=x onerror=document.title="owned">.example';
    await sandbox.user({ rules: [PROXIED, hostile], target_geo: hostile });
    const page = await open(t);
    await until('the rule is shown', async () => (await page.locator('#rules').innerText()).includes('onerror'));
    assert.equal(await page.locator('main img').count(), 0);
    assert.notEqual(await page.title(), 'owned');
    assert.deepEqual(page.faults, []);
  });

  it('Shows what clients send instead of hosts as text', async (t) => {
    const page = await open(t);
    const hostile = '<img src=x onerror=document.title="owned">';
    const names = [`${hostile}.example`, `${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(61)}`, 'tab\there.example', '\u001b[31mred'];
    for (const name of names) {
      for (const request of [`GET http://${name}/ HTTP/1.1\r\nHost: x\r\n\r\n`, `CONNECT ${name}:443 HTTP/1.1\r\nHost: ${name}\r\n\r\n`]) {
        const client = await RawClient.connect(file, proxy.port);
        client.send(request);
        assert.ok((await client.head()).status >= 400, request);
        client.socket.destroy();
      }
    }
    await page.locator('#requests tr', { hasText: 'xxxxxxxx' }).first().waitFor();
    await until('the page shows all failures', async () => (await page.locator('#requests tr.failed, #requests .bad').count()) >= 2 * names.length);
    assert.equal(await page.locator('main img').count(), 0);
    assert.notEqual(await page.title(), 'owned');
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(await page.locator('#requests').innerText(), /\u001b/);
    assert.deepEqual(page.faults, []);
  });

  it('Has a column of costs with a price, and none without', async (t) => {
    const page = await open(t);
    await show(page, PROXIED, sandbox.http(PROXIED));
    assert.equal(await page.locator('#hosts .money').first().isVisible(), false);
    const paid = await Proxy.start(Scope.of(t), sandbox, ['--price', '1000']);
    await curl(paid, [sandbox.http(PROXIED, '/bytes/1000000')]);
    await page.goto(`${paid.url}/`);
    const row = page.locator('#hosts tr', { hasText: PROXIED });
    await row.locator('.money').waitFor();
    assert.match(await row.locator('.money').innerText(), /^1\.00\d\d$/);
  });

  it('Explains a URL, and says what is wrong with one', async (t) => {
    const page = await open(t);
    const ask = async (url, answer) => {
      await page.getByLabel('Where does this go?').fill(url);
      await page.getByLabel('Where does this go?').press('Enter');
      await page.getByText(answer).waitFor();
    };
    await ask(`https://${PROXIED}/cart`, /goes gateway by/);
    await ask(`http://${DIRECT}/`, /goes direct by no rule matches/);
    await ask('http://a b/', /is neither a URL nor a host/);
    await curl(proxy, [`http://failed.${DIRECT}:1/`]);
    await ask(`failed.${DIRECT}`, /Its last failed request is [0-9a-f]{6}-\d+: cannot connect to failed/);
  });

  it('Shows state, tunnels and rules without JavaScript', async (t) => {
    const page = await open(t, { javaScriptEnabled: false });
    for (const title of ['State', 'Live', 'Traffic', 'Rules']) await page.getByRole('heading', { name: title, exact: true }).waitFor();
    assert.equal(await page.locator('#live').isVisible(), false);
  });

  for (const [name, options] of [['light', {}], ['dark', { colorScheme: 'dark' }], ['phone', { viewport: { width: 390, height: 844 } }]]) {
    it(`Has no accessibility violation: ${name}`, async (t) => {
      const page = await open(t, { ...options, bypassCSP: true });
      await show(page, DIRECT, sandbox.http(DIRECT));
      await curl(proxy, ['http://nothing.invalid/']);
      await page.addScriptTag({ content: await readFile(AXE, 'utf8') });
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
    });
  }
});

describe('GET /live', () => {
  it('Returns only the requests after a number, and keeps its connection', async () => {
    await live();
    await curl(proxy, [sandbox.http(PROXIED)]);
    const first = await live();
    assert.ok(first.requests.some(({ host, route }) => host === PROXIED && route === 'gateway'));
    assert.deepEqual((await live(first.seq)).requests, []);
    const answer = await fetch(`${proxy.url}/live?since=${first.seq}`);
    assert.equal(answer.headers.get('connection'), 'keep-alive');
    assert.equal((await fetch(`${proxy.url}/live?since=x`)).status, 400);
  });

  it('Is closed to others than the user with --private-page, like every page with hosts', async (t) => {
    const hidden = await Proxy.start(Scope.of(t), sandbox, ['--private-page']);
    const status = async (path) => {
      const response = await fetch(`${hidden.url}${path}`);
      await response.arrayBuffer();
      return response.status;
    };
    for (const path of ['/', '/live', '/status', '/tunnels', '/usage', '/explain?url=a.test']) assert.equal(await status(path), 403, path);
    for (const path of ['/livez', '/readyz', '/startupz', '/metrics', '/proxy.pac']) assert.equal(await status(path), 200, path);
  });
});
