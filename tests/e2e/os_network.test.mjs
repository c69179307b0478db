// Tests a network that fails and recovers, as on a laptop or in a container: everything except the proxy and its clients is behind
// a link that is unplugged or drops all packets.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from './harness/aluvia_connect.mjs';
import { insideNamespace, THERE, Wire } from './harness/network.mjs';
import { Process, run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { until } from './harness/until.mjs';

const BOUND = 30_000; // for an error response during an outage: the last of three attempts may take 10 s
const SOON = 10_000; // for recovery: a kernel waits for one to three seconds before it sends again

// This file runs itself again inside a namespace, where it may change networks.
if (process.env.ALUVIA_IN_NAMESPACE) insideTests();
else outsideTest();

function outsideTest() {
  const inside = insideNamespace();
  const skip = !inside && 'this system allows no network namespaces (unshare, ip link add), so no network can be taken away';
  it('An outage of the network', { skip }, async () => {
    const [command, ...args] = [...inside, process.execPath, '--test', fileURLToPath(import.meta.url)];
    const env = { ALUVIA_IN_NAMESPACE: '1', ALUVIA_CONNECT: process.env.ALUVIA_CONNECT };
    const { code, stdout, stderr } = await run(command, args, { env, within: 150_000 });
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
}

function insideTests() {
  const file = new Scope();
  let wire;
  let sandbox; // in the far network
  let farSide;
  let proxy;
  let tunnel; // through the gateway, open since before all outages

  beforeAll(async () => {
    wire = await Wire.lay(file);
    sandbox = await Sandbox.start(file, { start: (scope, args) => launch(scope, args, { under: wire.far }) });
    const script = fileURLToPath(new URL('./harness/far_side.mjs', import.meta.url));
    const ports = [new URL(sandbox.api).port, sandbox.gateway_port, sandbox.origin_port].map(String);
    const [command, ...args] = [...wire.far, process.execPath, script, THERE, ...ports];
    farSide = new Process(command, args);
    file.defer(() => farSide.stop());
    sandbox.api = sandbox.api.replace('127.0.0.1', THERE);
    sandbox.run_options = ['--token', sandbox.token, '--api-base-url', sandbox.api, '--dns-server', await farSide.firstLine(),
      '--gateway-host', THERE, '--gateway-port', String(sandbox.gateway_port)];
    // Clients of early CONNECTs would see a reset, which does not say what the proxy tells.
    proxy = await Proxy.start(file, sandbox, ['--poll-interval', '1000', '--early-connect', 'off']);
    tunnel = await open();
    await echoes(tunnel);
  });
  after(() => file.close());

  async function ask(request) {
    const client = await RawClient.connect(file, proxy.port);
    client.send(request);
    const begin = Date.now();
    const head = await client.head(BOUND);
    return { ...head, client, took: Date.now() - begin };
  }
  const straight = (path = '/') => ask(get(sandbox, THERE, path));
  const byName = () => ask(get(sandbox, `never-asked-before-${Math.random()}.example`));
  const throughGateway = () => ask(connectTo(PROXIED, sandbox.origin_port));

  async function open() {
    const { status, client } = await throughGateway();
    assert.equal(status, 200);
    return client;
  }

  /** A request and its answer inside a tunnel. */
  async function echoes(client) {
    client.send(`GET /bytes/5 HTTP/1.1\r\nHost: inside\r\n\r\n`);
    const { status, body } = await client.answer(SOON);
    assert.deepEqual([status, body], [200, 'abcde']);
  }

  function assertTold({ status, text, took }, error) {
    assert.ok(status === 502 || status === 504, text);
    assert.match(text, new RegExp(`^Proxy-Status: aluvia-connect; error=(${error});`, 'm'));
    assert.ok(took < BOUND, `${took} ms`);
  }

  /** Both routes, the poll, and the tunnel that was open all the time work. */
  async function assertAllGoesOn() {
    await until('straight', async () => (await straight()).status === 200, { within: SOON });
    await until('by name', async () => (await byName()).status === 200, { within: SOON });
    await until('through the gateway', async () => (await throughGateway()).status === 200, { within: SOON });
    await echoes(tunnel);
    await sandbox.clear();
    await until('a poll', async () => (await sandbox.requests()).polls > 0, { within: 70_000 });
  }

  describe('An outage', () => {
    it('An outage that the kernel reports reaches clients at once; then everything works, and the tunnel has not ended', async () => {
      await wire.unplug();
      const [one, two, three] = await Promise.all([straight(), throughGateway(), byName()]);
      assertTold(one, 'destination_ip_unroutable');
      assert.ok(one.took < 2_000, `${one.took} ms`);
      assertTold(two, 'destination_ip_unroutable|connection_terminated|http_response_timeout|connection_timeout');
      assertTold(three, 'dns_error|dns_timeout');
      await wire.plugIn();
      await assertAllGoesOn();
    });

    it('A silent outage reaches clients in bounded time; then everything works, and the tunnel has not ended', async () => {
      await wire.loseAll();
      const [one, two, three] = await Promise.all([straight(), throughGateway(), byName()]);
      assertTold(one, 'connection_timeout');
      assertTold(two, 'connection_timeout|http_response_timeout|destination_unavailable');
      assertTold(three, 'dns_timeout');
      await wire.loseNothing();
      await assertAllGoesOn();
    });

    it('An outage that kills warm connections costs no request', async () => {
      await Promise.all([open(), open(), open()]);
      await wire.loseAll();
      farSide.signal('SIGUSR2'); // its resets are lost, too
      await until('they are dead', () => farSide.stdout.includes('reset'));
      await wire.loseNothing();
      for (let i = 0; i < 6; i += 1) await echoes(await open());
    });

    it('After the outages a site answers, and the log reports no bug', async () => {
      assert.equal((await straight('/bytes/5')).status, 200);
      assert.doesNotMatch(proxy.process.stderr, /bug/);
    });
  });
}
