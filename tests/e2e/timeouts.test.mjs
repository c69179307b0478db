// Tests that every peer that never responds gets a response in its place, in the documented time. The tests wait in parallel.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { deafPort } from './harness/deaf_port.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { serve } from './harness/temp.mjs';

const file = new Scope();
const LIMIT = 40_000; // more than any of the limits that are waited for here
let sandbox;
let proxy;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
});
after(() => file.close());

async function assertAnswers(through, url, status, error) {
  const answer = await curl(through, ['-k', url], { within: LIMIT });
  assert.equal(url.startsWith('https') ? answer.connectStatus : answer.status, status, answer.stderr);
  assert.match(answer.head, new RegExp(`^proxy-status: aluvia-connect; error=${error};`, 'im'));
  return answer;
}

describe('What does not go on', { concurrency: true }, () => {
  describe('A time-out is answered with 504 and the reason', { concurrency: true }, () => {
    for (const scheme of ['http', 'https']) {
      it(`When no name server answers (${scheme})`, () => assertAnswers(proxy, `${scheme}://silent.example/`, 504, 'dns_timeout'));

      it(`When the origin's address swallows connections (${scheme})`, async (t) => {
        const { port } = await deafPort(Scope.of(t));
        await assertAnswers(proxy, `${scheme}://${DIRECT}:${port}/`, 504, 'connection_timeout');
      });

      it(`When the gateway's address swallows connections (${scheme})`, async (t) => {
        const scope = Scope.of(t);
        const { port } = await deafPort(scope);
        const through = await Proxy.start(scope, sandbox, ['--gateway-port', String(port)]);
        await assertAnswers(through, `${scheme}://${PROXIED}/`, 504, 'connection_timeout');
      });

      it(`When the gateway accepts and says nothing in TLS (${scheme})`, async (t) => {
        const scope = Scope.of(t);
        const port = await serve(scope, net.createServer(() => {}));
        const through = await Proxy.start(scope, sandbox,
          ['--gateway-protocol', 'https', '--gateway-ca', sandbox.ca_file, '--gateway-port', String(port)]);
        await assertAnswers(through, `${scheme}://${PROXIED}/`, 504, '\\w+_timeout');
      });
    }

    it('When the gateway does not answer CONNECT', async (t) => {
      const scope = Scope.of(t);
      const own = await Sandbox.start(scope);
      const through = await Proxy.start(scope, own);
      await own.faults({ gateway: { kind: 'hang' } });
      const answer = await assertAnswers(through, `https://${PROXIED}/`, 504, 'http_response_timeout');
      assert.match(answer.head, /gateway/);
      assert.equal((await own.requests()).requests.length, 0, 'it did not go direct');
    });
  });

  describe('A client that does not go on', { concurrency: true }, () => {
    for (const [name, bytes] of [['in the request line', 'GET http://direct.exam'], ['in its fields', 'GET http://direct.example/ HTTP/1.1\r\nHost: di']]) {
      it(sentence(`${name} gets 408 and a closed connection`), async (t) => {
        const client = await RawClient.connect(Scope.of(t), proxy.port);
        client.send(bytes);
        assert.equal((await client.head(LIMIT)).status, 408);
        await client.rest();
      });
    }
  });
});
