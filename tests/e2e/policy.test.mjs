// Tests the policy with real clients: blocks, allow-lists, audits, changes while tunnels are open, the file, and Chromium.
import assert from 'node:assert/strict';
import http from 'node:http';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { launchBrowser } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { listen, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
let sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start(file);
});
after(() => file.close());

async function command(proxy, args) {
  const ended = await run(aluviaConnect, [...args, '--port', String(proxy.port)]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

async function explained(proxy, site) {
  return JSON.parse(await command(proxy, ['explain', site, '--json']));
}

function expectBlocked(answer, rule) {
  assert.equal(answer.status || answer.connectStatus, 403);
  assert.match(answer.head, /^proxy-status: aluvia-connect; error=http_request_denied; details="/im);
  assert.ok(answer.head.includes(`(${rule})`), answer.head);
}

/** The records of the access log about `host`. */
async function recordsOf(proxy, host) {
  return until(`a record of ${host}`, () => {
    const lines = proxy.process.stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    const found = lines.filter((line) => line.action && line.host === host);
    return found.length > 0 ? found : undefined;
  });
}

const LOGGED = ['--access-log', '-', '--access-log-format', 'json'];

describe('A blocked host', () => {
  it('Gets 403 over HTTP, CONNECT and SOCKS, in spite of the rules, and is explained and logged', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--block', PROXIED, '--block', '*:25', '--block', '10.0.0.0/8', '--block', '@trackers', ...LOGGED]);
    expectBlocked(await curl(proxy, [sandbox.http(PROXIED)]), `block ${PROXIED}`);
    expectBlocked(await curl(proxy, ['-k', sandbox.https(PROXIED)]), `block ${PROXIED}`);
    expectBlocked(await curl(proxy, ['http://10.1.2.3/']), 'block 10.0.0.0/8');
    expectBlocked(await curl(proxy, ['-k', 'https://mail.example:25/']), 'block *:25');
    expectBlocked(await curl(proxy, ['https://bat.bing.com/']), 'block @trackers');
    const socks = await run('curl', ['-q', '-sS', '--proxy', `socks5h://127.0.0.1:${proxy.port}`, sandbox.http(PROXIED)]);
    assert.equal(socks.code, 97);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).status, 200);

    const found = await explained(proxy, sandbox.http(PROXIED));
    assert.deepEqual([found.route, found.action, found.rule, found.status], ['rejected', 'block', `block ${PROXIED}`, 403]);
    const [record] = await recordsOf(proxy, PROXIED);
    assert.deepEqual([record.action, record.rule, record.route, record.error, record.bytes_up], ['block', `block ${PROXIED}`, null, 'http_request_denied', 0]);
    const usage = JSON.parse(await command(proxy, ['usage', '--by', 'rule', '--json']));
    assert.ok(JSON.stringify(usage).includes(`block ${PROXIED}`));
    assert.match(await command(proxy, ['status']), /^policy +blocks 4 patterns, no allow-list; 6 blocked, 0 audited$/m);
    const metrics = await (await fetch(new URL('/metrics', proxy.url))).text();
    assert.match(metrics, /^aluvia_connect_actions_total\{action="block"\} 6$/m);
  });

  it('Stops a start with a bad pattern, and says what to write', async () => {
    const bad = [['10.0.0.1/8', 'it has bits set behind its prefix'], ['x.test:99999', 'its port is no number from 1 to 65535'], ['@trackres', 'did you mean @trackers?']];
    for (const [pattern, sentence] of bad) {
      const ended = await run(aluviaConnect, ['check', ...sandbox.runOptions, '--block', pattern]);
      assert.equal(ended.code, 64);
      assert.ok(ended.stderr.includes('--block') && ended.stderr.includes(sentence), ended.stderr);
    }
  });
});

describe('A policy that changes', () => {
  /** A client whose tunnel to the sandbox is open. */
  async function tunnel(scope, proxy, host) {
    const socket = net.connect(proxy.port, '127.0.0.1');
    scope.defer(() => socket.destroy());
    const closed = new Promise((resolve) => { socket.on('close', resolve); });
    socket.on('error', () => {});
    const authority = `${host}:${sandbox.origin_port}`;
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    const [head] = await new Promise((resolve) => { socket.once('data', (data) => resolve([data.toString()])); });
    assert.match(head, /^HTTP\/1.1 200 /);
    return { socket, closed };
  }

  it('Ends the open tunnels that it blocks, at once, and no others', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--drain', '0']);
    const blocked = await tunnel(scope, proxy, DIRECT);
    const other = await tunnel(scope, proxy, PROXIED);
    assert.match(await command(proxy, ['policy', 'add', 'block', DIRECT]), /^\+ {2}block direct\.example\nIn force now\. The policy: blocks 1 pattern, no allow-list\.$/m);
    await blocked.closed;
    other.socket.write(`GET / HTTP/1.1\r\nHost: ${PROXIED}\r\n\r\n`);
    const answer = await new Promise((resolve) => { other.socket.once('data', (data) => resolve(data.toString())); });
    assert.match(answer, /^HTTP\/1.1 200 /);
    expectBlocked(await curl(proxy, [sandbox.http(DIRECT)]), `block ${DIRECT}`);
    assert.match(await command(proxy, ['policy', 'remove', 'block', DIRECT]), /^- {2}block direct\.example$/m);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).status, 200);
    const missing = await run(aluviaConnect, ['policy', 'remove', 'block', 'x.test', '--port', String(proxy.port)]);
    assert.equal(missing.code, 64);
    assert.match(missing.stderr, /there is no block pattern "x\.test"/);
  });

  it('Comes from the environment and the file, and SIGHUP takes the file again if it has changed', async (t) => {
    const scope = Scope.of(t);
    const config = `${await temporaryFolder(scope)}/proxy.conf`;
    await writeFile(config, `block = ["${DIRECT}"]\n`, { mode: 0o600 });
    const proxy = await Proxy.start(scope, sandbox, ['--config', config], { env: { ALUVIA_ONLY: `*.example, ${PROXIED}` } });
    const listed = async () => JSON.parse(await command(proxy, ['policy', 'list', '--json']));
    assert.deepEqual(await listed(), { block: [DIRECT], only: ['*.example', PROXIED], only_audit: false, audited: [] });
    await command(proxy, ['policy', 'add', 'block', 'by-command.test']);
    await writeFile(config, 'block = ["@trackers"]\nonly-audit = yes\n', { mode: 0o600 });
    proxy.process.signal('SIGHUP');
    await until('the policy of the file', async () => (await listed()).only_audit);
    assert.deepEqual((await listed()).block, ['@trackers']);
    await writeFile(config, 'block = ["10.0.0.1/8"]\n', { mode: 0o600 });
    proxy.process.signal('SIGHUP');
    await until('a warning', () => proxy.process.stderr.includes('the last one stays in force'));
    assert.deepEqual((await listed()).block, ['@trackers']);
  });
});

describe('Chromium and an allow-list', () => {
  const HOSTS = ['page.example', 'static.example', 'ads.example', 'beacon.example'];

  /** A page on page.example with a script of static.example and two of others. */
  async function playSite(scope) {
    const server = http.createServer((request, response) => {
      const host = request.headers.host.split(':')[0];
      const port = request.headers.host.split(':')[1];
      const isPage = host === 'page.example' && request.url === '/';
      response.setHeader('content-type', isPage ? 'text/html' : 'text/javascript');
      const scripts = HOSTS.slice(1).map((name) => `<script src="http://${name}:${port}/a.js"></script>`).join('');
      response.end(isPage ? `<title>loading</title>${scripts}<script>document.title = Object.keys(window.seen ?? {}).sort().join(' ') || 'none';</script>`
        : `window.seen = { ...window.seen, '${host}': true };`);
    });
    const port = await listen(server);
    scope.defer(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
    return port;
  }

  async function visit(scope, proxy, port) {
    const browser = await launchBrowser(scope, proxy);
    const page = await browser.newPage();
    await page.goto(`http://page.example:${port}/`);
    await page.waitForFunction(() => document.title !== 'loading');
    return page.title();
  }

  it('Loads the page with the listed hosts; everything else is refused and logged', async (t) => {
    const scope = Scope.of(t);
    const port = await playSite(scope);
    const proxy = await Proxy.start(scope, sandbox, ['--only', 'page.example', '--only', `static.example:${port}`, ...LOGGED]);
    assert.equal(await visit(scope, proxy, port), 'static.example');
    for (const host of ['ads.example', 'beacon.example']) {
      const [record] = await recordsOf(proxy, host);
      assert.deepEqual([record.action, record.rule, record.status], ['block', 'no only pattern matches', 403]);
    }
    assert.equal((await recordsOf(proxy, 'static.example'))[0].action, 'forward');
  });

  it('Audits everything, and the list that it prints is the allow-list with which the page works', async (t) => {
    const scope = Scope.of(t);
    const port = await playSite(scope);
    const audited = await Proxy.start(scope, sandbox, ['--only-audit', ...LOGGED]);
    assert.equal(await visit(scope, audited, port), 'ads.example beacon.example static.example');
    assert.equal((await recordsOf(audited, 'ads.example'))[0].action, 'audit');
    const text = await command(audited, ['policy', 'list']);
    const lines = text.split('\n').filter((line) => line.startsWith('only = '));
    for (const host of HOSTS) assert.ok(lines.includes(`only = ${host}:${port}`), text);
    const logged = audited.process.stderr.split('\n').filter((line) => line.includes(`only = ads.example:${port}`));
    assert.equal(logged.length, 1);

    const config = `${await temporaryFolder(scope)}/proxy.conf`;
    await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 }); // pasted as it is
    const proxy = await Proxy.start(scope, sandbox, ['--config', config]);
    assert.equal(await visit(scope, proxy, port), 'ads.example beacon.example static.example');
    expectBlocked(await curl(proxy, [sandbox.http(DIRECT)]), 'no only pattern matches');
  });
});

describe('The presets', () => {
  it('Are printed with the source of each entry', async () => {
    const { stdout } = await run(aluviaConnect, ['presets', '--json']);
    const { presets } = JSON.parse(stdout);
    assert.deepEqual(presets.map(({ name }) => name), ['@browser-background', '@trackers']);
    for (const { entries } of presets) assert.ok(entries.length > 0 && entries.every(({ pattern, source }) => pattern && source));
    assert.equal((await run(aluviaConnect, ['presets', 'nothing'])).code, 64);
    assert.ok((await run(aluviaConnect, ['presets', 'trackers'])).stdout.startsWith('@trackers\n# '));
  });

  it('Choose a route as local rules', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--rule', '@trackers', '--rule', '-10.0.0.0/8', '--rule', '10.1.0.0/16']);
    const found = await explained(proxy, 'https://bat.bing.com/');
    assert.deepEqual([found.route, found.rule, found.action], ['gateway', '@trackers', 'forward']);
    await command(proxy, ['rules', 'add', '--local', '-@trackers']);
    assert.equal((await explained(proxy, 'https://bat.bing.com/')).route, 'direct');
    const ended = await run(aluviaConnect, ['check', ...sandbox.runOptions, '--rule', '-@nothing']);
    assert.equal(ended.code, 64);
    assert.match(ended.stderr, /there is no such preset/);
  });
});
