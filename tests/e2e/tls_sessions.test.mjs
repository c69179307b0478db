// Tests TLS sessions with the https gateway over restarts of the proxy: after a kill and a stop in order, with another CA, with a damaged
// file, and without a state directory.
import assert from 'node:assert/strict';
import { chmod, readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { Proxy } from './harness/proxy.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

/** A sandbox whose https gateway is used without warm connections, so that each request makes one. */
async function fixture(t) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  const folder = await temporaryFolder(scope);
  const file = join(folder, 'tls-sessions');
  const options = [...sandbox.tlsGatewayOptions, '--gateway-ca', sandbox.ca_file, '--gateway-warm', '0', '--log-level', 'debug'];
  const start = (args = ['--state-dir', folder]) => Proxy.start(scope, sandbox, [...options, ...args]);
  const request = async (proxy) => {
    const { gateway_resumed: before } = await sandbox.requests();
    assert.equal((await curl(proxy, ['--cacert', sandbox.ca_file, sandbox.https(PROXIED)])).status, 200);
    return (await sandbox.requests()).gateway_resumed > before;
  };
  const saved = () => until('sessions are saved', async () => (await stat(file).catch(() => null)) !== null);
  return { scope, sandbox, folder, file, start, request, saved };
}

async function kill(proxy) {
  proxy.process.signal('SIGKILL');
  await proxy.process.end();
}

describe('TLS sessions with the https gateway', { concurrency: true, timeout: 60_000 }, () => {
  it('Are resumed by the first connection after a kill, run after run', async (t) => {
    const { file, start, request, saved } = await fixture(t);
    for (const resumes of [false, true, true]) {
      const proxy = await start();
      assert.equal(await request(proxy), resumes, proxy.process.stderr);
      await saved();
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      await kill(proxy);
    }
  });

  it('Are resumed after a stop in order, which saves those of the last moment', async (t) => {
    const { start, request } = await fixture(t);
    const first = await start();
    assert.equal(await request(first), false);
    await first.process.stop();
    const second = await start();
    assert.match(second.process.stderr, / 2 TLS sessions of the last run are ready for the gateway/);
    assert.equal(await request(second), true);
  });

  it('Are used by one run only: a ticket that a killed process had taken is gone', async (t) => {
    const { file, start, request } = await fixture(t);
    const first = await start();
    await request(first);
    await first.process.stop();
    await kill(await start());
    await assert.rejects(stat(file), { code: 'ENOENT' });
    assert.equal(await request(await start()), false);
  });

  it('Do not let a gateway in that the CA of now does not verify', async (t) => {
    const { scope, sandbox, folder, start, request } = await fixture(t);
    const first = await start();
    await request(first);
    await first.process.stop();
    const stranger = await Sandbox.start(scope);
    const proxy = await start(['--state-dir', folder, '--gateway-ca', stranger.ca_file]);
    assert.notEqual((await curl(proxy, ['--cacert', sandbox.ca_file, sandbox.https(PROXIED)])).status, 200);
    assert.match(proxy.process.stderr, /tls_certificate_error/);
    assert.doesNotMatch(proxy.process.stderr, /TLS sessions/);
  });

  it('Are shaken off with a warning where the file is damaged, a link or open to others', async (t) => {
    const { file, start, request } = await fixture(t);
    const first = await start();
    await request(first);
    await first.process.stop();
    const good = await readFile(file);
    const wrongs = {
      'is damaged': () => writeFile(file, Buffer.concat([good.subarray(0, 100), Buffer.from('x'), good.subarray(101)])),
      'is longer than 393216 bytes': () => writeFile(file, Buffer.alloc(1 << 20), { mode: 0o600 }),
      'is open to other users': async () => { await writeFile(file, good); await chmod(file, 0o644); },
      'is a symbolic link': async () => { await unlink(file); await symlink('/etc/passwd', file); },
    };
    for (const [reason, make] of Object.entries(wrongs)) {
      await make();
      const proxy = await start();
      assert.match(proxy.process.stderr, new RegExp(`warn .*TLS sessions of the last run are not used: .*tls-sessions ${reason}`));
      assert.equal(await request(proxy), false, reason);
      await proxy.process.stop();
    }
    const last = await start();
    assert.equal(await request(last), true);
  });

  it('Stay in memory without a state directory, and with a gateway without TLS the file stays as it is', async (t) => {
    const { sandbox, folder, file, start, request } = await fixture(t);
    const first = await start([]);
    assert.equal(await request(first), false);
    assert.equal(await request(first), true);
    await first.process.stop();
    assert.equal(await request(await start([])), false);
    await writeFile(file, 'anything', { mode: 0o600 });
    const plain = await start(['--state-dir', folder, '--gateway-protocol', 'http', '--gateway-port', String(sandbox.gateway_port)]);
    await plain.process.stop();
    assert.equal(await readFile(file, 'utf8'), 'anything');
  });
});
