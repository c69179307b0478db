// Tests both examples of packaging/compose, by docker-compose, with a real Chromium that runs the examples' own agents.
import assert from 'node:assert/strict';
import { copyFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from '../e2e/harness/browser.mjs';
import { run } from '../e2e/harness/process.mjs';
import { DIRECT, PROXIED } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { config, EXAMPLE, Project, SETTINGS } from './compose.mjs';
import { engine } from './compose_machine.mjs';

const TESTS = join(dirname(fileURLToPath(import.meta.url)), '..');
const PYTHON = join(TESTS, '../build/python/clients/bin/python');
const file = new Scope();
let commands; // of the agents, by their directory

// Node searches for playwright-core beside the script, so a copy of the script is beside the packages of the tests.
beforeAll(async () => {
  const folder = await temporaryFolder(file);
  await symlink(join(TESTS, 'e2e/node_modules'), join(folder, 'node_modules'));
  await copyFile(join(EXAMPLE, 'agent/agent.mjs'), join(folder, 'agent.mjs'));
  commands = { agent: [process.execPath, join(folder, 'agent.mjs')], 'agent-python': [PYTHON, join(EXAMPLE, 'agent-python/agent.py')] };
});
after(() => file.close());

/** The agent in the network of `service`: its exit status and, line by line, what it found. */
async function agent(project, service, env, name = 'agent') {
  const urls = [PROXIED, DIRECT].map((host) => project.url(host));
  const ended = await project.inside(service, [...commands[name], ...urls], { env: { CHROMIUM: await chromiumPath(), ...env } });
  return { ...ended, found: ended.stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) };
}

/** The proxy's counters: requests and tunnels by route. */
async function traffic(project) {
  const { stdout } = await run('podman', ['exec', project.container('aluvia-connect'), 'aluvia-connect', 'status', '--json']);
  return JSON.parse(stdout).traffic;
}

function assertHardened({ HostConfig, Config, EffectiveCaps }) {
  assert.equal(HostConfig.ReadonlyRootfs, true);
  assert.ok(!EffectiveCaps?.length, `capabilities: ${EffectiveCaps}`);
  assert.ok(HostConfig.SecurityOpt.some((option) => option.startsWith('no-new-privileges')));
  assert.equal(HostConfig.RestartPolicy.Name, 'on-failure');
  assert.equal(HostConfig.Memory, 128 * 1024 * 1024);
  assert.equal(Config.User, '10001:10001');
}

describe('The examples', () => {
  for (const name of ['compose.yaml', 'compose.network.yaml']) {
    it(`${name} is valid, and names its required variables`, async () => {
      const good = await config(name);
      assert.equal(good.code, 0, good.stderr);
      assert.match(good.stdout, /context: .*\/agent$/m);
      const python = await config(name, { ...SETTINGS, AGENT: 'agent-python' });
      assert.match(python.stdout, /context: .*\/agent-python$/m);
      const bad = await config(name, {});
      assert.notEqual(bad.code, 0);
      assert.match(bad.stderr, /set it to/);
    });
  }
});

describe('compose.yaml', () => {
  it('Starts the agent once the proxy is healthy, in one network, and a browser there follows the rules', async (t) => {
    const project = await Project.open(Scope.of(t), engine, 'compose.yaml');
    await project.up('aluvia-connect');
    assert.equal((await project.inspect('aluvia-connect')).State.Health.Status, 'starting');
    await project.sandbox('aluvia-connect', [PROXIED]);
    await project.healthy('aluvia-connect');
    await project.up('agent');
    const proxy = await project.inspect('aluvia-connect');
    assertHardened(proxy);
    assert.match((await project.inspect('agent')).HostConfig.NetworkMode, new RegExp(`container:${proxy.Id}`));
    let before = { gateway: { requests: 0 }, direct: { requests: 0 } };
    for (const name of Object.keys(commands)) {
      const { code, found, stderr } = await agent(project, 'agent', { PROXY_URL: 'http://127.0.0.1:54321' }, name);
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.deepEqual(found.map(({ status }) => status), [200, 200], name);
      const after = await traffic(project);
      for (const route of ['gateway', 'direct']) assert.ok(after[route].requests > before[route].requests, `${name}: ${route}`);
      before = after;
    }
  });
});

describe('compose.network.yaml', () => {
  it('Lets agents out through the proxy only, and only with user and password', async (t) => {
    const project = await Project.open(Scope.of(t), engine, 'compose.network.yaml');
    await project.up('aluvia-connect');
    await project.sandbox('aluvia-connect', [PROXIED]);
    await project.healthy('aluvia-connect');
    await project.up('agent');
    const proxy = await project.inspect('aluvia-connect');
    assertHardened(proxy);
    const [address] = Object.entries(proxy.NetworkSettings.Networks).filter(([name]) => name.endsWith('_agents')).map(([, network]) => network.IPAddress);
    const routes = await project.inside('agent', ['ip', 'route']);
    assert.ok(!routes.stdout.includes('default'), routes.stdout);
    const env = { PROXY_URL: `http://${address}:54321` };
    const stranger = await agent(project, 'agent', env);
    assert.ok(stranger.found.every(({ status }) => status === 407), stranger.stdout);
    assert.ok(stranger.code !== 0 || stranger.found.length === 2, stranger.stderr);
    for (const name of Object.keys(commands)) {
      const { code, found, stderr } = await agent(project, 'agent', { ...env, PROXY_AUTH: 'agent:a-long-password' }, name);
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.deepEqual(found.map(({ status }) => status), [200, 200], name);
    }
  });
});
