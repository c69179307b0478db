// Tests the learning of AUTO with real clients: reports, resets, challenges, restarts, and what cannot be learned.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { listen, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
const SITE = 'shop.example';
let sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start(file, { rules: ['AUTO', '-excluded.example', 'listed.example'] });
});
after(() => file.close());

const ask = (proxy, args) => run(aluviaConnect, [...args, '--port', String(proxy.port)]);

async function command(proxy, args) {
  const ended = await ask(proxy, args);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}
const json = async (proxy, args) => JSON.parse(await command(proxy, [...args, '--json']));
const routeOf = async (proxy, host) => (await curl(proxy, ['-k', sandbox.https(host)])).via;

describe('A report of a client', () => {
  it('Sends the next request through the gateway, and everything shows why', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--auto', 'learn']);
    assert.equal(await routeOf(proxy, SITE), 'direct');
    const report = await json(proxy, ['blocked', sandbox.https(SITE, '/cart'), '--status', '403']);
    assert.deepEqual([report.host, report.route, report.effect], [SITE, 'direct', 'learned']);
    assert.equal(await routeOf(proxy, SITE), 'gateway');
    assert.equal(await routeOf(proxy, `other.${SITE}`), 'direct');

    assert.match(await command(proxy, ['explain', sandbox.https(SITE)]), /: gateway \(AUTO: learned \d\.\d s ago from a client's report \(status 403\)\), configuration version 2$/m);
    const explained = await json(proxy, ['explain', sandbox.https(SITE)]);
    assert.deepEqual([explained.route, explained.rule, explained.learned[0].state], ['gateway', 'AUTO (learned)', 'learned']);
    const { auto, learned: [host] } = await json(proxy, ['rules']);
    assert.deepEqual([auto, host.host, host.evidence, host.end_ms - host.since_ms], ['learn', SITE, "a client's report (status 403)", 86_400_000]);
    assert.match(await command(proxy, ['rules']), /^learned +shop\.example +\(a client's report \(status 403\); 23 h 59 min left\)$/m);
    assert.match(await command(proxy, ['status']), /^AUTO +learn: 1 learned, 0 suggested$/m);
    assert.deepEqual((await json(proxy, ['status'])).auto, { mode: 'learn', in_rules: true, learned: 1, suggested: 0 });
    const metrics = await (await fetch(new URL('/metrics', proxy.url))).text();
    assert.match(metrics, /^aluvia_connect_auto_learned_hosts 1$/m);
    assert.match(proxy.process.stderr, /AUTO learned shop\.example from a client's report \(status 403\)/);

    const again = await json(proxy, ['blocked', SITE]);
    assert.deepEqual([again.effect, again.effect_reason], ['none', 'it takes the gateway already (AUTO (learned))']);
    assert.equal(await command(proxy, ['rules', 'forget', SITE]), 'Forgot 1 host. In force now.\n');
    assert.equal(await routeOf(proxy, SITE), 'direct');
    const twice = await ask(proxy, ['rules', 'forget', SITE]);
    assert.notEqual(twice.code, 0);
    assert.match(twice.stderr, /shop\.example is not learned/);
    assert.equal(await command(proxy, ['rules', 'forget', '--all']), 'Forgot 0 hosts. In force now.\n');
  });

  it('Ends a direct tunnel to the host that is quiet', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--auto', 'learn']);
    const socket = net.connect(proxy.port, '127.0.0.1');
    scope.defer(() => socket.destroy());
    const closed = new Promise((resolve) => { socket.on('close', resolve).on('error', () => {}); });
    socket.write(`CONNECT ${SITE}:${sandbox.origin_tls_port} HTTP/1.1\r\nHost: ${SITE}\r\n\r\n`);
    await new Promise((resolve) => { socket.once('data', resolve); });
    await command(proxy, ['blocked', SITE]);
    await closed;
  });

  it('Has no effect where rules or policy decide, and says why', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--auto', 'learn', '--block', 'forbidden.example']);
    const reasons = {
      'excluded.example': 'the rule -excluded.example excludes it',
      'listed.example': 'it takes the gateway already (listed.example)',
      'forbidden.example': 'the policy blocks it (block forbidden.example)',
      '203.0.113.7': 'an address is not learned; a rule can name it',
      '[2001:db8::1]:8443': 'an address is not learned; a rule can name it',
      'printer.local:9100': 'it is a name of a local network',
      intranet: 'it is a name of a local network',
    };
    for (const [host, reason] of Object.entries(reasons)) {
      const report = await json(proxy, ['blocked', host]);
      assert.deepEqual([report.effect, report.effect_reason], ['none', reason], host);
    }
    assert.match(await command(proxy, ['blocked', 'excluded.example']), /AUTO learns nothing from it: the rule -excluded\.example excludes it\./);
    for (const host of ['', 'a b', 'x.test:99999', '*.x.test']) assert.notEqual((await ask(proxy, ['blocked', host])).code, 0, host);
    const withPort = await json(proxy, ['blocked', 'port.example:8443']);
    assert.equal(withPort.effect, 'learned');
    assert.deepEqual((await json(proxy, ['rules'])).learned.map(({ host }) => host), ['port.example']);
  });

  it('Has no effect while AUTO is not among the rules', async (t) => {
    const scope = Scope.of(t);
    const plain = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, plain, ['--auto', 'learn']);
    const report = await json(proxy, ['blocked', SITE]);
    assert.deepEqual([report.effect, report.effect_reason], ['none', 'AUTO is not among the rules, or -AUTO is']);
    assert.match(await command(proxy, ['status']), /^AUTO +learn: 0 learned, 0 suggested; AUTO is not among the rules, so nothing is learned$/m);
  });

  it('Only lists the host where the proxy suggests, and is only counted where AUTO does not learn', async (t) => {
    const scope = Scope.of(t);
    const suggesting = await Proxy.start(scope, sandbox, ['--auto', 'suggest']);
    assert.equal((await json(suggesting, ['blocked', SITE])).effect, 'suggested');
    assert.match(await command(suggesting, ['rules']), /^suggested +shop\.example +\(/m);
    assert.equal(await routeOf(suggesting, SITE), 'direct');

    const off = await Proxy.start(scope, sandbox);
    const report = await json(off, ['blocked', SITE]);
    assert.deepEqual([report.effect, report.effect_reason, report.reports], ['none', undefined, 1]);
    assert.deepEqual((await json(off, ['rules'])).learned, []);
    assert.match((await ask(off, ['rules', 'forget', SITE])).stderr, /this proxy learns no hosts/);
  });

  it('Is impossible for a web page: the port of the proxy takes none', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--auto', 'learn']);
    for (const path of ['/blocked', '/forget']) {
      const answer = await fetch(new URL(path, proxy.url), { method: 'POST', body: JSON.stringify({ host: SITE }) });
      assert.ok(answer.status === 404 || answer.status === 405, `${path}: ${answer.status}`);
    }
    assert.equal((await json(proxy, ['status'])).auto.learned, 0);
  });

  it('Is cheap: more than a thousand at once leave a proxy that answers, with at most 1,000 hosts', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--auto', 'learn']);
    const socketPath = (await json(proxy, ['status'])).control_socket;
    const post = (host) => new Promise((resolve, reject) => {
      const request = http.request({ socketPath, path: '/blocked', method: 'POST' }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject).end(JSON.stringify({ host }));
    });
    for (let i = 0; i < 1200; i += 40) {
      const statuses = await Promise.all(Array.from({ length: 40 }, (_, k) => post(`h${i + k}.example`)));
      assert.ok(statuses.every((status) => status === 200), String(statuses));
    }
    const { learned } = await json(proxy, ['rules']);
    assert.equal(learned.length, 1000);
    assert.ok(learned.some(({ host }) => host === 'h1199.example'));
    assert.equal(await routeOf(proxy, 'h1199.example'), 'gateway');
    assert.equal(await routeOf(proxy, 'h0.example'), 'direct');
    const lines = proxy.process.stderr.split('\n').filter((line) => line.includes('AUTO learned'));
    assert.ok(lines.length < 100, `${lines.length} lines`);
  });
});

describe('Without a report', () => {
  it('Repeated resets behind the ClientHello learn the host, once other requests have an answer', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--auto', 'learn']);
    const wall = net.createServer((socket) => { socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()); });
    const port = await listen(wall);
    scope.defer(() => wall.close());
    await until('the host is learned', async () => {
      assert.equal((await curl(proxy, ['-k', `https://walled.example:${port}/`])).code, 35);
      assert.equal(await routeOf(proxy, 'other.example'), 'direct');
      return (await json(proxy, ['status'])).auto.learned === 1 || undefined;
    }, { within: 30_000 });
    const { learned: [host] } = await json(proxy, ['rules']);
    assert.deepEqual([host.host, host.evidence], ['walled.example', '3 resets right after the ClientHello']);
  });

  it('A challenge right after a site suggests the site, and learns nothing', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--auto', 'learn']);
    await routeOf(proxy, SITE);
    await routeOf(proxy, 'challenges.cloudflare.com');
    const { learned } = await json(proxy, ['rules']);
    assert.deepEqual(learned.map(({ host, state, evidence }) => [host, state, evidence]), [[SITE, 'suggested', 'a challenge (challenges.cloudflare.com)']]);
    assert.equal(await routeOf(proxy, SITE), 'direct');
    assert.match(await command(proxy, ['explain', SITE]), /^AUTO: suggested \d\.\d s ago from a challenge/m);
  });
});

describe('The state directory', () => {
  it('Keeps learned hosts over a restart', async (t) => {
    const scope = Scope.of(t);
    const folder = join(await temporaryFolder(scope), 'state');
    const args = ['--auto', 'learn', '--state-dir', folder];
    const first = await Proxy.start(scope, sandbox, args);
    await command(first, ['blocked', SITE]);
    await first.process.stop();
    const saved = JSON.parse(await readFile(join(folder, 'learned.json'), 'utf8'));
    assert.equal(saved.hosts[0].host, SITE);

    const second = await Proxy.start(scope, sandbox, args);
    assert.equal(await routeOf(second, SITE), 'gateway');
    await command(second, ['rules', 'forget', '--all']);
    await second.process.stop();
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'learned.json'), 'utf8')).hosts, []);
  });

  it('Has a damaged file moved aside with a warning, and refuses one that others can read', async (t) => {
    const scope = Scope.of(t);
    const folder = await temporaryFolder(scope);
    const path = join(folder, 'learned.json');
    await writeFile(path, '{"version":1,"hosts":[{"host":"*"}]}', { mode: 0o600 });
    const args = ['--auto', 'learn', '--state-dir', folder];
    const proxy = await Proxy.start(scope, sandbox, args);
    assert.match(proxy.process.stderr, /learned\.json is damaged: it was moved to .*learned\.json\.damaged, and AUTO begins without learned hosts/);
    assert.equal(await readFile(`${path}.damaged`, 'utf8'), '{"version":1,"hosts":[{"host":"*"}]}');
    await proxy.process.stop();

    await writeFile(path, '{"version":1,"hosts":[]}', { mode: 0o644 });
    const ended = await run(aluviaConnect, ['run', ...sandbox.runOptions, ...args]);
    assert.equal(ended.code, 64, ended.stderr);
    assert.match(ended.stderr, /--state-dir: .*learned\.json is open to other users/);
  });
});
