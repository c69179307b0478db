// Tests access control: credentials with real clients, permitted networks, addresses beyond loopback, and rejected destinations.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { ProxyAgent, request } from 'undici';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { chromiumPath, launchBrowser } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { answer, NameServer } from './harness/name_server.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';

const USER = 'agent';
const PASSWORD = 'p@ss:w/rd x'; // no percent sign, which curl 7.88 decodes again with every try
const AUTH = `${USER}:${PASSWORD}`;
const BASIC = `Basic ${Buffer.from(AUTH).toString('base64')}`;
const IN_URL = `${USER}:p%40ss%3Aw%2Frd%20x@`;
const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];

const file = new Scope();
let sandbox;
let proxy;
let env;
let readyFile;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  const folder = await temporaryFolder(file);
  env = { TMPDIR: folder };
  readyFile = join(folder, 'ready');
  proxy = await Proxy.start(file, sandbox, ['--ready-file', readyFile], { env: { ...env, ALUVIA_PROXY_AUTH: AUTH } });
});
after(() => file.close());

const user = ['--proxy-user', AUTH];

describe('curl', { concurrency: true }, () => {
  for (const [route, host] of ROUTES) {
    it(`With the credentials it is served, plain and through a tunnel, by the route ${route}`, async () => {
      for (const args of [[sandbox.http(host)], ['-p', sandbox.http(host)], ['-k', sandbox.https(host)]]) {
        const got = await curl(proxy, [...user, ...args]);
        assert.equal(got.via, route, got.stderr);
      }
    });

    it(`A client that sends them only on request gets one 407, on one connection, by the route ${route}`, async () => {
      for (const args of [[sandbox.http(host)], ['-p', sandbox.http(host)], ['-d', 'a short body', sandbox.http(host, '/echo')]]) {
        const got = await curl(proxy, ['--proxy-anyauth', ...user, ...args]);
        assert.equal(got.status, 200, got.stderr);
        assert.match(got.head, /^HTTP\/1\.1 407 .*\r\nContent-Type/m);
        assert.equal(got.transfers.at(-1).num_connects, 1, args.join(' '));
      }
    });

    it(`Without them, or with wrong ones, it gets 407 and nothing is forwarded, by the route ${route}`, async () => {
      for (const args of [[], ['--proxy-user', `${USER}:wrong`], ['-u', AUTH]]) {
        const plain = await curl(proxy, [...args, sandbox.http(host, '/must-not-arrive')]);
        assert.equal(plain.status, 407);
        assert.match(plain.head, /^Proxy-Authenticate: Basic realm="aluvia-connect"\r$/m);
        const tunnel = await curl(proxy, [...args, '-k', sandbox.https(host, '/must-not-arrive')]);
        assert.equal(tunnel.connectStatus, 407);
      }
      const { requests } = await sandbox.requests();
      assert.ok(!requests.some(({ path }) => path === '/must-not-arrive'));
    });
  }

  it('A large upload without them still gets its 407', async () => {
    const got = await curl(proxy, ['--data-binary', '@-', sandbox.http(DIRECT, '/echo')], { input: Buffer.alloc(3_000_000, 'x') });
    assert.equal(got.status, 407, got.stderr);
  });
});

describe('Other clients', () => {
  it('undici is served with the credentials and gets 407 without them', async () => {
    const agent = new ProxyAgent({ uri: proxy.url, token: BASIC });
    const answer = await request(sandbox.http(PROXIED), { dispatcher: agent });
    assert.equal(answer.headers['x-sandbox-via'], 'gateway');
    await answer.body.dump();
    await agent.close();
    const stranger = new ProxyAgent(proxy.url);
    await assert.rejects(request(sandbox.http(PROXIED), { dispatcher: stranger }));
    await stranger.close();
  });

  it('Chromium asks Playwright for them, for http and https, by both routes', async (t) => {
    const browser = await launchBrowser(Scope.of(t), proxy, { username: USER, password: PASSWORD });
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    for (const [route, host] of ROUTES) {
      for (const address of [sandbox.http(host, '/page/5'), sandbox.https(host, '/page/5')]) {
        const answer = await page.goto(address);
        assert.equal(answer.headers()['x-sandbox-via'], route, address);
        await page.waitForFunction(() => document.title === 'loaded 5', undefined, { timeout: 20_000 });
      }
    }
  });

  it('Chromium without them shows no site', async (t) => {
    const browser = await launchBrowser(Scope.of(t), proxy);
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    for (const address of [sandbox.http(DIRECT), sandbox.https(PROXIED)]) {
      const answer = await page.goto(address).catch(() => null);
      assert.ok(answer === null || answer.status() === 407, address);
    }
  });
});

describe('An empty password', () => {
  it('Is accepted from a client that sends the user with it, and from no other', async (t) => {
    const open = await Proxy.start(Scope.of(t), sandbox, ['--proxy-auth', `${USER}:`]);
    assert.equal((await curl(open, ['--proxy-user', `${USER}:`, sandbox.http(PROXIED)])).via, 'gateway');
    for (const wrong of [[], ['--proxy-user', 'other:'], ['--proxy-user', `${USER}:x`]]) {
      assert.equal((await curl(open, [...wrong, sandbox.http(PROXIED)])).status, 407, wrong.join(' '));
    }
  });
});

describe('The URL with the credentials', () => {
  it('Is given by env, and by nothing that is printed or written', async () => {
    const ask = (...args) => run(aluviaConnect, [...args, '--port', String(proxy.port)], { env });
    const { stdout } = await ask('env', '--shell', 'sh');
    assert.ok(stdout.includes(`HTTP_PROXY='http://${IN_URL}127.0.0.1:${proxy.port}'`), stdout);
    for (const text of [(await ask('wait')).stdout, (await ask('browser-args')).stdout, (await ask('status', '--json')).stdout,
      await readFile(readyFile, 'utf8'), proxy.process.stdout, proxy.process.stderr]) {
      assert.ok(!text.includes('p@ss') && !text.includes('p%40ss'), text);
    }
    assert.equal(await readFile(readyFile, 'utf8'), `${proxy.url}\n`);
  });

  it('Is passed to the command of exec, and works', async () => {
    const got = await run(aluviaConnect, ['exec', ...sandbox.runOptions, '--log-level', 'silent', '--proxy-auth', AUTH, '--',
      'sh', '-c', `env; curl -sS -o /dev/null -D - ${sandbox.http(PROXIED)}`], { env });
    assert.match(got.stdout, /x-sandbox-via: gateway/i, got.stderr);
    assert.ok(`\n${got.stdout}`.includes(`\nHTTPS_PROXY=http://${IN_URL}127.0.0.1:`), got.stdout);
    assert.ok(!got.stdout.includes('ALUVIA_PROXY_AUTH'));
  });

  it('Comes with its unescaped parts, in exec and in env', async () => {
    const got = await run(aluviaConnect, ['exec', ...sandbox.runOptions, '--log-level', 'silent', '--proxy-auth', AUTH, '--',
      'sh', '-c', 'printf "%s|%s|%s|%s" "$ALUVIA_PROXY_SERVER" "$ALUVIA_PROXY_USERNAME" "$ALUVIA_PROXY_PASSWORD" "$HTTP_PROXY"'],
    { env: { ...env, ALUVIA_PROXY_USERNAME: 'outer', ALUVIA_PROXY_PASSWORD: 'outer' } });
    const [server, name, password, url] = got.stdout.split('|');
    assert.deepEqual([name, password, server], [USER, PASSWORD, url.replace(IN_URL, '')], got.stderr);
    const { stdout } = await run(aluviaConnect, ['env', '--json', '--port', String(proxy.port)], { env });
    const said = JSON.parse(stdout);
    assert.deepEqual([said.ALUVIA_PROXY_SERVER, said.ALUVIA_PROXY_USERNAME, said.ALUVIA_PROXY_PASSWORD], [proxy.url, USER, PASSWORD]);
  });

  it('Works in Playwright in a script that exec runs, with credentials and without', { timeout: 120_000 }, async (t) => {
    const script = join(await temporaryFolder(Scope.of(t)), 'script.mjs');
    await writeFile(script, `import { chromium } from '${import.meta.resolve('playwright-core')}';
const { ALUVIA_PROXY_SERVER: server, ALUVIA_PROXY_USERNAME: username, ALUVIA_PROXY_PASSWORD: password } = process.env;
const browser = await chromium.launch({ executablePath: process.argv[2], args: ['--no-sandbox'], proxy: { server, username, password } });
const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
const answer = await page.goto(process.argv[3]);
console.log(answer.headers()['x-sandbox-via']);
await browser.close();`);
    for (const auth of [['--proxy-auth', AUTH], ['--proxy-auth', `${USER}:`], []]) {
      const got = await run(aluviaConnect, ['exec', ...sandbox.runOptions, '--log-level', 'silent', ...auth, '--',
        process.execPath, script, await chromiumPath(), sandbox.https(PROXIED, '/page/5')], { env });
      assert.deepEqual([got.code, got.stdout], [0, 'gateway\n'], got.stderr);
    }
  });
});

describe('The proxy\'s own pages', () => {
  it('Require the credentials, except the probes', async () => {
    const ask = async (path, headers) => {
      const response = await fetch(`${proxy.url}${path}`, { headers });
      await response.arrayBuffer();  // the end of a connection whose body waits to be read breaks Node's client
      return response;
    };
    for (const path of ['/status', '/tunnels', '/metrics', '/']) {
      const refused = await ask(path);
      assert.equal(refused.status, 401, path);
      assert.equal(refused.headers.get('www-authenticate'), 'Basic realm="aluvia-connect"');
      assert.equal((await ask(path, { authorization: BASIC })).status, 200, path);
    }
    for (const path of ['/livez', '/readyz', '/startupz', '/proxy.pac']) assert.equal((await ask(path)).status, 200, path);
  });
});

describe('A host beyond loopback', () => {
  it('Is rejected with 64 without --proxy-auth or --allow-from', async (t) => {
    for (const host of ['0.0.0.0', '::', '[::]', '192.0.2.1']) {
      const program = launchRun(Scope.of(t), [...sandbox.runOptions, '--host', host]);
      assert.equal((await program.end()).code, 64);
      assert.match(program.stderr, /proxy-auth or allow-from/);
      assert.equal(program.stdout, '');
    }
  });

  // Requests in origin-form, by the address and the Host that a test wants.
  const status = (host, port, name, path = '/status', headers = {}) => new Promise((resolve) => {
    const asked = http.get({ host, port, path, headers: { ...headers, host: name }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', (fault) => resolve(fault.code));
  });
  const own = (family) => Object.values(networkInterfaces()).flat()
    .find((one) => !one.internal && one.family === family && !one.address.startsWith('fe80'))?.address;

  for (const [family, everywhere] of [['IPv4', '0.0.0.0'], ['IPv6', '::']]) {
    it(`Serves addresses in --allow-from and resets others before it reads, over ${family}`, async (t) => {
      const address = own(family);
      if (!address) return t.skip(`no interface of this machine has an ${family} address`);
      const literal = family === 'IPv6' ? `[${address}]` : address;
      const scope = Scope.of(t);
      const closed = await Proxy.start(scope, sandbox, ['--host', everywhere, '--allow-from', '198.51.100.0/24']);
      assert.equal(closed.url, `http://127.0.0.1:${closed.port}`);
      assert.equal(await status(address, closed.port, `${literal}:${closed.port}`), 'ECONNRESET');
      assert.equal(await status('127.0.0.1', closed.port, `127.0.0.1:${closed.port}`), 200);
      assert.match(closed.process.stderr, /may not connect: its address is not allowed/);
      assert.match(await (await fetch(`${closed.url}/metrics`)).text(), /^aluvia_connect_turned_away_total 1$/m);

      const open = await Proxy.start(scope, sandbox, ['--host', everywhere, '--allow-from', `198.51.100.0/24,${address}`]);
      const there = { url: `http://${literal}:${open.port}` };
      assert.equal((await curl(there, [sandbox.http(PROXIED)])).via, 'gateway');
      assert.equal((await curl(open, [sandbox.http(DIRECT)])).via, 'direct');
      assert.equal(await status(address, open.port, `${literal}:${open.port}`), 200);
      assert.equal(await status(address, open.port, 'localhost:1234'), 200);
      for (const name of ['evil.example', `evil.example:${open.port}`, 'a.localhost']) {
        assert.equal(await status(address, open.port, name), 421, name);
      }
      const looped = await curl(there, [`http://${literal}:${open.port}/`]);
      assert.equal(looped.status, 508, looped.body);
    });
  }

  it('With credentials serves probes without them, and nothing else', async (t) => {
    const address = own('IPv4');
    if (!address) return t.skip('no interface of this machine has an IPv4 address');
    const open = await Proxy.start(Scope.of(t), sandbox, ['--host', address, '--proxy-auth', AUTH]);
    assert.equal(open.url, `http://${address}:${open.port}`);
    const name = `${address}:${open.port}`;
    assert.equal(await status(address, open.port, name, '/livez'), 200);
    assert.equal(await status(address, open.port, name), 401);
    assert.equal(await status(address, open.port, name, '/status', { authorization: BASIC }), 200);
    assert.equal(await status(address, open.port, 'evil.example', '/status', { authorization: BASIC }), 421);
  });

  it('On IPv6 loopback needs nothing, and is a proxy like any other', async (t) => {
    const six = await Proxy.start(Scope.of(t), sandbox, ['--host', '::1']);
    assert.equal(six.url, `http://[::1]:${six.port}`);
    for (const [route, host] of ROUTES) assert.equal((await curl(six, [sandbox.http(host)])).via, route);
  });
});

describe('Rejected destinations', () => {
  it('Are the clouds\' metadata addresses, in every spelling, with the reason', async () => {
    for (const host of ['169.254.169.254', '0xa9.0xfe.0xa9.0xfe', '2852039166', '[::ffff:a9fe:a9fe]', '[fd00:ec2::254]', '168.63.129.16']) {
      const got = await curl(proxy, [...user, '--path-as-is', '--request-target', `http://${host}/latest/meta-data/`, 'http://x.example/']);
      assert.equal(got.status, 403, host);
      assert.match(got.head, /^Proxy-Status: aluvia-connect; error=destination_ip_prohibited;/m);
      assert.match(got.body, /the option allow-metadata/);
    }
  });

  it('Are names that resolve to this machine, by default, with the reason and the remedy', async (t) => {
    const scope = Scope.of(t);
    const wary = await Proxy.startWith(scope, sandbox.waryRunOptions);
    const addresses = {
      'loopback.example': ['127.0.0.1'], 'mixed.example': ['198.51.100.7', '127.0.0.1'], 'link.example': ['169.254.7.7'],
      'any.example': ['0.0.0.0'],
    };
    const names = await NameServer.start(scope, (question) => [answer(question, { addresses: addresses[question.name] ?? ['127.0.0.1'] })]);
    const fooled = await Proxy.startWith(scope, [...sandbox.waryRunOptions, '--dns-server', names.address]);
    const kinds = { 'loopback.example': '127.0.0.1 (loopback)', 'mixed.example': '127.0.0.1 (loopback)',
      'link.example': '169.254.7.7 (link-local)', 'any.example': '0.0.0.0 (unspecified)' };
    for (const [host, told] of Object.entries(kinds)) {
      for (const args of [[sandbox.http(host)], ['-p', sandbox.http(host)], ['-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket', sandbox.http(host)]]) {
        const got = await curl(fooled, args);
        assert.equal(got.connectStatus || got.status, 403, `${host} ${args}: ${got.stderr}`);
        if (got.connectStatus) continue;
        assert.match(got.head, /^Proxy-Status: aluvia-connect; error=destination_ip_prohibited;/m);
        assert.ok(got.body.includes(`${host}:${sandbox.origin_port} leads to ${told}`), got.body);
        assert.match(got.body, /localtest\.me.*nip\.io.*the option allow-loopback-names/);
      }
    }
    for (const host of ['127.0.0.1', 'localhost', 'app.localhost']) {
      assert.equal((await curl(wary, [sandbox.http(host)])).via, 'direct');
    }
    assert.equal((await curl(wary, [sandbox.http(PROXIED)])).via, 'gateway');
  });

  it('Are not names that resolve to this machine with --allow-loopback-names', async (t) => {
    const env = { ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes' };
    const willing = await Proxy.startWith(Scope.of(t), sandbox.waryRunOptions, { env });
    assert.equal((await curl(willing, [sandbox.http(DIRECT)])).via, 'direct');
  });

  it('Are private addresses behind a name, with --deny-private, but not literal ones', async (t) => {
    const wary = await Proxy.start(Scope.of(t), sandbox, ['--deny-private']);
    const got = await curl(wary, [sandbox.http('rebound.example')]);
    assert.equal(got.status, 403);
    assert.match(got.body, /rebound\.example:\d+ leads to 127\.0\.0\.1, a private address, and this proxy allows no name to lead there/);
    for (const host of ['127.0.0.1', 'localhost']) assert.equal((await curl(wary, [sandbox.http(host)])).via, 'direct');
    assert.equal((await curl(wary, [sandbox.http(PROXIED)])).via, 'gateway');
  });

  it('Are the proxy itself, by any spelling or name', async (t) => {
    const port = await freePort();
    const looping = await Proxy.start(Scope.of(t), sandbox, ['--port', String(port)]);
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '0.0.0.0', '[::ffff:127.0.0.1]', 'any.example', 'localhost']) {
      const got = await curl(looping, ['--request-target', `http://${host}:${port}/`, 'http://x.example/']);
      assert.equal(got.status, 508, host);
    }
  });
});
