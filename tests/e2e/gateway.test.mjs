// Tests the bytes that the gateway receives, with a gateway of the test's own.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, serve } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
const CREDENTIALS = { proxy_username: 'gw-user', proxy_password: 'gw:pass' };
const BASIC = `Basic ${Buffer.from('gw-user:gw:pass').toString('base64')}`;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
let sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  await sandbox.user(CREDENTIALS);
});
after(() => file.close());

/** A proxy whose gateway answers with `answer(number of the request, its head)`, and a client of it. */
async function played(t, answer = () => OK) {
  const scope = Scope.of(t);
  const gateway = { heads: [], connections: 0 };
  const port = await serve(scope, net.createServer((socket) => {
    gateway.connections += 1;
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        gateway.heads.push(text.slice(0, end + 4).trimEnd().split('\r\n'));
        text = text.slice(end + 4);
        const reply = answer(gateway.heads.length, gateway.heads.at(-1));
        if (reply === null) socket.destroy();
        else socket.write(reply);
      }
    });
  }));
  const proxy = await Proxy.start(scope, sandbox, ['--gateway-port', String(port), '--gateway-warm', '0']);
  return { gateway, proxy, client: await RawClient.connect(scope, proxy.port) };
}

const get = (host, path = '/', fields = '') => `GET http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;

describe('The gateway', () => {
  it('Gets a plain request in absolute-form with the credentials, and nothing else is added', async (t) => {
    const { gateway, client } = await played(t);
    client.send(get(PROXIED, '/a?b=c', 'X-One: 1\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic bWluZQ==\r\n'));
    assert.equal((await client.answer()).body, 'ok');
    const [head] = gateway.heads;
    assert.equal(head[0], `GET http://${PROXIED}/a?b=c HTTP/1.1`);
    assert.deepEqual(head.slice(1).sort(), [`Host: ${PROXIED}`, `Proxy-Authorization: ${BASIC}`, 'X-One: 1']);
  });

  it('Gets CONNECT with the authority and the credentials, and none of the client\'s fields', async (t) => {
    const { gateway, client } = await played(t, () => 'HTTP/1.1 200 Connection established\r\n\r\n');
    client.send(`CONNECT ${PROXIED}:443 HTTP/1.1\r\nHost: ${PROXIED}:443\r\nUser-Agent: secret-agent\r\nProxy-Authorization: Basic bWluZQ==\r\n\r\n`);
    assert.equal((await client.head()).status, 200);
    assert.deepEqual(gateway.heads, [[`CONNECT ${PROXIED}:443 HTTP/1.1`, `Host: ${PROXIED}:443`, `Proxy-Authorization: ${BASIC}`]]);
  });

  it('Gets the host once, as the client names it, in lower case and with its port', async (t) => {
    const { gateway, client } = await played(t);
    client.send(get(`${PROXIED.toUpperCase()}:8081`));
    assert.equal((await client.answer()).body, 'ok');
    assert.match(gateway.heads[0][0].toLowerCase(), new RegExp(`^get http://${PROXIED.replaceAll('.', '\\.')}:8081/ `));
  });

  it('Keeps its connection from request to request', async (t) => {
    const { gateway, client } = await played(t);
    for (let round = 0; round < 3; round += 1) {
      client.send(get(PROXIED, `/${round}`));
      assert.equal((await client.answer()).body, 'ok');
    }
    assert.deepEqual([gateway.heads.length, gateway.connections], [3, 1]);
  });

  it('Gets no request on an old connection once the credentials have changed', async (t) => {
    const scope = Scope.of(t);
    const own = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, own, ['--poll-interval', '1000']);
    const client = await RawClient.connect(scope, proxy.port);
    const ask = async () => {
      client.send(get(PROXIED, '/bytes/2'));
      return (await client.answer()).status;
    };
    assert.equal(await ask(), 200);
    const { gateway_connections: before } = await own.requests();
    await own.user({ proxy_username: 'other', proxy_password: 'credentials' });
    const { polls } = await own.requests();
    await until('the new credentials are known', async () => (await own.requests()).polls >= polls + 2);
    const again = await RawClient.connect(scope, proxy.port);
    again.send(get(PROXIED, '/bytes/2'));
    assert.equal((await again.answer()).status, 200);
    assert.ok((await own.requests()).gateway_connections > before);
  });

  it('Its 407 and challenge on a kept connection do not reach the client', async (t) => {
    const refusal = 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="aluvia"\r\nContent-Length: 6\r\n\r\nsecret';
    const { client } = await played(t, (number) => (number === 1 ? OK : refusal));
    client.send(get(PROXIED));
    assert.equal((await client.answer()).status, 200);
    client.send(get(PROXIED));
    const answer = await client.answer();
    assert.equal(answer.status, 502);
    assert.doesNotMatch(answer.text + answer.body, /authenticate|realm|secret/i);
  });

  it('Another 2xx in response to CONNECT opens the tunnel, and its length is ignored', async (t) => {
    const { client } = await played(t, () => 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello');
    client.send(`CONNECT ${PROXIED}:443 HTTP/1.1\r\nHost: ${PROXIED}:443\r\n\r\n`);
    const opened = await client.head();
    assert.equal(Math.trunc(opened.status / 100), 2);
    assert.equal(await client.text('hello'), 'hello');
  });

  it('A 1xx before the response to CONNECT is skipped', async (t) => {
    const { client } = await played(t, () => 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello');
    client.send(`CONNECT ${PROXIED}:443 HTTP/1.1\r\nHost: ${PROXIED}:443\r\n\r\n`);
    assert.equal((await client.head()).status, 200);
    assert.equal(await client.text('hello'), 'hello');
  });

  it('A redirect in response to CONNECT is an error: 502, without its body', async (t) => {
    const { client } = await played(t, () => 'HTTP/1.1 302 Found\r\nLocation: http://captive.example/\r\nContent-Length: 6\r\n\r\nportal');
    client.send(`CONNECT ${PROXIED}:443 HTTP/1.1\r\nHost: ${PROXIED}:443\r\n\r\n`);
    const answer = await client.answer();
    assert.equal(answer.status, 502);
    assert.doesNotMatch(answer.text + answer.body, /captive|portal/);
  });
});

describe('A proxied host', () => {
  it('Does not go direct if nothing listens at the gateway', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--gateway-port', String(await freePort())]);
    await sandbox.clear();
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).status, 502);
    assert.equal((await curl(proxy, ['-k', sandbox.https(PROXIED)])).connectStatus, 502);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).via, 'direct');
    assert.deepEqual((await sandbox.requests()).requests.map(({ method, host, path }) => [method, host, path]), [['GET', DIRECT, '/']]);
  });

  it('Does not go direct when the gateway\'s name does not exist', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--gateway-host', 'gateway.invalid']);
    await sandbox.clear();
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).status, 502);
    assert.equal((await sandbox.requests()).requests.length, 0);
  });
});
