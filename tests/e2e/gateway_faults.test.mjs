// Tests a gateway that fails: clients do not notice, or get the reason.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { createServer } from 'node:tls';
import { makeAuthority, makeCertificate } from './harness/certificates.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { serve, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
let sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
});
after(() => file.close());

/** A proxy of its own, so that no test inherits the state of the circuit breaker. */
async function fresh(t, options = []) {
  const scope = Scope.of(t);
  t.after(() => sandbox.faults());
  const proxy = await Proxy.start(scope, sandbox, options);
  await sandbox.clear();
  return { scope, proxy };
}

const CONNECT = `CONNECT ${PROXIED}:80 HTTP/1.1\r\nHost: ${PROXIED}:80\r\n\r\n`;
const GET = `GET http://${PROXIED}/bytes/2 HTTP/1.1\r\nHost: ${PROXIED}\r\n\r\n`;

async function ask(scope, proxy, request) {
  const client = await RawClient.connect(scope, proxy.port);
  client.send(request);
  return request === CONNECT ? client.head() : client.answer();
}

describe('A gateway', () => {
  it('After two 503 a 200 opens the tunnel', async (t) => {
    const { scope, proxy } = await fresh(t);
    await sandbox.faults({ gateway: { kind: 'status', status: 503, times: 2 } });
    assert.equal((await ask(scope, proxy, CONNECT)).status, 200);
    assert.deepEqual((await sandbox.requests()).connects.map(({ status }) => status), [503, 503, 200]);
  });

  it('After two 503 a 200 serves the plain request', async (t) => {
    const { scope, proxy } = await fresh(t);
    await sandbox.faults({ gateway: { kind: 'status', status: 503, times: 2 } });
    assert.equal((await ask(scope, proxy, GET)).status, 200);
  });

  it('A permanent 503 is reported as the gateway\'s after three attempts', async (t) => {
    const { scope, proxy } = await fresh(t);
    await sandbox.faults({ gateway: { kind: 'status', status: 503 } });
    const answer = await ask(scope, proxy, CONNECT);
    assert.equal(answer.status, 502);
    assert.match(answer.text, /received-status=503/);
    assert.equal((await sandbox.requests()).connects.length, 3);
  });

  it('A permanent rejection of CONNECT comes without the advice to try again', async (t) => {
    const { scope, proxy } = await fresh(t);
    const refusal = async (status) => {
      await sandbox.faults({ gateway: { kind: 'status', status } });
      const client = await RawClient.connect(scope, proxy.port);
      client.send(CONNECT);
      return client.answer();
    };
    for (const status of [302, 400, 403, 405]) {
      const answer = await refusal(status);
      assert.match(answer.text, new RegExp(`^HTTP/1.1 502 .*received-status=${status}\r`, 's'));
      assert.doesNotMatch(answer.body, /try again|trying again/i);
      assert.match(answer.body, /check the (account|gateway's host)/);
    }
    assert.match((await refusal(503)).body, /trying again often helps/);
  });

  it('A changed password is used long before the next poll', async (t) => {
    const { scope, proxy } = await fresh(t, ['--poll-interval', '3600000']);
    assert.equal((await ask(scope, proxy, CONNECT)).status, 200);
    await sandbox.user({ proxy_username: 'other', proxy_password: 'password' });
    const { polls } = await sandbox.requests();
    const answers = await Promise.all([1, 2, 3].map(() => ask(scope, proxy, CONNECT)));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
    assert.equal((await sandbox.requests()).polls, polls + 1);
  });

  it('A gateway that is silent once is asked again', { timeout: 30_000 }, async (t) => {
    const { scope, proxy } = await fresh(t);
    await sandbox.faults({ gateway: { kind: 'hang', times: 1 } });
    assert.equal((await ask(scope, proxy, CONNECT)).status, 200);
  });

  it('A gateway that resets every connection opens the circuit breaker, and is used again after it has recovered', { timeout: 30_000 }, async (t) => {
    const { scope, proxy } = await fresh(t);
    await sandbox.faults({ gateway: { kind: 'reset' } });
    for (const host of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await ask(scope, proxy, CONNECT.replaceAll(PROXIED, `${host}.${PROXIED}`));
    }
    await until('it is left alone', async () => {
      const answer = await ask(scope, proxy, GET);
      return answer.status === 502 && /left alone/.test(answer.body);
    });
    await sandbox.faults();
    await until('it is asked again', async () => (await ask(scope, proxy, GET)).status === 200);
  });

  // It accepts CONNECT, and requests a renegotiation once the tunnel carries bytes. It never closes by itself.
  it('A TLS 1.2 renegotiation ends the tunnel at once, and the log names the reason', async (t) => {
    const scope = Scope.of(t);
    const folder = await temporaryFolder(scope);
    const authority = await makeAuthority(folder);
    const certificate = await makeCertificate(folder, authority, ['localhost']);
    const gateway = createServer({ ...certificate, maxVersion: 'TLSv1.2', allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.once('data', () => socket.renegotiate({}, () => {}));
      });
    });
    const proxy = await Proxy.startWith(scope, ['--token', sandbox.token, '--api-base-url', sandbox.api, '--gateway-protocol', 'https',
      '--gateway-host', 'localhost', '--gateway-port', String(await serve(scope, gateway)), '--gateway-ca', authority.certificate]);
    const client = await RawClient.connect(scope, proxy.port);
    client.send(CONNECT);
    assert.equal((await client.head()).status, 200);
    client.send('hello');
    assert.equal(await client.rest(), '');
    await until('the log names the reason', () => new RegExp(`tunnel to ${PROXIED}.*renegotiation`).test(proxy.process.stderr));
  });
});
