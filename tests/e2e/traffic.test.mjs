// Compares what the live page, /live, usage, the access log and the metrics say about the traffic of a browser with the bytes that
// counters on the wires of both routes have seen, through retries, aborted downloads, a rule that flips, and kill -9.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { launchBrowser, launchBrowserWithoutProxy } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';
import { WireCounter } from './harness/wire_counter.mjs';

const ROUTES = ['gateway', 'direct'];
const RESOURCES = 100;
const HELD = 300_000; // bytes of a download that arrive before it stops
const file = new Scope();
const wires = {}; // the gateway, and both ports of the origin as the proxy reaches them by the direct route
let sandbox;
let proxy;
let args;
let log;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  wires.gateway = await WireCounter.to(file, sandbox.gateway_port);
  wires.direct = await WireCounter.to(file, sandbox.origin_port);
  wires.directTls = await WireCounter.to(file, sandbox.origin_tls_port);
  log = join(await temporaryFolder(file), 'access.log');
  const state = join(await temporaryFolder(file), 'state');
  args = ['--gateway-port', String(wires.gateway.port), '--access-log', log, '--state-dir', state, '--poll-interval', '1000'];
  proxy = await Proxy.start(file, sandbox, args);
});
after(() => file.close());

const url = {
  gateway: (path, host = PROXIED) => sandbox.http(host, path),
  gatewayTls: (path, host = PROXIED) => sandbox.https(host, path),
  direct: (path, host = DIRECT) => `http://${host}:${wires.direct.port}${path}`,
  directTls: (path, host = DIRECT) => `https://${host}:${wires.directTls.port}${path}`,
};

const sum = (list, field) => list.reduce((total, one) => total + one[field], 0);
const bothOf = (list) => ({ bytes_up: sum(list, 'bytes_up'), bytes_down: sum(list, 'bytes_down') });

// Each of these returns what one source says of both routes: { gateway: { bytes_up, bytes_down }, direct: … }.

const onWire = () => ({ gateway: wires.gateway.bytes, direct: bothOf([wires.direct.bytes, wires.directTls.bytes]) });

async function usage(by = 'route') {
  const { stdout } = await run(aluviaConnect, ['usage', '--json', '--by', by, '--port', String(proxy.port)]);
  return JSON.parse(stdout);
}

const inUsage = (total) => Object.fromEntries(ROUTES.map((route) => [route, bothOf([total[route]])]));

async function samples() {
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^aluvia_connect_(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

const inMetrics = (scrape) => Object.fromEntries(ROUTES.map((route) => [route, {
  bytes_up: scrape[`sent_bytes_total{route="${route}"}`], bytes_down: scrape[`received_bytes_total{route="${route}"}`],
}]));

const logged = async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const inLog = (lines) => Object.fromEntries(ROUTES.map((route) => [route, bothOf(lines.filter((line) => line.route === route))]));

const live = async (since = 0) => (await fetch(`${proxy.url}/live?since=${since}`)).json();

/** Waits until no request and no tunnel of a client is open, and the access log has a line for each of them. */
async function quiet() {
  await until('no tunnel is open', async () => (await samples()).open_tunnels === 0);
  await until('the access log has every byte', async () => {
    const [metrics, lines] = [inMetrics(await samples()), inLog(await logged())];
    return ROUTES.every((route) => metrics[route].bytes_up === lines[route].bytes_up);
  });
}

/** Compares all sources with the wires, whose bytes are returned. */
async function everySourceAgrees() {
  await quiet();
  const truth = onWire();
  const { total } = await usage();
  assert.deepEqual(inUsage(total), truth, 'usage');
  assert.deepEqual(inMetrics(await samples()), truth, 'metrics');
  assert.deepEqual(inLog(await logged()), truth, 'access log');
  await until(`/live has the bytes of ${JSON.stringify(truth)}`, async () => { // its state may be half a second old
    const { state } = await live();
    const inMinutes = (route) => state.minutes[route].reduce((all, one) => all + one, 0);
    const bytes = ({ bytes_up, bytes_down }) => bytes_up + bytes_down;
    return ROUTES.every((route) => sum(state.hosts.list, `${route}_bytes`) === bytes(truth[route]) && inMinutes(route) === bytes(truth[route]));
  });
  return truth;
}

/** Runs in the page: loads scripts, and returns how many came. */
async function loadScripts(urls) {
  const load = (address) => new Promise((resolve) => {
    const script = document.createElement('script');
    script.onload = () => resolve(1);
    script.onerror = () => resolve(0);
    script.src = address;
    document.head.append(script);
  });
  window.expected = 0;
  const loaded = await Promise.all(urls.map(load));
  return loaded.reduce((all, one) => all + one, 0);
}

/** Addresses of resources on ten hosts: plain and TLS, by both routes. */
function resources() {
  const host = (kind, n) => (kind.startsWith('gateway') ? `h${n}.${PROXIED}` : `h${n}.${DIRECT}`);
  const kinds = ['gateway', 'gatewayTls', 'direct', 'directTls'];
  return Array.from({ length: RESOURCES }, (_, at) => {
    const kind = kinds[at % kinds.length];
    return url[kind](`/res/${at}.js`, host(kind, Math.floor(at / kinds.length) % 5));
  });
}

/** The sums that the page shows for each host, as text. */
async function pageHosts(page) {
  const rows = await page.locator('#hosts tr').all();
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allInnerTexts()).map((text) => text.trim())));
}

/** As the page writes bytes. */
function bytesText(bytes) {
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit + 1 < units.length; unit += 1) value /= 1000;
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

describe('A hundred resources that Chromium loads by both routes', { timeout: 120_000 }, () => {
  let viewer;
  let requestsOfLive;

  beforeAll(async () => {
    viewer = await (await launchBrowserWithoutProxy(file)).newPage();
    await viewer.goto(`${proxy.url}/`);
    const { seq } = await live(); // from here on requests are kept
    const browser = await launchBrowser(file, proxy);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await sandbox.clear();
    await page.goto(url.direct('/'));
    assert.equal(await page.evaluate(loadScripts, resources()), RESOURCES);
    await browser.close();
    await quiet();
    requestsOfLive = (await live(seq)).requests;
  });

  it('Are the same bytes on the wires, in usage, metrics, access log and /live', async () => {
    const truth = await everySourceAgrees();
    for (const route of ROUTES) assert.ok(truth[route].bytes_up > 10_000 && truth[route].bytes_down > 10_000, JSON.stringify(truth));
    await report(truth);
  });

  it('Are the same requests and tunnels for each host', async () => {
    const lines = await logged();
    const { rows } = await usage('host');
    const hosts = (await live()).state.hosts.list;
    assert.deepEqual(new Set(hosts.map(({ host }) => host)), new Set(lines.map(({ host }) => host)));
    for (const { host, gateway, direct } of rows) {
      const own = lines.filter((line) => line.host === host);
      const shown = hosts.find((one) => one.host === host);
      assert.equal(gateway.requests + gateway.tunnels + direct.requests + direct.tunnels, own.length, host);
      assert.equal(shown.requests, own.length, host);
      assert.deepEqual(bothOf([gateway, direct]), bothOf(own), host);
      assert.equal(shown.gateway_bytes + shown.direct_bytes, sum(own, 'bytes_up') + sum(own, 'bytes_down'), host);
    }
  });

  it('Are the lines of the live view, one for each line of the access log, with the same id and bytes', async () => {
    const facts = ({ id, host, route, bytes_up, bytes_down, tries }) => [id, host, route, bytes_up, bytes_down, tries].join(' ');
    assert.deepEqual(requestsOfLive.map(facts).sort(), (await logged()).map(facts).sort());
  });

  it('Are what the origin has served', async () => {
    const { requests } = await sandbox.requests();
    for (const route of ROUTES)
      assert.equal(requests.filter(({ path, way }) => path.startsWith('/res/') && way === route).length, RESOURCES / 2, route);
  });

  it('Are what the page shows', async () => {
    await until('the page shows the state of now', async () => {
      const shown = await pageHosts(viewer);
      const { rows } = await usage('host');
      const bytes = ({ bytes_up, bytes_down }) => bytesText(bytes_up + bytes_down);
      const requests = ({ gateway, direct }) => String(gateway.requests + gateway.tunnels + direct.requests + direct.tunnels);
      return rows.length === shown.length && rows.every((row) => {
        const cells = shown.find(([host]) => host === row.host);
        return cells && cells[1] === requests(row) && cells[3] === bytes(row.gateway) && cells[4] === bytes(row.direct);
      });
    });
  });
});

/** Prints what every source says, side by side: requests and tunnels that have ended, and bytes. */
async function report(truth) {
  const [{ total }, scrape, lines, { state }] = await Promise.all([usage(), samples(), logged(), live()]);
  const ended = (route) => ['requests', 'tunnels', 'failures'].reduce((all, name) => all + scrape[`${name}_total{route="${route}"}`], 0);
  const print = (name, cells) => console.log(name.padEnd(12) + cells.map((cell) => String(cell).padStart(9)).join(''));
  const both = (name, countOf, bytes) => print(name, ROUTES.flatMap((route) => [countOf(route), bytes[route].bytes_up, bytes[route].bytes_down]));
  print('', ROUTES.flatMap((route) => [route, 'up', 'down']));
  both('wire', () => '', truth);
  both('usage', (route) => total[route].requests + total[route].tunnels, inUsage(total));
  both('access log', (route) => lines.filter((line) => line.route === route).length, inLog(lines));
  both('metrics', ended, inMetrics(scrape));
  const hosts = (route) => state.hosts.list.filter(({ gateway_bytes: paid }) => (paid > 0) === (route === 'gateway'));
  print('/live, page', ROUTES.flatMap((route) => [sum(hosts(route), 'requests'), '', sum(hosts(route), `${route}_bytes`)]));
}

async function holdDownload(client, wire, target, host) {
  wire.holdAfter(HELD);
  client.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await client.head();
  await until('the wire holds', () => wire.isHolding);
  return client;
}

/** A client that asks for more than the wire gives it, and stays. */
async function heldDownload(wire, address) {
  const client = await RawClient.connect(file, proxy.port);
  return holdDownload(client, wire, address, new URL(address).host);
}

/** The same inside of a tunnel. */
async function heldTunnel(wire, address) {
  const client = await RawClient.connect(file, proxy.port);
  const { host, pathname } = new URL(address);
  client.send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  assert.equal((await client.head()).status, 200);
  return holdDownload(client, wire, pathname, host);
}

/** Waits until the proxy has read what the wire gave. */
const settled = () => until('usage knows every byte', async () => {
  const { total } = await usage();
  return ROUTES.every((route) => total[route].bytes_down === onWire()[route].bytes_down);
});

describe('All sources agree with the wires after', { timeout: 120_000 }, () => {
  // New hosts: to a known one the client's first bytes travel before the gateway's answer (early CONNECT), and a gateway
  // that rejects the CONNECT does not read them.
  it('Retries, plain and for a tunnel, and a refusal', async () => {
    for (const address of [url.gateway('/'), url.gatewayTls('/', `busy.${PROXIED}`)]) {
      await sandbox.faults({ gateway: { kind: 'status', status: 503, times: 1 } });
      const { status } = await curl(proxy, ['-k', address]);
      assert.equal(status, 200);
    }
    await sandbox.faults({ gateway: { kind: 'reset', times: 1 } });
    assert.equal((await curl(proxy, ['-k', url.gatewayTls('/', `cut.${PROXIED}`)])).status, 200);
    await sandbox.faults({ gateway: { kind: 'status', status: 403, times: 1 } });
    await curl(proxy, ['-k', url.gatewayTls('/', `refused.${PROXIED}`)]);
    await everySourceAgrees();
    const scrape = await samples();
    assert.ok(scrape['retries_total{route="gateway"}'] >= 3, JSON.stringify(scrape));
  });

  it('Requests on warm and on kept connections', async () => {
    await until('a warm connection', async () => (await samples()).warm_connections > 0);
    await curl(proxy, ['-k', url.gatewayTls('/'), url.gatewayTls('/bytes/1000')]);
    await curl(proxy, [url.gateway('/'), url.gateway('/bytes/100000'), url.gateway('/chunked/100000')]);
    await curl(proxy, [url.direct('/'), url.direct('/bytes/100000'), '-d', 'x'.repeat(50_000)]);
    await everySourceAgrees();
    assert.ok((await logged()).some(({ reused, route }) => reused && route === 'gateway'));
  });

  for (const [name, wire, start] of [['plain by the gateway', 'gateway', heldDownload], ['plain and direct', 'direct', heldDownload],
    ['in a tunnel by the gateway', 'gateway', heldTunnel], ['in a tunnel and direct', 'direct', heldTunnel]]) {
    it(`An aborted download, ${name}`, async () => {
      const client = await start(wires[wire], url[wire]('/bytes/50000000'));
      await settled(); // while it runs, too
      client.socket.resetAndDestroy();
      await quiet();
      wires[wire].dropHeld();
      await everySourceAgrees();
      assert.ok((await logged()).at(-1).bytes_down >= HELD);
    });
  }

  it('A rule that flips in the middle of a tunnel', async () => {
    const client = await heldTunnel(wires.gateway, url.gateway('/bytes/50000000'));
    await sandbox.patchUser({ rules: [] });
    await until('the tunnel ends', () => client.closed);
    wires.gateway.dropHeld();
    await everySourceAgrees();
    const line = (await logged()).at(-1);
    assert.deepEqual([line.route, line.event], ['gateway', 'tunnel']);
    assert.match(line.reason, /by a new configuration/);
    await sandbox.patchUser({ rules: [PROXIED, `*.${PROXIED}`] });
    await until('the rule is back', async () => (await (await fetch(`${proxy.url}/explain?url=${PROXIED}`)).json()).route === 'gateway');
  });

  it('kill -9 in the middle of a download: usage goes on where the file was written', async () => {
    await quiet();
    await heldDownload(wires.gateway, url.gateway('/bytes/50000000'));
    await settled(); // the question saves what has changed
    process.kill(proxy.process.pid, 'SIGKILL');
    await proxy.process.end();
    wires.gateway.dropHeld();
    const truth = onWire();
    proxy = await Proxy.start(file, sandbox, args);
    const { total } = await usage();
    assert.deepEqual(inUsage(total), truth);
    await curl(proxy, [url.gateway('/bytes/100000')]);
    await curl(proxy, [url.direct('/bytes/100000')]);
    await until('usage has every byte', async () => JSON.stringify(inUsage((await usage()).total)) === JSON.stringify(onWire()));
  });
});
