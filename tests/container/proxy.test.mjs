// Tests a running container of the image; only Aluvia is a sandbox, in a container of the same image.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from '../e2e/harness/curl.mjs';
import { run } from '../e2e/harness/process.mjs';
import { DIRECT, PROXIED } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { until } from '../e2e/harness/until.mjs';
import { IMAGE } from './engine.mjs';
import { asOptions, environmentOf, hardened, proxyContainer, sandboxContainer } from './hardened.mjs';
import { engine } from './machine.mjs';

const file = new Scope();
let sandbox;

beforeAll(async () => {
  sandbox = await sandboxContainer(file, engine);
});
after(() => file.close());

const proxyFor = (t, more) => proxyContainer(Scope.of(t), engine, sandbox, more);
const program = (container, ...args) => engine.command(['exec', container.name, '/usr/bin/aluvia-connect', ...args]);

/** A file that the image's user may read, and its options as a mount at `path`. */
async function mounted(scope, text, path) {
  const own = join(await temporaryFolder(scope), 'file');
  await writeFile(own, text, { mode: 0o644 });
  await run('chmod', ['755', join(own, '..')]);
  return ['--volume', `${own}:${path}:ro`];
}

describe('A container of the image, read-only and without capabilities', () => {
  for (const [route, host] of [['direct', DIRECT], ['gateway', PROXIED]]) {
    it(`Carries http and https by the route ${route}`, async (t) => {
      const proxy = await proxyFor(t);
      const plain = await curl(proxy, [sandbox.http(host)]);
      const secure = await curl(proxy, ['--cacert', sandbox.ca_path, sandbox.https(host)]);
      assert.deepEqual([plain.status, plain.via, secure.status, secure.via], [200, route, 200, route], secure.stderr);
    });
  }

  it('Is user 10001, with no capability and no way to get one', async (t) => {
    const { container } = await proxyFor(t);
    const status = await readFile(`/proc/${await engine.processOf(container)}/status`, 'utf8');
    assert.match(status, /^Uid:\s+10001\s+10001\s+10001\s+10001$/m);
    assert.match(status, /^Gid:\s+10001\s/m);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd']) assert.match(status, new RegExp(`^${set}:\\s+0+$`, 'm'));
    assert.match(status, /^NoNewPrivs:\s+1$/m);
  });

  it('Runs as any other user, too', async (t) => {
    const proxy = await proxyFor(t, { options: ['--user', '12345:54321'] });
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
  });

  it('Warns once that no command can reach it while nothing is writable, and how to change that', async (t) => {
    const { container } = await proxyFor(t);
    const told = () => container.stderr.split('\n').filter((line) => line.includes('the commands cannot reach this proxy'));
    await until('the warning', () => told().length > 0); // the engine forwards stderr with a delay
    assert.equal(told().length, 1, container.stderr);
    assert.match(told()[0], /\/tmp.*XDG_RUNTIME_DIR or TMPDIR/);
  });

  it('Can be queried and changed from inside if /tmp is a tmpfs', async (t) => {
    const { container } = await proxyFor(t, { options: ['--tmpfs', '/tmp'] });
    const explained = await program(container, 'explain', PROXIED);
    assert.equal(explained.code, 0, explained.stderr);
    assert.match(explained.stdout, /gateway/);
    assert.ok(!container.stderr.includes('cannot reach'), container.stderr);
  });

  it('Verifies the API by the certificates in the image, or by those that are mounted over them', async (t) => {
    const api = { ALUVIA_API_BASE_URL: sandbox.api_tls };
    const alone = { ...environmentOf(sandbox), ...api, ALUVIA_TOKEN: 'x', ALUVIA_PORT: '0' }; // the image's port may be in use here
    const strange = await engine.run([...hardened(engine), ...asOptions(alone), IMAGE]);
    assert.equal(strange.code, 69);
    assert.match(strange.stderr, /certificate/);
    await proxyFor(t, { env: api, options: ['--volume', `${sandbox.ca_path}:/etc/ssl/certs/ca-certificates.crt:ro`] });
  });
});

describe('The health check of the image', () => {
  const probe = (container) => program(container, 'healthcheck');

  it('Passes while the proxy is ready, and fails, with the reason, while it is not', async (t) => {
    t.after(() => sandbox.faults());
    const { container } = await proxyFor(t);
    assert.equal((await probe(container)).code, 0);
    await sandbox.faults({ api: { kind: 'status', status: 401, body: '{"error":"no"}' } });
    const bad = await until('a bad answer', async () => {
      const asked = await probe(container);
      return asked.code !== 0 && asked;
    });
    assert.equal(bad.code, 69);
    assert.match(bad.stderr, /the API refuses the token/);
    await sandbox.faults();
    assert.equal((await engine.command(['kill', '--signal', 'HUP', container.name])).code, 0);
    await until('a good answer', async () => (await probe(container)).code === 0);
  });

  it('Fails if no proxy runs', async () => {
    const alone = await engine.run(['--network', 'none', IMAGE, 'healthcheck']);
    assert.equal(alone.code, 69);
    assert.match(alone.stderr, /no proxy of yours runs on port 54321/);
  });
});

describe('The token of a container', () => {
  const without = { ALUVIA_TOKEN: '' };
  const secret = (t, text) => mounted(Scope.of(t), text, '/run/secrets/aluvia-token');

  it('Is the secret aluvia-token by default', async (t) => {
    await proxyFor(t, { env: without, options: await secret(t, `${sandbox.token}\n`) });
  });

  it('Is a secret of podman\'s own store', { skip: engine.program !== 'podman' && 'docker has secrets for services only' }, async (t) => {
    const name = `aluvia-token-${process.pid}`;
    const own = join(await temporaryFolder(Scope.of(t)), 'token');
    await writeFile(own, sandbox.token, { mode: 0o600 });
    await engine.answer(['secret', 'create', name, own]);
    t.after(() => engine.command(['secret', 'rm', name]));
    // On a read-only root podman 4.3 cannot make the place where it mounts a secret.
    await proxyFor(t, { env: without, options: ['--tmpfs', '/run/secrets', '--secret', `${name},target=aluvia-token`] });
  });

  it('Is the file of ALUVIA_TOKEN_FILE, whatever secret there is', async (t) => {
    const options = [...await secret(t, 'wrong'), ...await mounted(Scope.of(t), sandbox.token, '/etc/aluvia/token')];
    await proxyFor(t, { env: { ...without, ALUVIA_TOKEN_FILE: '/etc/aluvia/token' }, options });
  });

  it('Is the one of a configuration file, whatever secret there is', async (t) => {
    const options = [...await secret(t, 'wrong'), ...await mounted(Scope.of(t), `token = "${sandbox.token}"\n`, '/etc/aluvia.conf')];
    await proxyFor(t, { env: { ...without, ALUVIA_CONFIG: '/etc/aluvia.conf' }, options });
  });

  it('Is ALUVIA_TOKEN before all of them', async (t) => {
    await proxyFor(t, { env: { ALUVIA_TOKEN_FILE: '/nonexistent' }, options: await secret(t, 'wrong') });
  });
});

describe('The stop of a container', () => {
  const stop = async (container) => {
    const started = Date.now();
    await engine.answer(['stop', '--time', '20', container.name]);
    assert.ok(Date.now() - started < 15_000, 'it did not have to be killed');
    return (await container.end()).code;
  };

  it('Has status 0, also as process 1', async (t) => {
    const { container } = await proxyFor(t);
    assert.equal(await stop(container), 0);
    assert.match(container.stderr, /stopped: /);
  });

  it('Has status 0 during the start', async (t) => {
    const scope = Scope.of(t);
    const box = await sandboxContainer(scope, engine);
    await box.faults({ api: { kind: 'hang' } });
    const variables = { ...environmentOf(box), ALUVIA_TOKEN: box.token, ALUVIA_PORT: '0' };
    const container = engine.start(scope, [...hardened(engine), ...asOptions(variables), IMAGE]);
    await until('the first poll', async () => (await box.requests()).polls > 0);
    assert.equal(await stop(container), 0);
  });
});

describe('A shared network namespace', { skip: process.getuid() !== 0 && 'only root may enter it' }, () => {
  it('Has the proxy on its port, resolves and verifies the API, and requests pass', async (t) => {
    const scope = Scope.of(t);
    const isolated = [...hardened(engine).slice(0, -1), 'none', '--sysctl', 'net.ipv4.ip_unprivileged_port_start=0'];
    const box = engine.start(scope, [...isolated, '--tmpfs', '/tmp', IMAGE, 'sandbox', '--json', '--rule', PROXIED, '--dns-port', '53']);
    const facts = JSON.parse(await box.firstLine());
    const variables = { ALUVIA_TOKEN: facts.token, ALUVIA_API_BASE_URL: `https://api.aluvia.io:${new URL(facts.api_tls).port}`,
      ALUVIA_API_CA: '/ca.pem', ALUVIA_GATEWAY_HOST: 'gateway.aluvia.io', ALUVIA_GATEWAY_PORT: String(facts.gateway_port),
      ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes' };
    const pid = await engine.processOf(box);
    const ca = await mounted(scope, await readFile(`/proc/${pid}/root${facts.ca_file}`), '/ca.pem');
    const names = await mounted(scope, 'nameserver 127.0.0.1\n', '/etc/resolv.conf');
    const container = engine.start(scope, [...hardened(engine).slice(0, -1), `container:${box.name}`, ...ca, ...names, ...asOptions(variables), IMAGE]);
    assert.equal(await container.firstLine(), 'http://127.0.0.1:54321');
    for (const [host, way] of [[PROXIED, 'gateway'], [DIRECT, 'direct']]) {
      const { stdout } = await run('nsenter', ['--target', String(pid), '--net', 'curl', '-sS', '-D', '-', '-o', '/dev/null',
        '-x', 'http://127.0.0.1:54321', `http://${host}:${facts.origin_port}/`]);
      assert.match(stdout, new RegExp(`^x-sandbox-via: ${way}\\r$`, 'im'), stdout);
    }
  });
});
