// Tests a state directory and an access log on a small file system of their own that is full, and takes bytes again later.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

// A user without privileges gets a user namespace as well.
const PRIVATE = process.getuid() === 0 ? ['-m'] : ['-rm'];
const ENTER = process.getuid() === 0 ? ['-m'] : ['-U', '--preserve-credentials', '-m'];
const canMount = spawnSync('unshare', [...PRIVATE, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
const REQUESTS = 20;

/** A proxy with both files on a tmpfs that nothing else has. `inside` is the path of the tmpfs as this process reaches it. */
async function onSmallDisk(scope, sandbox, more = []) {
  const disk = await temporaryFolder(scope);
  const under = ['unshare', ...PRIVATE, 'sh', '-c', `mount -t tmpfs -o size=256k,mode=0700 none '${disk}' && exec "$@"`, 'sh'];
  const args = ['--state-dir', join(disk, 'state'), '--access-log', join(disk, 'access.log'), ...more];
  const proxy = await Proxy.start(scope, sandbox, args, { under });
  return { proxy, disk, inside: `/proc/${proxy.process.pid}/root${disk}` };
}

/** Writes zeros until the file system takes none. */
async function fillUp(path) {
  for (let size = 1024 * 1024; size >= 1; size /= 2)
    await writeFile(path, Buffer.alloc(size), { flag: 'a' }).catch((fault) => assert.equal(fault.code, 'ENOSPC'));
}

describe('A disk that is full', { skip: canMount ? false : 'this user cannot mount a tmpfs', timeout: 60_000 }, () => {
  it('Costs no request, is reported once, and loses neither a line nor a byte once it takes them again', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    const { proxy, disk, inside } = await onSmallDisk(scope, sandbox);
    const usage = async () => JSON.parse((await run(aluviaConnect, ['usage', '--json', '--port', String(proxy.port)])).stdout);
    const lines = async () => (await readFile(join(inside, 'access.log'), 'utf8')).split('\n').slice(0, -1).map((line) => JSON.parse(line));
    const reported = (text) => proxy.process.stderr.split(text).length - 1;

    await curl(proxy, [sandbox.http(PROXIED)]);
    await until('a line', async () => (await lines()).length === 1);
    assert.equal((await usage()).problem, undefined);
    await fillUp(join(inside, 'filler'));
    for (let i = 0; i < REQUESTS; ++i) assert.equal((await curl(proxy, [sandbox.http(PROXIED, '/bytes/1000')])).status, 200);
    const full = await usage();
    assert.equal(full.total.gateway.requests, 1 + REQUESTS);
    assert.match(full.problem, /cannot write .*usage\.sqlite: /);
    await until('the log reports both files', () => reported('cannot write the access log') === 1 && reported(`cannot write ${disk}/state`) >= 1);

    await rm(join(inside, 'filler'));
    await until('the access log has every line', async () => (await lines()).length === 1 + REQUESTS);
    assert.equal(new Set((await lines()).map(({ id }) => id)).size, 1 + REQUESTS);
    const saved = await until('the sums are saved', async () => {
      const now = await usage();
      return now.problem === undefined && now;
    });
    assert.deepEqual(saved.total, full.total);
    const bytes = (await lines()).reduce((sum, line) => sum + line.bytes_down, 0);
    assert.equal(saved.total.gateway.bytes_down, bytes);
    const offline = await run('nsenter', ['-t', String(proxy.process.pid), ...ENTER, aluviaConnect, 'usage', '--json', '--state-dir', join(disk, 'state')]);
    assert.equal(offline.code, 0, offline.stderr);
    assert.deepEqual(JSON.parse(offline.stdout).total, full.total);
    assert.equal(reported('cannot write the access log'), 1);
  });

  it('Costs no TLS session of this run, and one line in the log for those of the next', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    const more = [...sandbox.tlsGatewayOptions, '--gateway-ca', sandbox.ca_file, '--gateway-warm', '0'];
    const { proxy, disk, inside } = await onSmallDisk(scope, sandbox, more);
    await fillUp(join(inside, 'filler'));
    const request = async () => assert.equal((await curl(proxy, ['--cacert', sandbox.ca_file, sandbox.https(PROXIED)])).status, 200);
    await request();
    await until('the log reports the file', () => proxy.process.stderr.includes("cannot keep the gateway's TLS sessions over a restart"));
    await request();
    assert.equal((await sandbox.requests()).gateway_resumed, 1);
    assert.deepEqual((await readdir(join(inside, 'state'))).filter((name) => name.startsWith('tls-sessions')), []);
    assert.ok(proxy.process.stderr.includes(`${disk}/state/tls-sessions cannot be written: `), proxy.process.stderr);
  });
});
