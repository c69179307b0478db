// Tests the traffic of hosts, rules, routes and days, as the command and the Unix socket show it, with and without a state directory.
import assert from 'node:assert/strict';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const EMPTY = /^traffic since \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\nno traffic\n$/;

/** A sandbox, folders of the test's own, and `command`, which runs a command of the program there. */
async function fixture(t) {
  const scope = Scope.of(t);
  const env = { XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) };
  const sandbox = await Sandbox.start(scope);
  const state = join(await temporaryFolder(scope), 'state');
  return {
    scope, env, sandbox, state,
    start: (args = [], more = {}) => Proxy.start(scope, sandbox, args, { env: { ...env, ...more } }),
    command: (words, more = {}) => run(aluviaConnect, words, { env: { ...env, ...more } }),
  };
}

describe('aluvia-connect usage', { concurrency: true }, () => {
  it('Says where its sums begin, as text, JSON and CSV', async (t) => {
    const { start, command } = await fixture(t);
    await start(['--price', '2.50']);
    assert.match((await command(['usage'])).stdout, /^traffic since \d{4}-\d\d-\d\d \d\d:\d\d UTC, the start of the proxy\n\n/);
    const json = JSON.parse((await command(['usage', '--by', 'route', '--json'])).stdout);
    assert.deepEqual([json.kept, json.by, json.price], ['since_start', 'route', 2.5]);
    assert.match((await command(['usage', '--csv'])).stdout, /^host,gateway_requests,.*,direct_bytes_down,cost\n/);
    const days = await command(['usage', '--by', 'day']);
    assert.equal(days.code, 64);
    assert.match(days.stderr, /cannot show usage by day: the proxy keeps no state; start it with a state directory/);
  });

  it('Rejects words that it does not know, and names the flag', async (t) => {
    const { command } = await fixture(t);
    for (const [words, takes] of [[['--by', 'site'], '--by: it takes host, rule, route or day'], [['--since', '1y'], '--since: it takes a time such as 90m'],
      [['--price', '0'], '--price: it takes a price per GB'], [['--csv', '--json'], 'usage takes --csv or --json, not both']]) {
      const { code, stderr } = await command(['usage', ...words]);
      assert.equal(code, 64, stderr);
      assert.ok(stderr.includes(takes), stderr);
    }
  });

  it('Ends the start of a proxy whose price is none, and takes one that costs next to nothing', async (t) => {
    const { scope, sandbox, env, start } = await fixture(t);
    for (const price of ['0', 'abc', '1e9', '-1', '10000.01', '2,50', '']) {
      const program = launchRun(scope, [...sandbox.runOptions, `--price=${price}`], { env });
      const { code } = await program.end();
      assert.equal(code, 64, `${price}: ${program.stderr}`);
      assert.match(program.stderr, /--price.*a price per GB from 0\.0001 to 10000/, price);
    }
    await start(['--price', '0.0001']);
  });

  it('Reads the file of a state directory without a proxy', async (t) => {
    const { start, command, state } = await fixture(t);
    const proxy = await start(['--state-dir', state]);
    assert.match((await command(['usage'])).stdout, EMPTY);
    await proxy.process.stop();
    assert.equal((await stat(state)).mode & 0o777, 0o700);
    assert.equal((await stat(join(state, 'usage.sqlite'))).mode & 0o777, 0o600);
    assert.match((await command(['usage', '--state-dir', state])).stdout, EMPTY);
    assert.match((await command(['usage'], { ALUVIA_STATE_DIR: state })).stdout, EMPTY);
    const elsewhere = await command(['usage', '--state-dir', join(state, 'none')]);
    assert.equal(elsewhere.code, 64);
    assert.match(elsewhere.stderr, /cannot use --state-dir: there is no .*none\/usage\.sqlite/);
  });

  it('Takes the directory of the service manager', async (t) => {
    const { start, state } = await fixture(t);
    await start([], { STATE_DIRECTORY: `${state}:/other` });
    assert.ok((await stat(join(state, 'usage.sqlite'))).isFile());
  });
});

describe('A state directory that cannot be used', { concurrency: true }, () => {
  const failure = async ({ scope, sandbox, env }, directory) => {
    const program = launchRun(scope, [...sandbox.runOptions, '--state-dir', directory], { env });
    const { code } = await program.end();
    assert.equal(code, 64, program.stderr);
    return program.stderr;
  };

  it('Ends the start with its name, the reason and advice', async (t) => {
    const all = await fixture(t);
    const open = await temporaryFolder(all.scope);
    await chmod(open, 0o777);
    assert.match(await failure(all, open), /cannot use --state-dir: other users may write to .* \(mode 0777\); chmod 700 it/);
    await writeFile(all.state, 'x');
    assert.match(await failure(all, all.state), /cannot use --state-dir: .*state is no directory/);
    assert.match(await failure(all, '/proc/none'), /cannot use --state-dir: \/proc\/none cannot be written: .*; choose a directory that this user can write to/);
    const linked = await temporaryFolder(all.scope);
    await mkdir(join(linked, 'usage.sqlite'));
    assert.match(await failure(all, linked), /usage\.sqlite is no plain file; move it away/);
  });
});

describe('The traffic of a proxy', { concurrency: true }, () => {
  const usage = async ({ command }, ...words) => JSON.parse((await command(['usage', '--json', ...words])).stdout);
  const bytes = ({ bytes_up, bytes_down }) => bytes_up + bytes_down;

  it('Is counted by host, rule and route, with its cost', async (t) => {
    const all = await fixture(t);
    const proxy = await all.start(['--price', '2']);
    await curl(proxy, [all.sandbox.http(PROXIED)]);
    await curl(proxy, [all.sandbox.https(PROXIED), '--insecure']);
    await curl(proxy, [all.sandbox.http(DIRECT)]);
    const ended = ({ gateway }) => gateway.requests + gateway.tunnels;
    await until('the end of the tunnel', async () => ended((await usage(all)).total) === 2);
    const { rows, total } = await usage(all);
    assert.deepEqual(rows.map(({ host }) => host), [PROXIED, DIRECT]);
    const [paid, free] = rows;
    assert.ok(paid.gateway.bytes_up > 200 && paid.gateway.bytes_down > 200, JSON.stringify(paid));
    assert.deepEqual([paid.share, free.share, bytes(paid.direct), bytes(free.gateway)], [1, 0, 0, 0]);
    assert.ok(Math.abs(paid.cost - bytes(paid.gateway) / 1e9 * 2) < 1e-6);
    for (const by of ['rule', 'route']) assert.deepEqual((await usage(all, '--by', by)).total, total, by);
  });

  it('Is kept over restarts, and lost by kill -9 for ten seconds at most', async (t) => {
    const all = await fixture(t);
    let proxy = await all.start(['--state-dir', all.state]);
    await curl(proxy, [all.sandbox.http(PROXIED)]);
    const first = (await usage(all)).total; // the question saves what has changed
    await curl(proxy, [all.sandbox.http(PROXIED), 'http://127.0.0.1:1/']);
    await proxy.process.stop();
    proxy = await all.start(['--state-dir', all.state]);
    const second = (await usage(all)).total;
    assert.deepEqual(second.errors, { connection_refused: 1 });
    assert.equal(second.gateway.requests, 2);
    assert.equal(bytes(second.gateway), 2 * bytes(first.gateway));
    process.kill(proxy.process.pid, 'SIGKILL');
    await proxy.process.end();
    assert.deepEqual((await usage(all, '--state-dir', all.state)).total, second);
    assert.equal((await usage(all, '--state-dir', all.state, '--by', 'day')).rows.length, 1);
  });

  it('Makes the hosts of the gateway known to the next run, for early CONNECTs', async (t) => {
    const all = await fixture(t);
    let proxy = await all.start(['--state-dir', all.state]);
    const knownHosts = async () => JSON.parse((await all.command(['status', '--json'])).stdout).gateway.known_hosts;
    assert.equal(await knownHosts(), 0);
    await curl(proxy, [all.sandbox.https(PROXIED), '--insecure']);
    await until('the tunnel is counted', async () => (await usage(all)).total.gateway.tunnels === 1);
    await proxy.process.stop();
    proxy = await all.start(['--state-dir', all.state]);
    await until('its host is known', async () => await knownHosts() === 1);
  });
});
