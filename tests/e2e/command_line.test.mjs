// Tests what a user of `aluvia-connect run` sees: stdout, stderr, exit statuses, signals, and no secret anywhere.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect, launch } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { freePort, serve, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
let sandbox;

beforeAll(async () => { sandbox = await Sandbox.start(file); });
after(() => file.close());

/** Runs the program to its end; for those that must not start. */
const attempt = (args, env) => run(aluviaConnect, args, { env, within: 15_000 });

describe('stdout', () => {
  it('Is the URL of the proxy on a line of its own, and nothing else to the end', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).status, 200);
    await proxy.process.stop();
    assert.match(proxy.process.stdout, /^http:\/\/127\.0\.0\.1:[1-9]\d*\n$/);
  });

  it('Is one JSON object with host, port, url and pid for --output json', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--output', 'json']);
    await proxy.process.stop();
    assert.match(proxy.process.stdout, /^\{.*\}\n$/);
    const { port } = proxy;
    assert.deepEqual(JSON.parse(proxy.process.stdout), {
      host: '127.0.0.1', port, url: `http://127.0.0.1:${port}`, pid: proxy.process.pid,
    });
  });

  it('Names the port that --port asks for', async (t) => {
    const port = await freePort();
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--port', String(port)]);
    assert.equal(proxy.url, `http://127.0.0.1:${port}`);
  });

  it('Is the same without the word run, which is the default command', async (t) => {
    const process = launch(Scope.of(t), sandbox.runOptions);
    assert.match(await process.firstLine(), /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('Is the version for --version and the options for --help', async () => {
    const version = await attempt(['--version']);
    assert.equal(version.code, 0);
    assert.match(version.stdout, /\d+\.\d+\.\d+/);
    const help = await attempt(['run', '--help']);
    assert.equal(help.code, 0);
    for (const option of ['--token', '--port', '--api-base-url', '--gateway-protocol', '--poll-interval', '--log-level']) {
      assert.ok(help.stdout.includes(option), `--help tells of ${option}`);
    }
  });
});

describe('A wrong command line ends with 64 before anything starts', () => {
  const faults = [
    ['an unknown option', ['--no-such-option'], [/--no-such-option/]],
    ['a port above 65535', ['--port', '70000'], [/--port/, /65535/]],
    ['a port that is no number', ['--port', '80a'], [/--port/]],
    ['a negative port', ['--port', '-1'], [/--port/]],
    ['a gateway port above 65535', ['--gateway-port', '65536'], [/--gateway-port/, /65535/]],
    ['a poll interval below a second', ['--poll-interval', '999'], [/--poll-interval/, /from 1s to 24h/]],
    ['a base URL with a space', ['--api-base-url', 'http://not a url'], [/--api-base-url/, /space/]],
    ['a base URL with no scheme', ['--api-base-url', 'api.example'], [/--api-base-url/, /http/]],
    ['a base URL with no host', ['--api-base-url', 'https:///v1'], [/--api-base-url/, /host/]],
    ['a base URL of another scheme', ['--api-base-url', 'ftp://api.example'], [/--api-base-url/, /http/]],
    ['an unknown gateway protocol', ['--gateway-protocol', 'socks5'], [/--gateway-protocol/, /http/, /https/]],
    ['an unknown log level', ['--log-level', 'loud'], [/--log-level/, /silent/, /info/, /debug/]],
    ['an unknown log format', ['--log-format', 'xml'], [/--log-format/, /text/, /json/]],
    ['an unknown output form', ['--output', 'xml'], [/--output/, /text/, /json/]],
    ['an option without its value', ['--port'], [/--port/]],
  ];
  for (const [name, args, told] of faults) {
    it(sentence(`${name} is named, with what the option takes`), async () => {
      const ended = await attempt(['run', ...sandbox.runOptions, ...args]);
      assert.equal(ended.code, 64, ended.stderr);
      assert.equal(ended.stdout, '');
      for (const expected of told) assert.match(ended.stderr, expected);
    });
  }

  it('A missing token is reported with the ways to give one', async () => {
    const ended = await attempt(['run', ...sandbox.runOptionsWithoutToken]);
    assert.equal(ended.code, 64, ended.stderr);
    assert.match(ended.stderr, /--token/);
    assert.match(ended.stderr, /ALUVIA_TOKEN/);
  });

  it('An empty token is no token, as a flag and in the environment', async () => {
    for (const [args, env] of [[['--token', ''], {}], [['--token', '  '], {}], [[], { ALUVIA_TOKEN: '' }]]) {
      const ended = await attempt(['run', ...sandbox.runOptionsWithoutToken, ...args], env);
      assert.equal(ended.code, 64, ended.stderr);
      assert.match(ended.stderr, /token/i);
    }
  });

  it('A bad value in the environment is reported as well', async () => {
    const ended = await attempt(['run', ...sandbox.runOptions], { ALUVIA_PORT: '70000' });
    assert.equal(ended.code, 64, ended.stderr);
    assert.match(ended.stderr, /ALUVIA_PORT|--port/);
    assert.match(ended.stderr, /65535/);
  });

  it('A token file that cannot be read is named', async () => {
    const ended = await attempt(['run', ...sandbox.runOptionsWithoutToken, '--token-file', '/nonexistent/token']);
    assert.equal(ended.code, 64, ended.stderr);
    assert.match(ended.stderr, /\/nonexistent\/token/);
  });
});

describe('A failed start gives the reason in its exit status and one line', () => {
  /** A sandbox of its own, because the API is given faults. */
  async function failing(t, fault, args = []) {
    const broken = await Sandbox.start(Scope.of(t));
    await broken.faults({ api: fault });
    return attempt(['run', '--log-level', 'silent', ...broken.runOptions, ...args]);
  }

  function assertEnds(ended, code, told) {
    assert.equal(ended.code, code, ended.stderr);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /^[^\n]+\n$/, 'one line');
    if (told) assert.match(ended.stderr, told);
  }

  it('73 when the port is taken', async (t) => {
    const port = await serve(Scope.of(t), net.createServer());
    assertEnds(await attempt(['run', '--log-level', 'silent', ...sandbox.runOptions, '--port', String(port)]),
      73, new RegExp(String(port)));
  });

  it('77 when the API does not know the token', async () => {
    assertEnds(await attempt(['run', '--log-level', 'silent', '--token', 'wrong-token-9f31', ...sandbox.runOptionsWithoutToken]),
      77, /token/i);
  });

  it('In JSON if the log is in JSON', async () => {
    const ended = await attempt(['run', '--log-level', 'silent', '--log-format', 'json', '--token', 'wrong-token-9f31', ...sandbox.runOptionsWithoutToken]);
    assertEnds(ended, 77);
    const { time, level, message } = JSON.parse(ended.stderr);
    assert.ok(Date.parse(time) > 0, time);
    assert.equal(level, 'error');
    assert.match(message, /token/i);
  });

  it('77 when the token is of the wrong kind, and says so', async () => {
    assertEnds(await attempt(['run', '--log-level', 'silent', '--token', 'forbidden-9f31', ...sandbox.runOptionsWithoutToken]),
      77, /kind/i);
  });

  it('69 when nothing listens at the API', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    assertEnds(await attempt(['run', '--log-level', 'silent', ...sandbox.runOptions, '--api-base-url', url]), 69);
  });

  it('69 when the API answers 500', async (t) => {
    assertEnds(await failing(t, { kind: 'status', status: 500, body: 'oops' }), 69, /500/);
  });

  it('69 when the API closes the connection', async (t) => {
    assertEnds(await failing(t, { kind: 'close' }), 69);
  });

  const NONSENSE = [
    ['that is not JSON', '<html>welcome</html>'],
    ['that stops in the middle', '{"data":{"proxy_username":"u"'],
    ['with no credentials', '{"data":{"rules":["*"]}}'],
    ['with empty credentials', '{"data":{"proxy_username":"","proxy_password":" ","rules":["*"]}}'],
    ['with credentials of a wrong type', '{"data":{"proxy_username":7,"proxy_password":{},"rules":[]}}'],
    ['nested 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['that is an array', '[]'],
  ];
  for (const [name, body] of NONSENSE) {
    it(`76 for a body ${name}`, async (t) => {
      assertEnds(await failing(t, { kind: 'status', status: 200, headers: { 'Content-Type': 'application/json' }, body }), 76);
    });
  }

  it('69 or 76 for a body larger than any configuration', async (t) => {
    const body = `{"data":{"rules":["${'a'.repeat(2 * 1024 * 1024)}"]}}`;
    const ended = await failing(t, { kind: 'status', status: 200, body });
    assert.ok([69, 76].includes(ended.code), `${ended.code}: ${ended.stderr}`);
  });
});

describe('A signal ends the program', () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    it(sentence(`${signal}: with 0`), async (t) => {
      const proxy = await Proxy.start(Scope.of(t), sandbox);
      proxy.process.signal(signal);
      assert.deepEqual(await proxy.process.end(5_000), { code: 0, signal: null });
    });
  }

  it('SIGTERM while a tunnel is open: no new connection, and a second SIGTERM ends at once', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox);
    const echo = await serve(scope, net.createServer((socket) => socket.pipe(socket)));
    const client = await RawClient.connect(scope, proxy.port);
    client.send(`CONNECT ${DIRECT}:${echo} HTTP/1.1\r\nHost: ${DIRECT}:${echo}\r\n\r\nopen`);
    assert.equal((await client.head()).status, 200);
    assert.equal(await client.text('open'), 'open');
    proxy.process.signal('SIGTERM');
    const refused = () => RawClient.connect(scope, proxy.port).then(() => false, () => true);
    await until('new connections are refused', refused, { within: 3_000 });
    proxy.process.signal('SIGTERM');
    await proxy.process.end(1_000);
  });

  it('SIGHUP does not end it', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox);
    const { polls } = await sandbox.requests();
    proxy.process.signal('SIGHUP');
    await until('a fetch at once', async () => (await sandbox.requests()).polls > polls, { within: 4_000 });
    assert.ok(proxy.process.running);
  });
});

describe('Sources of the token and the options', () => {
  const starts = async (t, args, env) => {
    const proxy = await Proxy.startWith(Scope.of(t), [...sandbox.runOptionsWithoutToken, ...args], { env });
    return proxy.url;
  };
  const refused = async (args, env) => {
    const ended = await attempt(['run', ...sandbox.runOptionsWithoutToken, ...args], env);
    assert.equal(ended.code, 77, ended.stderr);
  };
  const write = async (t, name, text) => {
    const path = join(await temporaryFolder(Scope.of(t)), name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };

  it('ALUVIA_TOKEN, and ALV_USER_TOKEN where that is missing', async (t) => {
    await starts(t, [], { ALUVIA_TOKEN: sandbox.token });
    await starts(t, [], { ALV_USER_TOKEN: sandbox.token });
  });

  it('ALUVIA_TOKEN wins over ALV_USER_TOKEN', async (t) => {
    await starts(t, [], { ALUVIA_TOKEN: sandbox.token, ALV_USER_TOKEN: 'wrong' });
    await refused([], { ALUVIA_TOKEN: 'wrong', ALV_USER_TOKEN: sandbox.token });
  });

  it('The flag wins over both', async (t) => {
    await starts(t, ['--token', sandbox.token], { ALUVIA_TOKEN: 'wrong', ALV_USER_TOKEN: 'wrong' });
    await refused(['--token', 'wrong'], { ALUVIA_TOKEN: sandbox.token });
  });

  it('--token-file names a file that holds it, with or without a newline', async (t) => {
    await starts(t, ['--token-file', await write(t, 'token', `${sandbox.token}\n`)], {});
    await starts(t, ['--token-file', await write(t, 'token', sandbox.token)], {});
    await starts(t, [], { ALUVIA_TOKEN_FILE: await write(t, 'token', sandbox.token) });
  });

  it('A service manager\'s credentials directory holds it too', async (t) => {
    const path = await write(t, 'aluvia-token', `${sandbox.token}\n`);
    await starts(t, [], { CREDENTIALS_DIRECTORY: join(path, '..') });
  });

  it('Other options come from the environment, and the flag wins', async (t) => {
    const [flag, environment] = [await freePort(), await freePort()];
    assert.equal(await starts(t, ['--token', sandbox.token], { ALUVIA_PORT: String(environment) }), `http://127.0.0.1:${environment}`);
    assert.equal(await starts(t, ['--token', sandbox.token, '--port', String(flag)], { ALUVIA_PORT: String(environment) }),
      `http://127.0.0.1:${flag}`);
  });
});

describe('Secrets', { concurrency: true }, () => {
  it('The token cannot be read from the process\'s arguments', async (t) => {
    for (const form of [['--token', sandbox.token], [`--token=${sandbox.token}`]]) {
      const proxy = await Proxy.startWith(Scope.of(t), [...sandbox.runOptionsWithoutToken, ...form]);
      const cmdline = await readFile(`/proc/${proxy.process.pid}/cmdline`, 'latin1');
      assert.ok(cmdline.includes('--api-base-url'), 'the rest stays readable');
      assert.ok(!cmdline.includes(sandbox.token), 'the token is wiped');
    }
  });

  for (const format of ['text', 'json']) {
    it(`No secret is printed at level debug as ${format}, whatever succeeds or fails`, async (t) => {
      const scope = Scope.of(t);
      const own = await Sandbox.start(scope);
      const gateway = { proxy_username: 'gateway-user-5c1f', proxy_password: 'gateway-secret-77ab' };
      await own.user(gateway);
      const proxy = await Proxy.start(scope, own, ['--log-level', 'debug', '--log-format', format, '--poll-interval', '1000']);
      const secrets = await traffic(own, proxy, gateway);
      await proxy.process.stop();
      const printed = proxy.process.stdout + proxy.process.stderr;
      assert.ok(printed.length > 500, 'debug prints something to search in');
      for (const secret of secrets) assert.ok(!printed.includes(secret), `printed: ${secret}\n${printed}`);
      if (format === 'json') {
        for (const line of proxy.process.stderr.trimEnd().split('\n')) assert.doesNotThrow(() => JSON.parse(line), line);
      }
    });
  }

  /** Successes and failures of all kinds; returns every string that must not be in a log. */
  async function traffic(own, proxy, gateway) {
    const bearer = ['-H', 'Authorization: Bearer origin-secret-1d2e'];
    const basicAuth = ['-u', 'origin-user:origin-pass-3f4a'];
    const client = ['-H', 'Proxy-Authorization: Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ=', '-k'];
    for (const host of [DIRECT, PROXIED]) {
      assert.equal((await curl(proxy, [...basicAuth, ...client, own.http(host)])).status, 200);
      assert.equal((await curl(proxy, [...bearer, ...client, own.http(host)])).status, 200);
      assert.equal((await curl(proxy, [...bearer, ...client, own.https(host)])).status, 200);
    }
    await curl(proxy, [`http://nothing.invalid/?key=url-secret-8c8c`]);
    for (const kind of ['close', 'reset']) {
      await own.faults({ gateway: { kind } });
      await curl(proxy, [...client, own.http(PROXIED), own.https(PROXIED)]);
    }
    await own.faults({
      gateway: { kind: 'status', status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="x"' }, body: gateway.proxy_password },
      api: { kind: 'status', status: 500, body: JSON.stringify({ error: `${own.token} ${gateway.proxy_password}` }) },
    });
    assert.equal((await curl(proxy, [own.http(PROXIED)])).status, 502);
    await pollsOf(own, 1);
    await own.faults({ api: { kind: 'status', status: 200, body: `{"proxy_username":"${gateway.proxy_username}` } });
    await pollsOf(own, 2);
    const changed = { proxy_username: 'gateway-user-new-2b', proxy_password: 'gateway-secret-new-9e' };
    await own.faults({});
    await own.user(changed);
    await until('the new credentials work', async () => (await curl(proxy, [own.http(PROXIED)])).status === 200);
    const basic = [gateway, changed].map((one) => Buffer.from(`${one.proxy_username}:${one.proxy_password}`).toString('base64'));
    return [own.token, ...Object.values(gateway), ...Object.values(changed), ...basic,
      'origin-secret-1d2e', 'origin-pass-3f4a', Buffer.from('origin-user:origin-pass-3f4a').toString('base64'),
      'client-secret', 'Y2xpZW50OmNsaWVudC1zZWNyZXQ='];
  }

  async function pollsOf(own, count) {
    const { polls } = await own.requests();
    await until(`${count} more polls`, async () => (await own.requests()).polls >= polls + count, { within: 30_000 });
  }

  it('Level silent prints nothing at all', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--log-level', 'silent']);
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
    assert.equal((await curl(proxy, ['http://nothing.invalid/'])).status, 502);
    await proxy.process.stop();
    assert.equal(proxy.process.stderr, '');
  });
});

