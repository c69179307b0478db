// Tests budgets with the real program: a download that is cut, restarts, patterns, money, changes while it runs, and bad inputs.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const LIMIT = 3_000_000;
const MOST_OVER = 65_536;
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
const asked = async (proxy, args) => JSON.parse(await command(proxy, [...args, '--json']));

/** Gateway bytes of the usage report. */
async function gatewayBytes(proxy) {
  const { total } = await asked(proxy, ['usage', '--by', 'route']);
  return total.gateway.bytes_up + total.gateway.bytes_down;
}

async function expectClosed(proxy, budget, host = PROXIED) {
  for (const answer of [await curl(proxy, [sandbox.http(host)]), await curl(proxy, ['-k', sandbox.https(host)])]) {
    assert.equal(answer.status || answer.connectStatus, 403, answer.stderr);
    const text = `the budget ${budget} is used up; it opens again at `;
    assert.ok(answer.head.includes(`error=http_request_denied; details="${host}`) && answer.head.includes(text), answer.head);
  }
  const direct = await curl(proxy, [sandbox.http(DIRECT)]);
  assert.deepEqual([direct.status, direct.via], [200, 'direct']);
}

const expectOpen = async (proxy, host = PROXIED) => {
  const answer = await curl(proxy, [sandbox.http(host)]);
  assert.deepEqual([answer.status, answer.via], [200, 'gateway'], answer.body);
};

describe('A budget that a download uses up', () => {
  const scope = new Scope();
  let args;
  let proxy;
  beforeAll(async () => {
    args = ['--budget', '3MB/day', '--state-dir', join(await temporaryFolder(scope), 'state'), '--access-log', join(await temporaryFolder(scope), 'log')];
    proxy = await Proxy.start(scope, sandbox, args);
  });
  after(() => scope.close());

  it('Cuts it at the limit, and rejects what follows with the time when it opens again', async () => {
    const cut = await curl(proxy, ['-k', '-o', '/dev/null', sandbox.https(PROXIED, '/bytes/20000000')]);
    assert.notEqual(cut.code, 0);
    // The reset takes from curl what it has not read yet.
    assert.ok(cut.transfers[0].size_download > 0 && cut.transfers[0].size_download < LIMIT, cut.stderr);
    await expectClosed(proxy, '3MB/day');
    const bytes = await gatewayBytes(proxy);
    assert.ok(bytes >= LIMIT && bytes <= LIMIT + MOST_OVER, String(bytes));
    await until('the line of the access log', async () => (await readFile(args.at(-1), 'utf8')).includes('cut because its budget is used up'));
    assert.match(proxy.process.stderr, /the budget 3MB\/day is used up; it opens again at \d{4}-\d\d-\d\dT00:00:00Z, in .*none goes directly instead/);
  });

  it('Is shown by every command, the metrics and the probes', async () => {
    const [budget] = (await asked(proxy, ['usage'])).budgets;
    assert.deepEqual([budget.budget, budget.limit_bytes, budget.left_bytes, budget.closed], ['3MB/day', LIMIT, 0, true]);
    assert.equal(budget.spent_bytes, await gatewayBytes(proxy));
    assert.deepEqual((await asked(proxy, ['status'])).budgets, [budget]);
    assert.deepEqual((await asked(proxy, ['policy', 'list'])).budgets, [budget]);
    assert.match(await command(proxy, ['usage']), /^budget 3MB\/day: used up \(3\.0 MB\); it opens again at /m);
    assert.match(await command(proxy, ['status']), /^budget +3MB\/day: used up/m);
    assert.match(await command(proxy, ['policy', 'list']), /^budget = 3MB\/day$/m);
    const explained = await asked(proxy, ['explain', sandbox.http(PROXIED)]);
    assert.deepEqual([explained.route, explained.action, explained.rule, explained.status], ['rejected', 'block', 'budget 3MB/day', 403]);
    const metrics = await (await fetch(new URL('/metrics', proxy.url))).text();
    assert.match(metrics, /^aluvia_connect_budget_limit_bytes\{budget="3MB\/day"\} 3000000$/m);
    assert.match(metrics, /^aluvia_connect_budget_spent_bytes\{budget="3MB\/day"\} \d+$/m);
    assert.match(metrics, /^aluvia_connect_budget_left_bytes\{budget="3MB\/day"\} 0$/m);
    assert.match(metrics, /^aluvia_connect_tunnels_ended_total\{reason="budget"\} 1$/m);
    const ready = await fetch(new URL('/readyz', proxy.url));
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /3MB\/day: used up/);
  });

  it('Stays closed after a restart, and after kill -9', async () => {
    await proxy.process.stop();
    proxy = await Proxy.start(scope, sandbox, args);
    await expectClosed(proxy, '3MB/day');
    await asked(proxy, ['usage']); // saves what is not saved
    proxy.process.signal('SIGKILL');
    await proxy.process.stop();
    proxy = await Proxy.start(scope, sandbox, args);
    await expectClosed(proxy, '3MB/day');
  });
});

describe('Budgets', () => {
  it('Of a pattern close its hosts only; a command and SIGHUP change them', async (t) => {
    const scope = Scope.of(t);
    const config = join(await temporaryFolder(scope), 'proxy.conf');
    const write = (budget) => writeFile(config, `budget = ["${PROXIED}=${budget}/day"]\n`, { mode: 0o600 });
    await write('100KB');
    const proxy = await Proxy.start(scope, sandbox, ['--config', config]);
    await until('a warning', () => proxy.process.stderr.includes('the budgets begin at zero with each start'));
    await curl(proxy, ['-o', '/dev/null', sandbox.http(PROXIED, '/bytes/1000000')]);
    await expectClosed(proxy, `${PROXIED}=100KB/day`);
    await expectOpen(proxy, `a.${PROXIED}`);
    const other = await asked(proxy, ['explain', sandbox.http(`a.${PROXIED}`)]);
    assert.equal(other.budgets, undefined);

    assert.match(await command(proxy, ['policy', 'add', 'budget', `${PROXIED}=200KB/day`]), /^\+ {2}budget proxied\.example=200KB\/day$/m);
    await until('the gateway opens', async () => !(await asked(proxy, ['policy', 'list'])).budgets[0].closed);
    await expectOpen(proxy);
    const [left] = (await asked(proxy, ['explain', sandbox.http(PROXIED)])).budgets;
    assert.ok(left.left_bytes > 90_000 && left.left_bytes < 100_000, JSON.stringify(left));
    await write('1KB');
    proxy.process.signal('SIGHUP');
    await until('the limit of the file', async () => (await asked(proxy, ['policy', 'list'])).budgets[0].limit_bytes === 1000);
    await expectClosed(proxy, `${PROXIED}=1KB/day`);
    await command(proxy, ['policy', 'remove', 'budget', `${PROXIED}=1KB/day`]);
    await expectOpen(proxy);
  });

  it('In money need a price, and warn at 80 %', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--price', '2', '--budget', '0.002USD/month']);
    await curl(proxy, ['-o', '/dev/null', sandbox.http(PROXIED, '/bytes/850000')]);
    await until('a warning', () => /80 % of the budget 0\.002USD\/month are used/.test(proxy.process.stderr));
    const [budget] = (await asked(proxy, ['usage'])).budgets;
    assert.deepEqual([budget.limit_bytes, budget.closed, budget.from.slice(8)], [1_000_000, false, '01T00:00:00Z']);
  });

  it('Stay closed while the state directory cannot be read', async (t) => {
    const scope = Scope.of(t);
    const state = join(await temporaryFolder(scope), 'state');
    const first = await Proxy.start(scope, sandbox, ['--state-dir', state]);
    await expectOpen(first);
    await first.process.stop();
    await writeFile(join(state, 'usage.sqlite'), 'no database, '.repeat(1000));
    const proxy = await Proxy.start(scope, sandbox, ['--state-dir', state, '--budget', '1GB/day']);
    const answer = await curl(proxy, [sandbox.http(PROXIED)]);
    assert.equal(answer.status, 403, answer.body);
    assert.match(answer.body, /the budget 1GB\/day is closed, because it is not known what is spent: cannot read /);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).status, 200);
  });

  it('That make no sense stop a start, each with its sentence', async () => {
    const bad = [['0GB/day', 'its amount is 0'], ['-5GB/day', 'its amount is negative'], ['5 potatoes/day', 'its unit "potatoes" is not known'],
      ['9223372036854775808B/day', 'not below 2^63 bytes'], ['10USD/month', 'the price of a GB is not known'], ['5GB/year', 'its period "year" is not known'],
      ['10.0.0.1/8=5GB/day', 'it has bits set behind its prefix'], ['5GB/day,6GB/day', 'is for the same hosts and period'], ['5GB', 'such as 5GB/day']];
    for (const [budget, sentence] of bad) {
      const ended = await run(aluviaConnect, ['check', ...sandbox.runOptions, `--budget=${budget}`]);
      assert.equal(ended.code, 64, ended.stdout);
      assert.ok(ended.stderr.includes('--budget') && ended.stderr.includes(sentence), ended.stderr);
    }
    const good = await run(aluviaConnect, ['check', ...sandbox.runOptions, '--budget', '5GB/day', '--budget', '@trackers=1MB/month']);
    assert.equal(good.code, 0, good.stderr);
  });
});
