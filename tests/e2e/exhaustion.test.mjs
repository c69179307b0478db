// Tests clients that exhaust the proxy before they have sent a request or credentials: how much memory they take, and that others
// are served meanwhile. The shares of addresses beyond loopback are tested in a network namespace that has some.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { insideNamespace } from './harness/network.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { DIRECT, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { until } from './harness/until.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;
const AUTH = 'agent:sesame';
const CREDENTIALS = `Proxy-Authorization: Basic ${Buffer.from(AUTH).toString('base64')}\r\n`;
// Memory of the proxy for each connection, besides its head: docs/fleet.md says 2.3 kB.
const CONNECTION = 4 * KIB;
const LARGE_HEAD = `GET http://${DIRECT}/ HTTP/1.1\r\nHost: ${DIRECT}\r\nCookie: ${'x'.repeat(61_000)}`;
const COOKIES = 'Cookie: '.padEnd(3000, 'c').concat('\r\n').repeat(15);
const WITHIN = 20_000;

const file = new Scope();
let sandbox;
beforeAll(async () => { sandbox = await Sandbox.start(file); });
after(() => file.close());

if (process.env.ALUVIA_IN_NAMESPACE) addressTests();
else commonTests();

/** Clients that have connected one after the other and sent `bytes`, which the kernel has taken. */
async function crowd(scope, port, size, bytes, from) {
  const clients = [];
  for (let i = 0; i < size; ++i) {
    const client = await RawClient.connect(scope, port, from);
    if (bytes) await new Promise((resolve) => client.socket.write(Buffer.from(bytes, 'latin1'), resolve));
    clients.push(client);
  }
  return clients;
}

async function expectServed(scope, proxy, { address, fields = '' } = {}) {
  const alive = await RawClient.connect(scope, proxy.port, address);
  alive.send(`GET /livez HTTP/1.1\r\nHost: ${address?.host ?? '127.0.0.1'}:${proxy.port}\r\n\r\n`);
  assert.match((await alive.head(WITHIN)).text, /^HTTP\/1\.1 (200|421) /); // 421: under another address than loopback
  const client = await RawClient.connect(scope, proxy.port, address);
  client.send(get(sandbox, DIRECT, '/bytes/3', fields));
  assert.equal((await client.answer(WITHIN)).status, 200);
  client.socket.destroy();
}

function commonTests() {
  describe('Unfinished request heads', () => {
    for (const [name, args, fields] of [['', [], ''], [' with --proxy-auth', ['--proxy-auth', AUTH], CREDENTIALS]]) {
      it(`A thousand clients' heads take 32 MiB, and others are served${name}`, { timeout: 120_000 }, async (t) => {
        const scope = Scope.of(t);
        const proxy = await Proxy.start(scope, sandbox, ['--head-timeout', '300', ...args]);
        const [before, peakBefore] = [await proxy.ownMemory(), await proxy.peakMemory()];
        const clients = await crowd(scope, proxy.port, 1000, LARGE_HEAD);
        await expectServed(scope, proxy, { fields });
        await expectServed(scope, proxy, { fields: COOKIES + fields }); // large, and the credentials last
        const [grown, most] = [await proxy.ownMemory() - before, await proxy.peakMemory() - peakBefore];
        t.diagnostic(`grew by ${Math.round(grown / KIB)} KiB, by ${Math.round(most / KIB)} KiB at most`);
        assert.ok(Math.max(grown, most) <= 32 * MIB + 1000 * CONNECTION + 4 * MIB);
        // The rejected ones got the reason.
        const rejected = clients.find((client) => client.socket.bytesRead > 0);
        if (!args.includes('--proxy-auth')) assert.match((await rejected.answer(WITHIN)).text, /^HTTP\/1\.1 503 .*Proxy-Status: aluvia-connect; error=proxy_internal_response; details="the memory/s);
      });
    }

    it('Keep 16 KiB each without credentials, far from any other limit', { timeout: 60_000 }, async (t) => {
      const scope = Scope.of(t);
      const proxy = await Proxy.start(scope, sandbox, ['--head-timeout', '300', '--proxy-auth', AUTH]);
      const before = await proxy.ownMemory();
      const clients = await crowd(scope, proxy.port, 300, LARGE_HEAD);
      await expectServed(scope, proxy, { fields: CREDENTIALS });
      const grown = await proxy.ownMemory() - before;
      t.diagnostic(`${Math.round(grown / 300)} bytes for each of 300`);
      assert.ok(grown <= 300 * (16 * KIB + CONNECTION) + 3 * MIB, `${grown} bytes`);
      for (const client of clients) client.send('\r\n\r\n');
      for (const client of clients) assert.equal((await client.answer(WITHIN)).status, 407);
    });
  });

  describe('Large cookies in front of the credentials, as some clients send them', { concurrency: true }, () => {
    let proxy;
    beforeAll(async () => { proxy = await Proxy.start(file, sandbox, ['--proxy-auth', AUTH]); });

    const requests = {
      'a request': (fields) => get(sandbox, DIRECT, '/bytes/3', fields),
      'a tunnel': (fields) => connectTo(DIRECT, sandbox.origin_port).replace(/\r\n$/, `${fields}\r\n`),
    };
    for (const [what, request] of Object.entries(requests)) {
      it(sentence(`${what} is served with the right ones, and gets 407 with wrong ones or none`), async (t) => {
        const scope = Scope.of(t);
        const client = await RawClient.connect(scope, proxy.port);
        for (const fields of [COOKIES, COOKIES + CREDENTIALS.replace('Basic ', 'Basic x')]) {
          client.send(request(fields));
          const answer = await client.answer();
          assert.equal(answer.status, 407);
          assert.equal(answer.field('proxy-authenticate'), 'Basic realm="aluvia-connect"');
        }
        client.send(request(COOKIES + CREDENTIALS));
        assert.equal((await client.head()).status, 200);
      });
    }
  });

  describe('Connections at the limit', { concurrency: true }, () => {
    for (const [name, bytes] of [['that say nothing', ''], ['that have sent one byte', 'G']]) {
      it(sentence(`${name} lock out neither clients nor probes`), { timeout: 60_000 }, async (t) => {
        const scope = Scope.of(t);
        const proxy = await Proxy.start(scope, sandbox, ['--max-connections', '200']);
        const clients = await crowd(scope, proxy.port, 200, bytes);
        for (let i = 0; i < 20; ++i) await expectServed(scope, proxy);
        const probe = await run(aluviaConnect, ['healthcheck', '--live', '--port', String(proxy.port)]);
        assert.equal(probe.code, 0, probe.stderr);
        // The oldest went first.
        assert.match(await clients[0].rest(WITHIN), /^HTTP\/1\.1 503 .*error=connection_limit_reached/s);
        clients.at(-1).send(`${'GET /livez'.slice(bytes.length)} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n\r\n`);
        assert.equal((await clients.at(-1).head()).status, 200);
        await proxy.process.stop();
        assert.match(proxy.process.stderr, /200 connections are open, .* is closed for another/);
      });
    }

    it('Are not closed while they serve a request or a tunnel', async (t) => {
      const scope = Scope.of(t);
      const proxy = await Proxy.start(scope, sandbox, ['--max-connections', '2']);
      const tunnel = await RawClient.connect(scope, proxy.port);
      tunnel.send(connectTo(DIRECT, sandbox.origin_port));
      assert.equal((await tunnel.head()).status, 200);
      await crowd(scope, proxy.port, 30);
      await expectServed(scope, proxy);
      tunnel.send('GET /bytes/3 HTTP/1.1\r\nHost: inside\r\n\r\n');
      assert.equal((await tunnel.answer()).status, 200);
    });
  });

  // This file runs itself again inside a namespace, where it may add addresses.
  const inside = insideNamespace();
  const skip = !inside && 'this system allows no network namespaces (unshare, ip link add), so all clients are on loopback';
  it('The share of an address beyond loopback', { skip }, async () => {
    const [command, ...args] = [...inside, process.execPath, '--test', fileURLToPath(import.meta.url)];
    const env = { ALUVIA_IN_NAMESPACE: '1', ALUVIA_CONNECT: process.env.ALUVIA_CONNECT };
    const { code, stdout, stderr } = await run(command, args, { env, within: 120_000 });
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
}

function addressTests() {
  const HOST = '10.77.0.1';
  const ONE = { host: HOST, from: '10.77.0.2' };
  const OTHER = { host: HOST, from: '10.77.0.3' };
  beforeAll(async () => {
    for (const args of [['link', 'set', 'lo', 'up'], ...[HOST, ONE.from, OTHER.from].map((one) => ['address', 'add', `${one}/32`, 'dev', 'lo'])]) {
      const { code, stderr } = await run('ip', args);
      assert.equal(code, 0, stderr);
    }
  });
  const start = (scope, args) => Proxy.start(scope, sandbox, ['--host', '0.0.0.0', '--allow-from', '10.77.0.0/24', '--head-timeout', '300', ...args]);

  describe('An address beyond loopback', () => {
    it('Has half of the connections for its tunnels, and others are served', async (t) => {
      const scope = Scope.of(t);
      const proxy = await start(scope, ['--max-connections', '20']);
      for (let i = 0; i < 10; ++i) {
        const client = await RawClient.connect(scope, proxy.port, ONE);
        client.send(connectTo(DIRECT, sandbox.origin_port));
        assert.equal((await client.head()).status, 200);
      }
      const refused = await RawClient.connect(scope, proxy.port, ONE);
      assert.match((await refused.answer()).text, /^HTTP\/1\.1 503 .*error=connection_limit_reached; details="10 connections of this address/s);
      await expectServed(scope, proxy, { address: OTHER });
      await crowd(scope, proxy.port, 9, '', {});
      await expectServed(scope, proxy);
    });

    it('Replaces its own silent connections, and leaves those of others alone', async (t) => {
      const scope = Scope.of(t);
      const proxy = await start(scope, ['--max-connections', '20']);
      const [others] = await crowd(scope, proxy.port, 1, '', OTHER);
      const own = await crowd(scope, proxy.port, 10, '', ONE);
      await expectServed(scope, proxy, { address: ONE });
      assert.match(await own[0].rest(), /^HTTP\/1\.1 503 .*error=connection_limit_reached/s);
      others.send(get(sandbox, DIRECT, '/bytes/3'));
      assert.equal((await others.answer()).status, 200);
    });

    it('Gets its places back when its connections and tunnels end', async (t) => {
      const scope = Scope.of(t);
      const proxy = await start(scope, ['--max-connections', '4']);
      for (let round = 0; round < 5; ++round) {
        const clients = await Promise.all([1, 2].map(async () => {
          const client = await RawClient.connect(scope, proxy.port, ONE);
          client.send(connectTo(DIRECT, sandbox.origin_port));
          return client;
        }));
        for (const client of clients) assert.equal((await client.head()).status, 200);
        for (const client of clients) client.socket.resetAndDestroy();
        await until('its places are free', async () => {
          const next = await RawClient.connect(scope, proxy.port, ONE);
          next.send('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
          const { status } = await next.answer();
          await next.rest();
          return status !== 503;
        });
      }
    });

    it('Has half of the memory for unfinished heads', async (t) => {
      const scope = Scope.of(t);
      const proxy = await start(scope, ['--head-memory', String(4 * MIB)]);
      const [other] = await crowd(scope, proxy.port, 1, LARGE_HEAD, OTHER);
      const before = await proxy.ownMemory();
      const own = await crowd(scope, proxy.port, 100, LARGE_HEAD, ONE);
      await until('two thirds are rejected', () => own.filter(({ socket }) => socket.bytesRead > 0).length >= 100 - 2 * MIB / LARGE_HEAD.length);
      const rejected = own.find(({ socket }) => socket.bytesRead > 0);
      assert.match((await rejected.answer()).text, /^HTTP\/1\.1 503 .*error=proxy_internal_response; details="[^"]* of this address /s);
      assert.ok(await proxy.ownMemory() - before <= 2 * MIB + 100 * CONNECTION + MIB);
      other.send('\r\n\r\n');
      assert.notEqual((await other.head(WITHIN)).status, 503);
    });
  });
}
