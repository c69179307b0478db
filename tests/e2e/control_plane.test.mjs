// Tests that the configuration of a running proxy follows the API and survives its faults.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeAuthority } from './harness/certificates.mjs';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { deafPort } from './harness/deaf_port.mjs';
import { run } from './harness/process.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const FAST = ['--poll-interval', '1000'];

/** A sandbox and a proxy of the test's own: the tests of this file run side by side. */
async function pair(t, options = {}, args = []) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope, options);
  return { scope, sandbox, proxy: await Proxy.start(scope, sandbox, [...FAST, ...args]) };
}

const wayOf = async (proxy, sandbox, host) => (await curl(proxy, [sandbox.http(host)])).via;

/** Waits until `count` more requests for the configuration have reached the API than before `cause` was called. */
async function morePolls(sandbox, count, within = 15_000, cause = () => {}) {
  const { polls } = await sandbox.requests();
  cause();
  await until(`${count} more polls`, async () => (await sandbox.requests()).polls >= polls + count, { within, every: 50 });
}

describe('Polling', { concurrency: true }, () => {
  it('Sends the ETag on one kept connection, and gets 304', async (t) => {
    const { sandbox } = await pair(t);
    await morePolls(sandbox, 1);
    const first = await sandbox.requests();
    await morePolls(sandbox, 3);
    const later = await sandbox.requests();
    assert.equal(later.api_connections, first.api_connections, 'no new connection');
    assert.equal(later.not_modified - first.not_modified, later.polls - first.polls, 'all of them 304');
  });

  it('Carries a flipped rule into the running proxy, at the API as a user does it', async (t) => {
    const { sandbox, proxy } = await pair(t);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    const changed = await sandbox.patchUser({ rules: [DIRECT] });
    assert.deepEqual((changed.data ?? changed).rules, [DIRECT]);
    await until('the flip', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway');
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'direct');
  });

  it('Carries exclusions and AUTO with its list', async (t) => {
    const { sandbox, proxy } = await pair(t, { rules: [] });
    assert.equal(await wayOf(proxy, sandbox, 'listed.example'), 'direct');
    await sandbox.user({ rules: ['auto', '*.sub.example', '-not.sub.example'], auto_hostnames: ['listed.example'] });
    await until('AUTO', async () => await wayOf(proxy, sandbox, 'listed.example') === 'gateway');
    assert.equal(await wayOf(proxy, sandbox, 'a.sub.example'), 'gateway');
    assert.equal(await wayOf(proxy, sandbox, 'not.sub.example'), 'direct');
    assert.equal(await wayOf(proxy, sandbox, 'auto'), 'direct');
  });

  it('Follows rules with Unicode names, exclusions first, and explains them as given and in A-labels', async (t) => {
    const { sandbox, proxy } = await pair(t, { rules: ['*', '-bücher.example', '-*.faß.example'] }, ['--rule', '-1.2.0x']);
    assert.equal(await wayOf(proxy, sandbox, 'xn--bcher-kva.example'), 'direct');
    assert.equal(await wayOf(proxy, sandbox, 'www.xn--fa-hia.example'), 'direct');
    assert.equal(await wayOf(proxy, sandbox, 'fass.example'), 'gateway');
    const explained = async (host) => (await run(aluviaConnect, ['explain', host, '--port', String(proxy.port)])).stdout;
    assert.match(await explained('https://BÜCHER.example/'), /^xn--bcher-kva\.example:443: direct \(-bücher\.example \(-xn--bcher-kva\.example\)\)/);
    assert.match(await explained('http://1.2.0x/'), /^1\.2\.0\.0:80: direct \(-1\.2\.0x\)/);
  });

  it('Carries new credentials, and an open client connection uses them', async (t) => {
    const { sandbox, proxy } = await pair(t);
    await sandbox.user({ proxy_username: 'second', proxy_password: 'pass:with:colons and ünïcode' });
    const works = async () => (await curl(proxy, [sandbox.http(PROXIED)])).status === 200;
    await until('the new credentials', works);
    assert.equal((await curl(proxy, ['-k', sandbox.https(PROXIED)])).via, 'gateway');
  });

  it('Reads a body that is bare, in data, or in data with success, and a change between them', async (t) => {
    const { sandbox, proxy } = await pair(t, { rules: [] });
    for (const [index, wrapping] of ['success', 'data', 'bare'].entries()) {
      const host = `wrapped${index}.example`;
      await sandbox.user({ wrapping, rules: [host] });
      await until(`the rules in the wrapping ${wrapping}`, async () => await wayOf(proxy, sandbox, host) === 'gateway');
    }
  });

  it('Starts with each of the three wrappings', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    for (const wrapping of ['success', 'data', 'bare']) {
      await sandbox.user({ wrapping });
      assert.equal(await wayOf(await Proxy.start(scope, sandbox), sandbox, PROXIED), 'gateway', wrapping);
    }
  });

  it('Takes the base URL as a prefix, with and without slashes at its end', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    for (const suffix of ['/', '/v1', '/v1/', '/v1//']) {
      const proxy = await Proxy.start(scope, sandbox, ['--api-base-url', `${sandbox.api}${suffix}`]);
      assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway', suffix);
    }
  });
});

describe('An API that fails leaves the last good configuration', { concurrency: true }, () => {
  const status = (code, body) => ({ kind: 'status', status: code, body });
  const faults = [
    ['answers 500', status(500, 'oops')],
    ['answers 401', status(401, '{"success":false,"error":{"code":"unauthorized","message":"no"}}')],
    ['answers garbage', status(200, 'not json')],
    ['answers with no credentials', status(200, '{"data":{"rules":[]}}')],
    ['answers 304 that was not asked for in a body', status(304, '')],
    ['closes the connection', { kind: 'close' }],
    ['resets the connection', { kind: 'reset' }],
  ];
  for (const [name, fault] of faults) {
    it(`When it ${name}, and is followed again once it is well`, async (t) => {
      const { sandbox, proxy } = await pair(t);
      await sandbox.faults({ api: fault });
      await morePolls(sandbox, 1, 20_000);
      await sandbox.user({ rules: [DIRECT] });
      // With a rejected token the proxy polls once a minute.
      await morePolls(sandbox, 1, 20_000, () => proxy.process.signal('SIGHUP'));
      assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
      assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
      await sandbox.faults({});
      proxy.process.signal('SIGHUP');
      await until('the change made meanwhile', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway', { within: 30_000 });
    });
  }

  it('When it hangs: requests are answered at once meanwhile', async (t) => {
    const { sandbox, proxy } = await pair(t);
    await sandbox.faults({ api: { kind: 'hang' } });
    await morePolls(sandbox, 1);
    for (let round = 0; round < 5; round += 1) {
      const answer = await curl(proxy, [sandbox.http(PROXIED), sandbox.http(DIRECT)]);
      assert.deepEqual(answer.transfers.map((transfer) => transfer.http_code), [200, 200]);
      for (const { time_total: seconds } of answer.transfers) assert.ok(seconds < 1, `${seconds} s`);
    }
  });

  for (const fault of [{ kind: 'stall_body' }, { kind: 'dribble', pace_ms: 500 }]) {
    it(`When its body never ends (${fault.kind}), and is followed again once it is well`, async (t) => {
      const { sandbox, proxy } = await pair(t);
      await sandbox.faults({ api: fault });
      await sandbox.user({ rules: [DIRECT] });
      await morePolls(sandbox, 1);
      assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
      assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
      await sandbox.faults({});
      await until('the change', async () => await wayOf(proxy, sandbox, DIRECT) === 'gateway', { within: 25_000 });
    });
  }
});

describe('An API over https', () => {
  it('Is used when its certificate is signed by --api-ca', async (t) => {
    const { sandbox, proxy } = await overTls(t, ({ ca_file: ca }) => ['--api-ca', ca]);
    assert.match(await proxy.firstLine(), /^http:/);
    const { api_connections: before } = await sandbox.requests();
    await morePolls(sandbox, 2);
    assert.equal((await sandbox.requests()).api_connections, before, 'the connection is kept');
  });

  it('Is rejected, with 69, if the system does not trust its signer', async (t) => {
    const { proxy } = await overTls(t, () => []);
    await assertRefused(proxy);
  });

  it('Is rejected, with 69, if another CA signed it', async (t) => {
    const other = await makeAuthority(await temporaryFolder(Scope.of(t)));
    const { proxy } = await overTls(t, () => ['--api-ca', other.certificate]);
    await assertRefused(proxy);
  });

  it('Is rejected, with 69, if the certificate has another name', async (t) => {
    const { proxy } = await overTls(t, ({ ca_file: ca, api_tls: api }) => [
      '--api-ca', ca, '--api-base-url', api.replace('127.0.0.1', '127.0.0.2')]);
    await assertRefused(proxy);
  });

  async function overTls(t, args) {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    const proxy = launchRun(scope, [...sandbox.runOptions, ...FAST, '--api-base-url', sandbox.api_tls, ...args(sandbox)]);
    return { sandbox, proxy };
  }

  async function assertRefused(proxy) {
    assert.equal((await proxy.end()).code, 69, proxy.stderr);
    assert.equal(proxy.stdout, '');
    assert.match(proxy.stderr, /certificate|tls|ssl|reach|connect/i);
  }
});

describe('SIGTERM ends the program within two seconds', { concurrency: true }, () => {
  for (const kind of ['hang', 'stall_body', 'dribble']) {
    it(`While the first fetch waits (${kind})`, async (t) => {
      const scope = Scope.of(t);
      const sandbox = await Sandbox.start(scope);
      await sandbox.faults({ api: { kind } });
      const process = launchRun(scope, [...sandbox.runOptions, ...FAST]);
      await until('the first fetch', async () => (await sandbox.requests()).polls > 0);
      process.signal('SIGTERM');
      assert.deepEqual(await process.end(2_000), { code: 0, signal: null });
      assert.equal(process.stdout, '');
    });

    it(`While a poll waits (${kind})`, async (t) => {
      const { sandbox, proxy } = await pair(t);
      await sandbox.faults({ api: { kind } });
      await morePolls(sandbox, 1);
      proxy.process.signal('SIGTERM');
      assert.deepEqual(await proxy.process.end(2_000), { code: 0, signal: null });
    });
  }

  it('While the API\'s address swallows connections', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    const deaf = await deafPort(scope);
    const process = launchRun(scope, [...sandbox.runOptions, '--api-base-url', `http://127.0.0.1:${deaf.port}`]);
    await until('the attempt to connect', () => deaf.connecting());
    process.signal('SIGTERM');
    assert.equal((await process.end(2_000)).code, 0);
  });
});
