// Tests a running proxy against every fault of the API: what continues, what waits, and what is reported.
import assert from 'node:assert/strict';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { TcpGate } from './harness/tcp_gate.mjs';
import { run } from './harness/process.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const FAST = ['--poll-interval', '1000', '--log-level', 'debug'];
const refusal = { kind: 'status', status: 401, body: '{"success":false,"error":{"code":"unauthorized","message":"no"}}' };

const wayOf = async (proxy, sandbox, host) => (await curl(proxy, [sandbox.http(host)])).via;
const says = (process, pattern, within) => until(`${pattern} on stderr`, () => pattern.test(process.stderr), { within });
const count = (process, pattern) => process.stderr.match(new RegExp(pattern, 'g'))?.length ?? 0;

async function sandboxFor(t) {
  const scope = Scope.of(t);
  return { scope, sandbox: await Sandbox.start(scope) };
}

/** A sandbox whose API is behind a closed gate, and the options of `run` that lead through it. */
async function behindGate(t) {
  const { scope, sandbox } = await sandboxFor(t);
  const gate = await TcpGate.to(scope, Number(new URL(sandbox.api).port));
  const options = [...sandbox.runOptions, ...FAST, '--api-base-url', `http://127.0.0.1:${gate.port}`];
  return { scope, sandbox, gate, options };
}

describe('A running proxy', { concurrency: true }, () => {
  it('Leaves an API that answers 429 alone for as long as Retry-After says, and serves meanwhile', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const proxy = await Proxy.start(scope, sandbox, FAST);
    await sandbox.faults({ api: { kind: 'status', status: 429, headers: { 'Retry-After': '4' }, times: 1 } });
    await says(proxy.process, /too many requests \(429\); try again in 4 s/);
    const { polls } = await sandbox.requests();
    const begin = Date.now();
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    await until('the next poll', async () => (await sandbox.requests()).polls > polls, { every: 50 });
    assert.ok(Date.now() - begin > 3_500, `${Date.now() - begin} ms`);
    await says(proxy.process, /the API responds again/);
  });

  it('Keeps its configuration when the token is rejected, logs that once, polls slowly, and at once on SIGHUP', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const proxy = await Proxy.start(scope, sandbox, FAST);
    await sandbox.faults({ api: refusal });
    await says(proxy.process, /rejected the token[^]*next poll in (4[5-9]|5\d|60)\d{3} ms/);
    proxy.process.signal('SIGHUP');
    await says(proxy.process, /still cannot refresh/);
    assert.equal(count(proxy.process, 'warn.*rejected the token'), 1, proxy.process.stderr);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    await sandbox.user({ rules: [DIRECT] });
    await sandbox.faults({});
    proxy.process.signal('SIGHUP');
    await until('the change', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway');
  });

  it('Survives an API that hangs, and follows it when it comes back', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const proxy = await Proxy.start(scope, sandbox, FAST);
    await sandbox.faults({ api: { kind: 'hang' } });
    await says(proxy.process, /no complete response/, 20_000);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    await sandbox.user({ rules: [DIRECT] });
    await sandbox.faults({});
    await until('the change', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway', { within: 20_000 });
  });

  it('Survives an API that is gone, asks less and less often, and follows it when it is back', async (t) => {
    const { scope, sandbox, gate, options } = await behindGate(t);
    await gate.open();
    const proxy = await Proxy.startWith(scope, options);
    await gate.shut();
    await says(proxy.process, /cannot connect[^]*next poll in (1[5-9]|20)\d\d ms[^]*next poll in [34]\d\d\d ms/, 20_000);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    await sandbox.user({ rules: [DIRECT] });
    await gate.open();
    await until('the change', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway', { within: 20_000 });
    await says(proxy.process, /the API responds again[^]*next poll in (9|10|11)\d\d ms/);
  });

  it('Reads its token file again when it changes', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const file = join(await temporaryFolder(scope), 'token');
    await writeFile(file, `${sandbox.token}\n`);
    const proxy = await Proxy.startWith(scope, [...sandbox.runOptionsWithoutToken, ...FAST, '--token-file', file]);
    await writeFile(file, 'wrong-token\n');
    await says(proxy.process, /the new token is in use[^]*rejected the token/);
    await writeFile(file, `${sandbox.token}\n`);
    proxy.process.signal('SIGHUP');
    await says(proxy.process, /the API responds again/);
    assert.ok(!proxy.process.stderr.includes('wrong-token'));
  });
});

describe('Changes and the API', { concurrency: true }, () => {
  /** A proxy that polls rarely, and a function that runs a command against it. */
  async function changeable(scope, sandbox) {
    const env = { XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) };
    const proxy = await Proxy.start(scope, sandbox, ['--poll-interval', '600000'], { env });
    return { proxy, command: (...words) => run(aluviaConnect, words, { env }) };
  }

  it('Two proxies that add rules at the same time lose none of each other\'s', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const proxies = [await changeable(scope, sandbox), await changeable(scope, sandbox)];
    const added = ['one.example', 'two.example', 'three.example'];
    const results = await Promise.all(proxies.flatMap(({ command }, index) =>
      added.map((host) => command('rules', 'add', `p${index}.${host}`))));
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    for (const { proxy, command } of proxies) {
      await command('refresh');
      for (const host of added.flatMap((name) => [`p0.${name}`, `p1.${name}`])) {
        assert.equal(await wayOf(proxy, sandbox, host), 'gateway', host);
      }
    }
  });

  it('A due payment is reported with its link, and the configuration stays', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const { proxy, command } = await changeable(scope, sandbox);
    const body = '{"success":false,"error":{"code":"payment_required","message":"no","claim_url":"https://pay.example/1"}}';
    await sandbox.faults({ api: { kind: 'status', status: 402, body } });
    const { code, stderr } = await command('geo', 'us');
    assert.notEqual(code, 0);
    assert.match(stderr, /https:\/\/pay\.example\/1/);
    const status = await command('status', '--json');
    assert.match(status.stdout, /https:\/\/pay\.example\/1/);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
  });
});

describe('The generations of the API', { concurrency: true }, () => {
  for (const prefix of ['', '/v1']) {
    it(`Reads a connection of the account below "${prefix}"`, async (t) => {
      const { scope, sandbox } = await sandboxFor(t);
      const proxy = await Proxy.start(scope, sandbox, ['--connection-id', '1', '--api-base-url', `${sandbox.api}${prefix}/`]);
      assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
      assert.equal((await sandbox.requests()).api_path, `${prefix}/account/connections/1`);
    });

    it(`Finds a token of the next generation below "${prefix}"`, async (t) => {
      const { scope, sandbox } = await sandboxFor(t);
      await sandbox.faults({ api: { kind: 'status', status: 404, times: 1 } });
      const proxy = await Proxy.start(scope, sandbox, [...FAST, '--api-base-url', `${sandbox.api}${prefix}`]);
      await sandbox.user({ rules: [DIRECT] });
      await until('the change', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway');
      assert.equal((await sandbox.requests()).api_path, `${prefix}/connection`);
    });
  }

  it('Ends with 69 and names the connection that does not exist', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    const proxy = launchRun(scope, [...sandbox.runOptions, '--connection-id', '4711']);
    assert.equal((await proxy.end()).code, 69);
    assert.match(proxy.stderr, /no connection 4711 .*check the connection id/);
  });
});

describe('--wait-for-api', { concurrency: true }, () => {
  it('Starts once the API is there', async (t) => {
    const { scope, sandbox, gate, options } = await behindGate(t);
    const process = launchRun(scope, [...options, '--wait-for-api', '60']);
    await says(process, /waiting for the API, 60 s at most: cannot connect/);
    await gate.open();
    const url = await process.firstLine();
    assert.equal(await wayOf({ url }, sandbox, PROXIED), 'gateway');
  });

  it('Gives up with 69 when its time is over', async (t) => {
    const { scope, options } = await behindGate(t);
    const process = launchRun(scope, [...options, '--wait-for-api', '1']);
    assert.equal((await process.end()).code, 69);
    assert.equal(process.stdout, '');
  });

  it('Does not wait after a rejected token: 77 at once', async (t) => {
    const { scope, sandbox } = await sandboxFor(t);
    await sandbox.faults({ api: refusal });
    const process = launchRun(scope, [...sandbox.runOptions, '--wait-for-api', '3600']);
    assert.equal((await process.end()).code, 77);
  });

  it('Ends at once with SIGTERM', async (t) => {
    const { scope, options } = await behindGate(t);
    const process = launchRun(scope, [...options, '--wait-for-api', '3600']);
    await says(process, /waiting for the API/);
    process.signal('SIGTERM');
    assert.deepEqual(await process.end(2_000), { code: 0, signal: null });
  });
});

describe('--config-cache', { concurrency: true }, () => {
  /** A cache that a proxy has written, with its API unreachable again. */
  async function cached(t) {
    const fixture = await behindGate(t);
    const cache = join(await temporaryFolder(fixture.scope), 'cache');
    const options = [...fixture.options, '--config-cache', cache];
    await fixture.gate.open();
    const proxy = await Proxy.startWith(fixture.scope, options);
    await proxy.process.stop();
    await fixture.gate.shut();
    return { ...fixture, cache, options };
  }

  async function isIgnored({ scope, options }, why) {
    const process = launchRun(scope, options);
    assert.equal((await process.end()).code, 69);
    assert.match(process.stderr, why);
  }

  it('Starts while the API is down, says how old it is, and follows the API when it is back', async (t) => {
    const fixture = await cached(t);
    const { sandbox, gate } = fixture;
    assert.equal((await stat(fixture.cache)).mode & 0o777, 0o600);
    assert.ok(!(await readFile(fixture.cache, 'utf8')).includes(sandbox.token));
    const proxy = await Proxy.startWith(fixture.scope, fixture.options);
    await says(proxy.process, /starting with the configuration cached in .*, \d+ seconds? old: cannot connect/);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
    await sandbox.user({ rules: [DIRECT] });
    await gate.open();
    await until('the change', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway', { within: 20_000 });
  });

  it('Is used against a 503, and against 401 never again', async (t) => {
    const { scope, sandbox, gate, options, cache } = await cached(t);
    await gate.open();
    await sandbox.faults({ api: { kind: 'status', status: 503 } });
    const proxy = await Proxy.startWith(scope, options);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    await proxy.process.stop();
    await sandbox.faults({ api: refusal });
    const refused = launchRun(scope, options);
    assert.equal((await refused.end()).code, 77);
    await assert.rejects(stat(cache), { code: 'ENOENT' });
  });

  it('Is ignored with a warning when it is of another token', async (t) => {
    const fixture = await cached(t);
    await isIgnored({ ...fixture, options: [...fixture.options, '--token', 'another-token'] },
      /cached configuration is ignored: .* is of another token or another API/);
  });

  it('Is ignored with a warning when it is half-written', async (t) => {
    const fixture = await cached(t);
    const text = await readFile(fixture.cache);
    await writeFile(fixture.cache, text.subarray(0, text.length - 7));
    await isIgnored(fixture, /cached configuration is ignored: .* is damaged or half-written/);
  });

  it('Is ignored with a warning when others can read it', async (t) => {
    const fixture = await cached(t);
    await chmod(fixture.cache, 0o644);
    await isIgnored(fixture, /cached configuration is ignored: .* is open to other users/);
  });
});
