// Runs the rendered containers of Pods against an emulated Aluvia, and their probes.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { freePort } from '../e2e/harness/temp.mjs';
import { until } from '../e2e/harness/until.mjs';
import { skipWithoutModern } from './harness/kubectl.mjs';
import { example, read } from './harness/manifests.mjs';
import { Pod } from './harness/pod.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const SIDECAR = 'aluvia-connect';
const REFUSES = { api: { kind: 'status', status: 401, body: '{"error":"no"}' } };
const IS_DOWN = { api: { kind: 'status', status: 503, body: '' } };
const PROXY_AUTH = 'agent:correct-horse';

const KINDS = { deployment: 'Deployment', 'node-proxy': 'DaemonSet' };

const pointedAt = (sandbox, more) => ({
  ALUVIA_API_BASE_URL: sandbox.api, ALUVIA_DNS_SERVER: sandbox.dns_server, ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes', ALUVIA_GATEWAY_HOST: sandbox.gateway_host,
  ALUVIA_GATEWAY_PORT: String(sandbox.gateway_port), PAGE: sandbox.http(PROXIED), ...more,
});

/** A Pod of the example, and an Aluvia that takes its token. */
async function fixture(t, name, more) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  const secrets = { 'aluvia-token': { 'aluvia-token': `${sandbox.token}\n` }, 'aluvia-proxy-auth': { 'user-and-password': PROXY_AUTH } };
  const pod = await Pod.of(scope, example(name), { of: KINDS[name] ?? 'Job', secrets, environment: pointedAt(sandbox, more) });
  return { scope, sandbox, pod, secrets, startsUp: () => until('the startup probe', async () => (await pod.probe('startupProbe')).code === 0, { within: 30_000 }) };
}

const ends = async (process) => (await process.end(30_000)).code;

describe('The sidecar', { skip: skipWithoutModern, concurrency: true }, () => {
  it('Has started once there is a configuration, and not before', async (t) => {
    const { sandbox, pod, startsUp } = await fixture(t, 'deployment');
    await sandbox.faults(IS_DOWN);
    const proxy = pod.start(SIDECAR);
    await until('that it waits for the API', () => /waiting|trying|again/.test(proxy.stderr));
    for (const probe of ['startupProbe', 'readinessProbe']) assert.equal((await pod.probe(probe)).code, 69, probe);
    assert.ok(proxy.running);
    await sandbox.faults({});
    await startsUp();
    for (const probe of ['livenessProbe', 'readinessProbe']) assert.deepEqual(await pod.probe(probe), { code: 0, said: '' }, probe);
  });

  it('Is not ready while the API rejects the token, stays alive, and reads the next one from the Secret', async (t) => {
    const { scope, sandbox, pod, startsUp } = await fixture(t, 'deployment');
    pod.start(SIDECAR);
    await startsUp();
    assert.equal((await pod.probe('readinessProbe')).code, 0);
    await sandbox.stop();
    const api = new URL(sandbox.api).port;
    await Sandbox.start(scope, { args: ['--token', 'the-next-token', '--api-port', api, '--gateway-port', String(sandbox.gateway_port)] });
    const refresh = () => pod.exec(SIDECAR, ['/usr/bin/aluvia-connect', 'refresh', '--port', '54321']);
    const refused = await refresh();
    assert.equal(refused.code, 77);
    assert.match(refused.said, /the API rejected the token/);
    const ready = await pod.probe('readinessProbe');
    assert.equal(ready.code, 69);
    assert.match(ready.said, /token/);
    for (const probe of ['livenessProbe', 'startupProbe']) assert.equal((await pod.probe(probe)).code, 0, probe);
    await pod.putSecret({ 'aluvia-token': 'the-next-token' });
    assert.match((await refresh()).said, /In force now/);
    assert.equal((await pod.probe('readinessProbe')).code, 0);
  });

  it('Is not live if its loop hangs', async (t) => {
    const { pod, startsUp } = await fixture(t, 'deployment');
    const proxy = pod.start(SIDECAR);
    await startsUp();
    proxy.signal('SIGSTOP');
    assert.equal((await pod.probe('livenessProbe')).code, 'late');
    proxy.signal('SIGCONT');
    assert.equal((await pod.probe('livenessProbe')).code, 0);
  });

  it('Ends with 77 and the reason if the token is rejected at the start', async (t) => {
    const { sandbox, pod } = await fixture(t, 'job');
    await sandbox.faults(REFUSES);
    const proxy = pod.start(SIDECAR);
    assert.equal(await ends(proxy), 77);
    assert.match(proxy.stderr, /token/);
  });

  it('Ends with 64 and names the file if the Secret is still the example', async (t) => {
    const { pod } = await fixture(t, 'job');
    await pod.putSecret((await read('secret.example.yaml')).stringData);
    const proxy = pod.start(SIDECAR);
    assert.equal(await ends(proxy), 64);
    assert.match(proxy.stderr, /aluvia-token/);
  });

  it('Restarts from its cache while the API is down', async (t) => {
    const { sandbox, pod, startsUp } = await fixture(t, 'deployment');
    const first = pod.start(SIDECAR);
    await startsUp();
    first.signal('SIGTERM');
    assert.equal(await ends(first), 0);
    await sandbox.faults(IS_DOWN);
    pod.start(SIDECAR);
    await startsUp();
  });
});

describe('A Job', { skip: skipWithoutModern, concurrency: true }, () => {
  it('Runs its agent once the sidecar has started, and is complete when the agent has ended', async (t) => {
    const { pod, startsUp } = await fixture(t, 'job');
    const proxy = pod.start(SIDECAR);
    await startsUp();
    const agent = pod.start('agent', { cwd: here });
    assert.equal(await ends(agent), 0, agent.stderr);
    assert.equal(agent.stdout, 'gateway\n');
    proxy.signal('SIGTERM'); // the kubelet's, once no other container runs
    assert.equal(await ends(proxy), 0);
  });

  it('Without native sidecars delays the agent by postStart, and the agent\'s end stops the proxy', async (t) => {
    const { pod } = await fixture(t, 'job-ordinary', { EXIT: '3' });
    const proxy = pod.start(SIDECAR);
    const { lifecycle } = pod.container(SIDECAR);
    assert.equal((await pod.exec(SIDECAR, lifecycle.postStart.exec.command, 90)).code, 0);
    const agent = pod.start('agent', { cwd: here });
    assert.equal(await ends(agent), 3, agent.stderr);
    assert.equal(agent.stdout, 'gateway\n');
    assert.equal(await ends(proxy), 0);
  });

  it('In one container ends with the status of its agent, and leaves no proxy behind', async (t) => {
    const { pod } = await fixture(t, 'job-exec', { EXIT: '3' });
    const both = pod.start('agent', { cwd: here });
    assert.equal(await ends(both), 3, both.stderr);
    assert.match(both.stdout, /^gateway$/m);
  });
});

describe('A proxy for the node', { skip: skipWithoutModern }, () => {
  it('Serves only agents that send user and password; its probes need neither', async (t) => {
    const { scope, sandbox, pod, secrets, startsUp } = await fixture(t, 'node-proxy');
    pod.start(SIDECAR);
    await startsUp();
    assert.deepEqual(await pod.probe('readinessProbe'), { code: 0, said: '' });
    const agents = (password) => Pod.of(scope, example('node-proxy'), {
      of: 'Deployment', port: pod.port, secrets: { ...secrets, 'aluvia-proxy-auth': { 'user-and-password': password } },
      environment: { PAGE: sandbox.http(PROXIED) },
    });
    const known = (await agents(PROXY_AUTH)).start('agent', { cwd: here });
    assert.equal(await ends(known), 0, known.stderr);
    assert.equal(known.stdout, 'gateway\n');
    const unknown = (await agents('agent:wrong')).start('agent', { cwd: here });
    assert.notEqual(await ends(unknown), 0);
  });
});
