// Tests `curl --ntlm` through the proxy: NTLM authenticates a connection, so every client needs its own to the site.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { authenticateAs, NEGOTIATE, ownName, startNtlmOrigin } from './harness/ntlm_origin.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';

const file = new Scope();
const own = await ownName();
const speaksNtlm = /^Features:.*\bNTLM\b/m.test(execFileSync('curl', ['-V'], { encoding: 'utf8' }));
const noCurl = !speaksNtlm && 'this curl was built without NTLM';
const noName = own === undefined && 'this machine has no name or address that is not loopback';
const ROUTES = [
  ['direct', { name: '127.0.0.1', address: '127.0.0.1' }, noCurl],
  ['gateway', own, noCurl || noName],
];

let sandbox;
let proxy;

beforeAll(async () => {
  sandbox = await Sandbox.start(file, { rules: own ? [own.name] : [], args: ['--online'] });
  proxy = await Proxy.start(file, sandbox);
});
after(() => file.close());

/** Resolves for all callers once `count` have called it. */
function meetingOf(count) {
  let arrived = 0;
  let open;
  const met = new Promise((resolve) => { open = resolve; });
  return async () => {
    arrived += 1;
    if (arrived === count) open();
    await met;
  };
}

for (const [route, place, skip] of ROUTES) {
  describe(`NTLM by the route ${route}`, { skip }, () => {
    const as = (user) => ['--ntlm', '-u', `${user}:secret`];
    const start = (scope, options) => startNtlmOrigin(scope, { host: place.address, ...options });
    const url = (origin, path = '/') => `http://${place.name}:${origin.port}${path}`;

    it('curl authenticates once and keeps its connection for later requests', async (t) => {
      const origin = await start(Scope.of(t));
      const answer = await curl(proxy, [...as('alice'), url(origin), url(origin, '/2'), url(origin, '/3')]);
      assert.deepEqual(answer.transfers.map((transfer) => transfer.http_code), [200, 200, 200], answer.stderr);
      assert.deepEqual(answer.body.split('}{').length, 3);
      for (const one of JSON.parse(`[${answer.body.replaceAll('}{', '},{')}]`)) assert.equal(one.user, 'alice');
      assert.equal(origin.connections(), 1);
    });

    it('curl authenticates for an upload', async (t) => {
      const origin = await start(Scope.of(t));
      const input = Buffer.alloc(300_000, 'x');
      const answer = await curl(proxy, [...as('alice'), '-H', 'Expect:', '--data-binary', '@-', url(origin)], { input });
      assert.equal(answer.status, 200, answer.stderr);
      assert.deepEqual(JSON.parse(answer.body), { user: 'alice', connection: 1, body: input.length });
    });

    it('Clients whose handshakes interleave each get their own page', async (t) => {
      const users = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];
      const origin = await start(Scope.of(t), { beforeChallenge: meetingOf(users.length) });
      const answers = await Promise.all(users.map((user) => curl(proxy, [...as(user), url(origin)])));
      assert.deepEqual(answers.map((answer) => JSON.parse(answer.body).user), users);
      assert.equal(new Set(answers.map((answer) => JSON.parse(answer.body).connection)).size, users.length);
    });

    it('Two clients that take turns finish their handshakes and stay who they are', async (t) => {
      const scope = Scope.of(t);
      const origin = await start(scope);
      const request = (authorization) => `GET ${url(origin)} HTTP/1.1\r\nHost: ${place.name}\r\n`
        + (authorization ? `Authorization: ${authorization}\r\n\r\n` : '\r\n');
      const clients = [];
      for (const user of ['alice', 'bob']) {
        const client = await RawClient.connect(scope, proxy.port);
        client.send(request(NEGOTIATE));
        clients.push({ user, client, challenge: (await client.answer()).field('WWW-Authenticate') });
      }
      for (const { user, client, challenge } of clients) {
        client.send(request(authenticateAs(user, challenge)));
        assert.equal(JSON.parse((await client.answer()).body).user, user);
      }
      for (const { user, client } of [...clients, ...clients]) {
        client.send(request());
        assert.equal(JSON.parse((await client.answer()).body).user, user);
      }
      assert.equal(origin.connections(), 2);
    });

    it('A client without credentials never gets the page of one that authenticated', async (t) => {
      const scope = Scope.of(t);
      const origin = await start(scope);
      // Authenticates, and stays connected to the proxy.
      const alice = await RawClient.connect(scope, proxy.port);
      const request = (fields) => `GET ${url(origin)} HTTP/1.1\r\nHost: ${place.name}:${origin.port}\r\n${fields}\r\n`;
      alice.send(request(`Authorization: ${NEGOTIATE}\r\n`));
      const challenge = (await alice.answer()).field('WWW-Authenticate');
      alice.send(request(`Authorization: ${authenticateAs('alice', challenge)}\r\n`));
      assert.equal(JSON.parse((await alice.answer()).body).user, 'alice');

      for (let round = 0; round < 3; round += 1) {
        const stranger = await curl(proxy, [url(origin)]);
        assert.equal(stranger.status, 401);
        assert.doesNotMatch(stranger.body, /alice/);
      }
      alice.send(request(''));
      assert.deepEqual(JSON.parse((await alice.answer()).body), { user: 'alice', connection: 1, body: 0 });
      const bob = await curl(proxy, [...as('bob'), url(origin)]);
      assert.equal(JSON.parse(bob.body).user, 'bob');
    });
  });
}
