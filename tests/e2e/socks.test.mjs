// Tests SOCKS5 on the proxy's port: curl, a client of exact bytes and Chromium, by both routes, and every rejection.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { launchBrowser } from './harness/browser.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, RULES, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort } from './harness/temp.mjs';

const AUTH = 'agent:open:sesame';
const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];
const GREETING = Buffer.from([5, 1, 0]);
const METHOD = Buffer.from([5, 0]);
const reply = (code) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);

const file = new Scope();
let sandbox;
let proxy;
let guarded;

beforeAll(async () => {
  sandbox = await Sandbox.start(file, { rules: [...RULES, '93.184.216.34'] });
  proxy = await Proxy.start(file, sandbox);
  guarded = await Proxy.start(file, sandbox, [], { env: { ALUVIA_PROXY_AUTH: AUTH } });
});
after(() => file.close());

/** curl by SOCKS: { code, via, body, stderr }. `scheme` is socks5h or socks5, `to` the proxy. */
async function socks(args, { scheme = 'socks5h', to = proxy, user = '' } = {}) {
  const got = await run('curl', ['-q', '-sS', '-k', '--proxy', `${scheme}://${user}127.0.0.1:${to.port}`, '--max-time', '30', '-i', ...args]);
  return { code: got.code, via: /^x-sandbox-via: (\S+)/im.exec(got.stdout)?.[1], body: got.stdout, stderr: got.stderr };
}

function requestFor(name, port) {
  return Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), Buffer.from(name), Buffer.from([port >> 8, port & 0xff])]);
}

describe('curl', { concurrency: true }, () => {
  for (const [route, host] of ROUTES) {
    it(`Gets pages over http and https by the route ${route}, decided by the name`, async () => {
      for (const url of [sandbox.http(host), sandbox.https(host)]) {
        const got = await socks([url]);
        assert.equal(got.via, route, got.stderr);
      }
    });

    it(`Posts a body by the route ${route}`, async () => {
      const got = await socks(['-d', 'a body', sandbox.https(host, '/echo')]);
      assert.match(got.body, /a body/, got.stderr);
    });

    it(`Is served with user and password by the route ${route}`, async () => {
      const got = await socks([sandbox.https(host)], { to: guarded, user: 'agent:open%3Asesame@' });
      assert.equal(got.via, route, got.stderr);
    });

    it(`Is rejected without them, and with wrong ones, by the route ${route}`, async () => {
      for (const user of ['', 'agent:wrong@', 'other:open%3Asesame@']) {
        const got = await socks([sandbox.http(host, '/must-not-arrive')], { to: guarded, user });
        assert.equal(got.code, 97, got.stderr);
      }
      const { requests } = await sandbox.requests();
      assert.ok(!requests.some(({ path }) => path === '/must-not-arrive'));
    });
  }

  it('Shows only an address to the rules when it resolves by itself', async () => {
    const resolve = (host) => ['--resolve', `${host}:${sandbox.origin_port}:127.0.0.1`];
    const got = await socks([...resolve(PROXIED), sandbox.http(PROXIED)], { scheme: 'socks5' });
    assert.equal(got.via, 'direct', got.stderr); // by its name it would take the gateway
  });

  it('Takes the gateway to an address that a rule names', async () => {
    const got = await socks([`http://93.184.216.34:${sandbox.origin_port}/`]);
    assert.equal(got.via, 'gateway', got.stderr);
  });

  it('Says which destination is refused, and which is not allowed', async () => {
    const closed = await freePort();
    const refused = await socks([`http://127.0.0.1:${closed}/`]);
    assert.equal(refused.code, 97);
    assert.match(refused.stderr, /\(5\)/);
    const metadata = await socks(['http://169.254.169.254/']);
    assert.equal(metadata.code, 97);
    assert.match(metadata.stderr, /\(2\)/);
    const itself = await socks([proxy.url]);
    assert.equal(itself.code, 97);
    assert.match(itself.stderr, /\(2\)/);
  });

  it('Is rejected with SOCKS4 and SOCKS4a', async () => {
    for (const scheme of ['socks4', 'socks4a']) {
      const host = scheme === 'socks4' ? '127.0.0.1' : DIRECT;
      const got = await socks([sandbox.http(host)], { scheme });
      assert.equal(got.code, 97);
      assert.match(got.stderr, /\(91\)/);
    }
  });
});

describe('A client of exact bytes', { concurrency: true }, () => {
  for (const [route, host] of ROUTES) {
    const get = (target) => Buffer.from(`GET / HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n`);

    it(`May send everything at once by the route ${route}`, async (t) => {
      const scope = new Scope();
      t.after(() => scope.close());
      const client = await RawClient.connect(scope, proxy.port);
      client.send(Buffer.concat([GREETING, requestFor(host, sandbox.origin_port), get(host)]));
      assert.deepEqual(await client.bytes(12), Buffer.concat([METHOD, reply(0)]));
      assert.match(await client.rest(), new RegExp(`^HTTP/1\\.1 200 [^]*x-sandbox-via: ${route}`, 'i'));
    });

    it(`May send byte by byte by the route ${route}`, async (t) => {
      const scope = new Scope();
      t.after(() => scope.close());
      const client = await RawClient.connect(scope, proxy.port);
      client.socket.setNoDelay(true);
      for (const byte of Buffer.concat([GREETING, requestFor(host, sandbox.origin_port), get(host)])) {
        await new Promise((sent) => client.socket.write(Buffer.from([byte]), sent));
      }
      assert.deepEqual(await client.bytes(12), Buffer.concat([METHOD, reply(0)]));
      assert.match(await client.rest(), new RegExp(`^HTTP/1\\.1 200 [^]*x-sandbox-via: ${route}`, 'i'));
    });
  }

  const rejections = [
    ['BIND', [5, 2, 0, 1, 127, 0, 0, 1, 0, 80], 7],
    ['UDP ASSOCIATE', [5, 3, 0, 1, 0, 0, 0, 0, 0, 0], 7],
    ['an unknown address type', [5, 1, 0, 2, 0, 0], 8],
    ['port 0', [5, 1, 0, 1, 127, 0, 0, 1, 0, 0], 1],
  ];
  for (const [what, bytes, code] of rejections) {
    it(`Is told why ${what} is rejected`, async (t) => {
      const scope = new Scope();
      t.after(() => scope.close());
      const client = await RawClient.connect(scope, proxy.port);
      client.send(GREETING);
      assert.deepEqual(await client.bytes(2), METHOD);
      client.send(Buffer.from(bytes));
      assert.deepEqual(await client.bytes(10), reply(code));
      assert.equal(await client.rest(), '');
    });
  }
});

describe('Chromium', () => {
  for (const [route, host] of ROUTES) {
    it(`Loads a page with its resources by the route ${route}`, async (t) => {
      const scope = new Scope();
      t.after(() => scope.close());
      const browser = await launchBrowser(scope, { url: `socks5://127.0.0.1:${proxy.port}` });
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      for (const url of [sandbox.http(host, '/page/10'), sandbox.https(host, '/page/10')]) {
        const answer = await page.goto(url);
        assert.equal(answer.headers()['x-sandbox-via'], route);
        await page.waitForFunction(() => document.title === 'loaded 10', undefined, { timeout: 20_000 });
      }
    });
  }
});
