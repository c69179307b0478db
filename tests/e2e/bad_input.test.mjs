// Provokes each row of docs/troubleshooting.md by a mistake of the user or a fault around the program, and compares the message
// of the program or the browser with the row. When the program cannot start, its last line names the error and the remedy, and
// the exit status is the documented one.
import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import puppeteer from 'puppeteer';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { chromiumPath } from './harness/browser.mjs';
import { curl } from './harness/curl.mjs';
import { readDocument, rows, section } from './harness/markdown.mjs';
import { run } from './harness/process.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const OTHER_USER = 65534;
const file = new Scope();
const provoked = [];
let sandbox;
let folder;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  folder = await temporaryFolder(file);
  await chmod(folder, 0o755);
});
after(() => file.close());

/** Remembers what was seen, for the comparison with the table. */
function seen(text) {
  provoked.push(text);
  return text;
}

/** Runs the program to its end: status, and the last line on stderr, which must not need the lines before it. */
async function attempt(args, { env, by = [] } = {}) {
  const [command, ...rest] = [...by, aluviaConnect, 'run', ...sandbox.runOptionsWithoutToken, ...args];
  const ended = await run(command, rest, { env, within: 20_000 });
  const lastLine = ended.stderr.trimEnd().split('\n').at(-1);
  assert.equal(ended.stdout, '');
  assert.match(lastLine, /^aluvia-connect: /);
  return { code: ended.code, lastLine: seen(lastLine) };
}

async function write(name, text, mode = 0o600) {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const asOtherUser = ['setpriv', `--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, '--clear-groups'];
const isRoot = process.getuid() === 0;

describe('An unusable token ends with 64 and says what to do', () => {
  it('No token', async () => {
    const { code, lastLine } = await attempt([]);
    assert.equal(code, 64);
    assert.match(lastLine, /no user API token: give it with --token, --token-file or ALUVIA_TOKEN/);
  });

  const FILES = [
    ['that is missing', async () => join(folder, 'missing'), /missing cannot be read: No such file or directory; check its name/],
    ['that is empty', () => write('empty', ''), /empty is empty; write the user API token into it/],
    ['with white space alone', () => write('blank', ' \n'), /blank is empty; write the user API token into it/],
    ['that is a folder', () => mkdir(join(folder, 'folder')).then(() => join(folder, 'folder')), /folder cannot be read: Is a directory; name a file, not a folder/],
    ['with two words', () => write('words', 'two words\n'), /cannot use the file .*words: .*has a space.*check how it was copied/],
  ];
  for (const [name, make, told] of FILES) {
    it(`A file ${name}, named by the flag or by the variable`, async () => {
      const path = await make();
      for (const [args, env] of [[['--token-file', path], {}], [[], { ALUVIA_TOKEN_FILE: path }]]) {
        const { code, lastLine } = await attempt(args, { env });
        assert.equal(code, 64, lastLine);
        assert.match(lastLine, told);
      }
    });
  }

  it('A credential that is a folder, and one that is empty', async () => {
    for (const [name, make, told] of [
      ['of a folder', (path) => mkdir(path), /cannot use CREDENTIALS_DIRECTORY: .*aluvia-token cannot be read: Is a directory; name a file/],
      ['of nothing', (path) => writeFile(path, ''), /cannot use CREDENTIALS_DIRECTORY: .*aluvia-token is empty; write the user API token into it/],
    ]) {
      const credentials = join(folder, `credentials ${name}`);
      await mkdir(credentials);
      await make(join(credentials, 'aluvia-token'));
      const { code, lastLine } = await attempt([], { env: { CREDENTIALS_DIRECTORY: credentials } });
      assert.equal(code, 64, lastLine);
      assert.match(lastLine, told);
    }
  });

  it('A file that every user may read, with a warning before', async () => {
    const path = await write('open', 'no-such-token', 0o644);
    const { code, stderr } = await run(aluviaConnect, ['run', ...sandbox.runOptionsWithoutToken, '--token-file', path]);
    assert.equal(code, 77);
    assert.match(seen(stderr), /warn +every user of this machine may read .*open; chmod 600 it\n/);
  });

  it('A file that may not be read', async (t) => {
    const path = await write('private', sandbox.token, 0);
    if (isRoot && (await run(...executable(asOtherUser))).code !== 0) return t.skip('root can read every file, and another user may not run this program');
    const { code, lastLine } = await attempt(['--token-file', path], { by: isRoot ? asOtherUser : [] });
    assert.equal(code, 64, lastLine);
    assert.match(lastLine, /private cannot be read: Permission denied; let the user who runs the proxy read it/);
  });
});

const executable = ([command, ...args]) => [command, [...args, aluviaConnect, '--version']];

describe('A bad value ends with 64, and its source is named', () => {
  it('A bad value in the environment, as an environment file sets it', async () => {
    const { code, lastLine } = await attempt(['--token', sandbox.token], { env: { ALUVIA_PORT: 'http' } });
    assert.equal(code, 64);
    assert.match(lastLine, /cannot use ALUVIA_PORT 'http': it takes a port from 0 to 65535/);
  });

  const CONFIGURATIONS = [
    ['with a bad value', 'port = http\n', /cannot use port of .*configuration:1: it takes a port from 0 to 65535/],
    ['with a name that is misspelt', 'prot = 1\n', /configuration:1: unknown option; did you mean port\?/],
    ['that is binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), /is no text file; write lines such as port = 8080/],
  ];
  for (const [name, text, told] of CONFIGURATIONS) {
    it(`A bad configuration file ${name}`, async () => {
      const { code, lastLine } = await attempt(['--token', sandbox.token, '--config', await write('configuration', text)]);
      assert.equal(code, 64, lastLine);
      assert.match(lastLine, told);
    });
  }
});

describe('Surroundings that forbid a start', () => {
  it('73: a port in use', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox);
    const { code, lastLine } = await attempt(['--token', sandbox.token, '--port', String(proxy.port)]);
    assert.equal(code, 73);
    assert.match(lastLine, /cannot listen on 127\.0\.0\.1:\d+: the port is in use by a proxy of yours \(process \d+\); .*; choose another one, or 0 for a free one \(--port\)/);
  });

  it('73: an address that no interface has', async () => {
    const { code, lastLine } = await attempt(['--token', sandbox.token, '--host', '192.0.2.1', '--proxy-auth', 'agent:secret']);
    assert.equal(code, 73);
    assert.match(lastLine, /no interface of this machine has that address; choose another address \(--host\)/);
  });

  it('77: a token that the API rejects, and one of the wrong kind', async () => {
    for (const [token, told] of [['wrong', /create a new user API token in the dashboard/], ['forbidden-1', /wrong kind of token.*takes a user API token/]]) {
      const { code, lastLine } = await attempt(['--token', token]);
      assert.equal(code, 77);
      assert.match(lastLine, told);
    }
  });

  it('69: an API that cannot be reached', async () => {
    const { code, lastLine } = await attempt(['--token', sandbox.token, '--api-base-url', `http://127.0.0.1:${await freePort()}`]);
    assert.equal(code, 69);
    assert.match(lastLine, /connection refused; check the network and the API base URL/);
  });

  it('A cached configuration is used, and the cache of another token is not', async (t) => {
    const scope = Scope.of(t);
    const own = await Sandbox.start(scope);
    const cached = ['--config-cache', join(folder, 'cache')];
    const first = await Proxy.start(scope, own, cached);
    await first.process.stop();
    await own.faults({ api: { kind: 'status', status: 503 } });
    const second = await Proxy.start(scope, own, cached);
    assert.match(seen(second.process.stderr), /starting with the configuration cached in .*cache/);
    const other = launchRun(scope, ['--token', 'another', ...own.runOptionsWithoutToken, ...cached]);
    assert.equal((await other.end()).code, 69);
    assert.match(seen(other.stderr), /the cached configuration is ignored/);
  });
});

describe('Errors of a running proxy', () => {
  let own;
  let proxy;
  let tokenFile;
  beforeAll(async () => {
    own = await Sandbox.start(file);
    tokenFile = await write('token', own.token);
    proxy = await Proxy.startWith(file, [...own.runOptionsWithoutToken, '--token-file', tokenFile, '--poll-interval', '1000',
      '--proxy-auth', 'agent:secret', '--deny-private']);
  });

  const user = ['--proxy-user', 'agent:secret'];
  const logged = (text) => until(text, () => proxy.process.stderr.includes(text), { within: 20_000 });

  it('An API that is down is logged once, and that the configuration stays', async () => {
    await own.faults({ api: { kind: 'status', status: 500 } });
    await logged('cannot refresh the configuration, version 1 stays in use');
    const { polls } = await own.requests();
    await until('two more polls', async () => (await own.requests()).polls >= polls + 2, { within: 20_000 });
    const { stderr } = proxy.process;
    assert.equal(stderr.split('cannot refresh the configuration').length - 1, 1, stderr);
    await own.faults({});
    proxy.process.signal('SIGHUP');
    await logged('the API responds again');
  });

  it('A token file that is emptied is reported and changes nothing', async () => {
    await writeFile(tokenFile, '');
    await logged('cannot read a token from the changed token file, the old one stays in use');
    assert.equal((await curl(proxy, [...user, own.http(PROXIED)])).status, 200);
  });

  it('A client without the password gets 407', async () => {
    const { head, body } = await curl(proxy, [own.http(DIRECT)]);
    assert.match(seen(head), /407 Proxy Authentication Required/);
    assert.match(body, /Give your client the user and password of the proxy/);
  });

  const FAULTS = [
    ['a host that does not exist', 'http://nothing.invalid/', /error=dns_error/, /Check the spelling of the host name/],
    ['a metadata address', 'http://169.254.169.254/', /error=destination_ip_prohibited/, /the option allow-metadata/],
    ['a name with a private address', 'http://private.example/', /error=destination_ip_prohibited/, /the option deny-private/],
  ];
  for (const [name, url, told, advice] of FAULTS) {
    it(sentence(`${name} is reported with what to do`), async () => {
      const { head, body } = await curl(proxy, [...user, url]);
      assert.match(seen(head), told);
      assert.match(body, advice);
    });
  }

  it('Rejected gateway credentials are reported, and a gateway that keeps failing opens the circuit breaker', async () => {
    await own.faults({ gateway: { kind: 'status', status: 407 } });
    const refused = await curl(proxy, [...user, own.http(PROXIED)]);
    assert.match(seen(refused.head), /error=proxy_configuration_error/);
    assert.match(refused.body, /look at the account/);
    await own.faults({ gateway: { kind: 'reset' } });
    let host = 0; // a new one each time: one unreachable host is no sign of a gateway that is down
    const answer = async () => (await curl(proxy, [...user, own.https(`host${host += 1}.${PROXIED}`)])).head;
    await until('the gateway is left alone', async () => /is left alone/.test(seen(await answer())), { within: 60_000 });
    await own.faults({});
    seen(proxy.process.stderr);
  });
});

describe('What a browser shows', () => {
  /** A page of Chromium that goes through the proxy with these arguments. */
  async function page(scope, proxy, args = []) {
    const browser = await puppeteer.launch({ executablePath: await chromiumPath(), args: ['--no-sandbox', `--proxy-server=${proxy.url}`, ...args] });
    scope.defer(() => browser.close());
    return browser.newPage();
  }

  it('Is ERR_TUNNEL_CONNECTION_FAILED where a site cannot be reached; curl shows why', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox);
    const fault = await (await page(scope, proxy)).goto('https://nothing.invalid/').catch(({ message }) => message);
    assert.match(seen(`${fault} in Chromium`), /^net::ERR_TUNNEL_CONNECTION_FAILED/);
    assert.match((await curl(proxy, ['-v', 'https://nothing.invalid/'])).stderr, /Proxy-Status: .*dns_error/i);
  });

  it('A page of localhost bypasses the proxy until the browser is told otherwise', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--log-level', 'debug']);
    const url = sandbox.http('localhost');
    await (await page(scope, proxy)).goto(url);
    assert.ok(!proxy.process.stderr.includes('localhost'), proxy.process.stderr);
    await (await page(scope, proxy, ['--proxy-bypass-list=<-loopback>'])).goto(url);
    await until('the request in the log', () => /GET localhost:\d+ .*direct/.test(proxy.process.stderr));
    seen('a request to localhost does not reach the proxy');
  });
});

it('A command of exec that ignores the proxy is reported', async () => {
  const { code, stderr } = await run(aluviaConnect, ['exec', ...sandbox.runOptions, '--', 'true']);
  assert.equal(code, 0, stderr);
  assert.match(seen(stderr), /the command ended without ever having used the proxy/);
});

it('A client that does not trust the sites of try is told so', async () => {
  const { stderr } = await run(aluviaConnect, ['try', '--port', '0', '--', 'env', '-u', 'CURL_CA_BUNDLE', '-u', 'SSL_CERT_FILE', 'curl', '-sS', 'https://example.com/']);
  assert.match(seen(stderr), /SSL certificate problem: unable to get local issuer certificate/);
});

it('A command that finds no proxy says so, and explain names the rule that decided', async (t) => {
  const scope = Scope.of(t);
  const home = await temporaryFolder(scope);
  const env = { XDG_RUNTIME_DIR: home, TMPDIR: home };
  const none = await run(aluviaConnect, ['status'], { env });
  assert.equal(none.code, 69);
  assert.match(seen(none.stderr), /no proxy of yours is running/);
  await Proxy.start(scope, sandbox, ['--rule', '-shop.example'], { env });
  const { stdout } = await run(aluviaConnect, ['explain', 'https://shop.example/'], { env });
  assert.match(stdout, /-shop\.example/);
  seen('a host takes the wrong route');
});

/** A cell of the table as a pattern: the code that it begins with, or all of it; an ellipsis stands for anything. */
function pattern(cell) {
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const text = /^`([^`]*)`/.exec(cell)?.[1] ?? cell.replaceAll('`', '');
  return new RegExp(text.split('…').map((part) => escape(part.trim())).join('.*'), 's');
}

it('Every row of docs/troubleshooting.md has been seen', async () => {
  const table = rows(section(await readDocument('docs/troubleshooting.md'), 'Messages'));
  assert.ok(table.length > 15, 'the table is found');
  assert.deepEqual(table.map(([cell]) => cell).filter((cell) => !provoked.some((text) => pattern(cell).test(text))), []);
});
