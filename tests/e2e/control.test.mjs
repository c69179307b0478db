// Tests the commands that query and change a running proxy of the same user through its Unix socket.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect, launch } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { Process, run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, serve, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const SLOW = ['--poll-interval', '600000']; // no change in this file comes from a poll

/** Folders of the test's own, so that no other proxy of this user is found. */
const ownFolders = async (scope) => ({ XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) });

/** Folders of its own, a sandbox and a proxy; `command` runs a command of the program there. */
async function fixture(t, args = []) {
  const scope = Scope.of(t);
  const env = await ownFolders(scope);
  const sandbox = await Sandbox.start(scope);
  const proxy = await Proxy.start(scope, sandbox, [...SLOW, ...args], { env });
  const command = (...words) => run(aluviaConnect, words, { env });
  const json = async (...words) => {
    const { code, stdout, stderr } = await command(...words, '--json');
    return { code, stderr, ...JSON.parse(stdout) };
  };
  const socket = join(env.XDG_RUNTIME_DIR, 'aluvia-connect', `${proxy.port}.sock`);
  return { scope, env, sandbox, proxy, command, json, socket };
}

/** One request on a Unix socket: { status, body }. */
const ask = (socketPath, path, { method = 'GET', body = '', headers = {} } = {}) => new Promise((resolve, reject) => {
  const asked = request({ socketPath, path, method, headers: { 'content-length': Buffer.byteLength(body), ...headers } }, async (answer) => {
    resolve({ status: answer.statusCode, body: Buffer.concat(await answer.toArray()).toString() });
  });
  asked.on('error', reject);
  asked.end(body);
});

const wayOf = async (proxy, sandbox, host) => (await curl(proxy, [sandbox.http(host)])).via;

describe('The socket', { concurrency: true }, () => {
  it('Has mode 0600 in a directory with 0700, and is gone when the proxy has ended', async (t) => {
    const { env, proxy, socket } = await fixture(t);
    assert.equal((await stat(socket)).mode & 0o777, 0o600);
    assert.equal((await stat(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'))).mode & 0o777, 0o700);
    await proxy.process.stop();
    assert.deepEqual(await readdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect')), []);
  });

  it('Is in a directory of the user in the temporary directory if there is no runtime directory', async (t) => {
    const scope = Scope.of(t);
    const env = { TMPDIR: await temporaryFolder(scope) };
    const proxy = await Proxy.start(scope, await Sandbox.start(scope), SLOW, { env });
    const folder = join(env.TMPDIR, `aluvia-connect-${process.getuid()}`);
    assert.deepEqual(await readdir(folder), [`${proxy.port}.sock`]);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await run(aluviaConnect, ['status'], { env })).code, 0);
  });

  it('Is not made in a directory that others may enter; the proxy warns and serves', async (t) => {
    const scope = Scope.of(t);
    const env = await ownFolders(scope);
    await mkdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'));
    await chmod(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'), 0o755);
    const sandbox = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, sandbox, SLOW, { env });
    await until('the warning', () => /other users may enter it/.test(proxy.process.stderr));
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'gateway');
    assert.deepEqual(await readdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect')), []);
  });

  it('Replaces the socket of a killed proxy on the same port', async (t) => {
    const scope = Scope.of(t);
    const env = await ownFolders(scope);
    const sandbox = await Sandbox.start(scope);
    const port = String(await freePort());
    const killed = new Process(aluviaConnect, ['run', ...sandbox.runOptions, '--port', port], { env });
    await killed.firstLine();
    killed.signal('SIGKILL');
    await killed.end();
    assert.deepEqual(await readdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect')), [`${port}.sock`]);
    assert.equal((await run(aluviaConnect, ['status'], { env })).code, 69, 'what is left does not count');
    await Proxy.start(scope, sandbox, ['--port', port], { env });
    assert.equal((await run(aluviaConnect, ['status'], { env })).code, 0);
  });

  it('Removes the sockets of killed proxies on other ports', async (t) => {
    const scope = Scope.of(t);
    const env = await ownFolders(scope);
    const sandbox = await Sandbox.start(scope);
    const killed = new Process(aluviaConnect, ['run', ...sandbox.runOptions], { env });
    const dead = Number(new URL(await killed.firstLine()).port);
    const other = await Proxy.start(scope, sandbox, [], { env });
    killed.signal('SIGKILL');
    await killed.end();
    const third = await Proxy.start(scope, sandbox, [], { env });
    const left = (await readdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'))).sort();
    assert.deepEqual(left, [other, third].map(({ port }) => `${port}.sock`).sort(), `without ${dead}`);
  });

  it('Does not replace another kind of file', async (t) => {
    const scope = Scope.of(t);
    const env = await ownFolders(scope);
    const port = String(await freePort());
    await mkdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'), { mode: 0o700 });
    await writeFile(join(env.XDG_RUNTIME_DIR, 'aluvia-connect', `${port}.sock`), 'precious');
    const proxy = await Proxy.start(scope, await Sandbox.start(scope), ['--port', port], { env });
    await until('the warning', () => /it is no socket/.test(proxy.process.stderr));
  });

  it('Rejects another user, even root', { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
    const scope = Scope.of(t);
    const folder = await temporaryFolder(scope);
    await chmod(folder, 0o777);
    const sandbox = await Sandbox.start(scope);
    const asOtherUser = (...args) => ['--reuid', '65534', '--regid', '65534', '--clear-groups', aluviaConnect, ...args];
    const proxy = new Process('setpriv', asOtherUser('run', ...sandbox.runOptions), { env: { TMPDIR: folder } });
    scope.defer(() => proxy.stop());
    const port = new URL(await proxy.firstLine()).port;
    const socket = join(folder, 'aluvia-connect-65534', `${port}.sock`);
    for (const [method, path] of [['GET', '/status'], ['POST', '/stop']]) {
      assert.equal((await ask(socket, path, { method })).status, 403, path);
    }
    const theirs = await run('setpriv', asOtherUser('status'), { env: { TMPDIR: folder } });
    assert.equal(theirs.code, 0, theirs.stderr);
  });

  it('Is protected by its directory', { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
    const { env, socket } = await fixture(t);
    await chmod(env.XDG_RUNTIME_DIR, 0o777);
    const sees = async (path) => (await run('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'test', '-e', path])).code === 0;
    assert.ok(await sees(env.XDG_RUNTIME_DIR));
    assert.ok(!await sees(socket));
  });

  it('Answers a malformed request with the reason, and stays', async (t) => {
    const { socket } = await fixture(t);
    const tries = [
      ['POST', '/rules', '{', 400], ['POST', '/rules', '{}', 400], ['POST', '/rules', '{"add":["x"],"set":[]}', 400],
      ['POST', '/rules', '{"add":[1]}', 400], ['POST', '/rules', '['.repeat(200_000), 400], ['POST', '/geo', '{"geo":7}', 400],
      ['GET', '/rotate', '', 405], ['DELETE', '/rules', '', 405], ['GET', '/nothing', '', 404], ['GET', '/explain', '', 400],
    ];
    for (const [method, path, body, status] of tries) {
      const answer = await ask(socket, path, { method, body });
      assert.equal(answer.status, status, `${method} ${path} ${body.slice(0, 30)}: ${answer.body}`);
      assert.ok(answer.body.length > 10);
    }
    assert.equal((await ask(socket, '/rules', { method: 'POST', headers: { 'content-length': 9_000_000 } }).catch(() => ({ status: 413 }))).status, 413);
    assert.equal((await ask(socket, '/status')).status, 200);
  });
});

describe('list', { concurrency: true }, () => {
  it('Shows every proxy with port, process, uptime, command and directory, and no dead socket', async (t) => {
    const { scope, env, sandbox, proxy, command, json } = await fixture(t);
    const killed = new Process(aluviaConnect, ['run', ...sandbox.runOptions], { env });
    const dead = Number(new URL(await killed.firstLine()).port);
    killed.signal('SIGKILL');
    await killed.end();
    const child = new Process(aluviaConnect, ['exec', ...sandbox.runOptions, '--', 'sh', '-c', 'echo up; exec sleep 1000'], { env });
    scope.defer(() => child.stop());
    await child.firstLine();
    const { proxies } = await json('list');
    const one = proxies.find(({ port }) => port === proxy.port);
    assert.deepEqual({ ...one, uptime_s: 0 }, {
      port: proxy.port, url: proxy.url, pid: proxy.process.pid, uptime_s: 0, ready: true, command: 'run', directory: process.cwd(),
      control_socket: join(env.XDG_RUNTIME_DIR, 'aluvia-connect', `${proxy.port}.sock`), in_reach: true,
    });
    assert.equal(proxies.find(({ pid }) => pid === child.pid)?.command, 'exec -- sh …');
    assert.ok(!proxies.some(({ port }) => port === dead));
    const { stdout } = await command('list');
    assert.match(stdout, new RegExp(`^PORT +PROCESS.*\n(.*\n)*${proxy.port} +${proxy.process.pid} +\\S.* run +${process.cwd()}\n`));
  });

  it('Finds a proxy of another XDG_RUNTIME_DIR, and says how to reach it', async (t) => {
    const { scope, env, proxy } = await fixture(t);
    const other = { env: await ownFolders(scope) };
    const { stdout } = await run(aluviaConnect, ['list'], other);
    const line = new RegExp(`^ {2}(XDG_RUNTIME_DIR=${env.XDG_RUNTIME_DIR}) aluvia-connect status --port ${proxy.port}$`, 'm').exec(stdout);
    assert.ok(line, stdout);
    const { stderr } = await run(aluviaConnect, ['status', '--port', String(proxy.port)], other);
    assert.match(stderr, new RegExp(`no proxy of yours runs on port ${proxy.port}; one answers .* try again with ${line[1]}\n$`));
    const found = JSON.parse((await run(aluviaConnect, ['list', '--json'], other)).stdout).proxies.find(({ port }) => port === proxy.port);
    assert.deepEqual([found.in_reach, found.command, found.pid], [false, 'run', proxy.process.pid]);
  });

  it('Of no proxy says how to start one', async (t) => {
    const env = await ownFolders(Scope.of(t));
    const { code, stdout } = await run('unshare', ['-rnp', '--fork', '--mount-proc', aluviaConnect, 'list'], { env });
    assert.deepEqual([code, stdout], [0, 'no proxy of yours is running; start one with aluvia-connect run\n']);
  });
});

describe('A port in use', { concurrency: true }, () => {
  const starts = (env, ...args) => run(aluviaConnect, ['run', '--token', 'x', '--api-base-url', 'http://127.0.0.1:1', ...args], { env });

  it('By a proxy of this user is found before the API is asked, with the commands for it', async (t) => {
    const { scope, env, proxy } = await fixture(t);
    const port = String(proxy.port);
    const same = await starts(env, '--port', port);
    assert.equal(same.code, 73);
    assert.match(same.stderr, new RegExp(`:${port}: the port is in use by a proxy of yours \\(process ${proxy.process.pid}\\); `
      + `aluvia-connect status --port ${port} shows it, aluvia-connect stop --port ${port} ends it; choose another one, or 0 for a free one \\(--port\\)\n$`));
    const other = await starts(await ownFolders(scope), '--port', port);
    assert.equal(other.code, 73);
    assert.match(other.stderr, new RegExp(`a proxy of yours \\(process ${proxy.process.pid}\\); XDG_RUNTIME_DIR=${env.XDG_RUNTIME_DIR} aluvia-connect stop --port ${port} ends it`));
  });

  it('By another program names it', async (t) => {
    const port = await serve(Scope.of(t), createServer());
    const { code, stderr } = await starts({}, '--port', String(port));
    assert.equal(code, 73);
    assert.match(stderr, new RegExp(`the port is in use by \\S+ \\(process ${process.pid}\\); choose another one`));
  });
});

describe('Two proxies side by side', () => {
  it('Are selected by --port; without it the command lists them', async (t) => {
    const { scope, env, sandbox, proxy, command, json } = await fixture(t);
    const other = await Proxy.start(scope, sandbox, SLOW, { env });
    const unclear = await command('status');
    assert.equal(unclear.code, 64);
    for (const { port } of [proxy, other]) assert.match(unclear.stderr, new RegExp(`\\b${port}\\b`));
    const { next } = await json('status');
    assert.match(next, /--port/);
    assert.doesNotMatch(next, /\d/, 'it chooses none of them');
    const nowhere = await json('status', '--port', String(await freePort()));
    assert.deepEqual([nowhere.code, nowhere.next], [69, undefined], 'one more proxy would not be meant');
    for (const one of [proxy, other]) {
      assert.equal((await json('status', '--port', String(one.port))).url, one.url);
    }
    assert.equal((await command('stop', '--port', String(other.port))).code, 0);
    assert.equal((await json('status')).url, proxy.url);
  });
});

describe('Queries', { concurrency: true }, () => {
  it('status shows version, age, API and readiness, as text and as JSON', async (t) => {
    const { proxy, command, json } = await fixture(t);
    const status = await json('status');
    assert.equal(status.code, 0);
    assert.equal(status.ready, true);
    assert.equal(status.url, proxy.url);
    assert.equal(status.pid, proxy.process.pid);
    assert.equal(status.configuration.version, 1);
    assert.ok(status.configuration.age_s >= 0 && status.api.last_poll_age_s >= 0);
    assert.equal(status.next, undefined, 'nothing to do');
    assert.match((await command('status')).stdout, /^proxy +http.*\nready +yes\n/);
  });

  it('explain shows route, rule and version for a URL and for a host', async (t) => {
    const { command, json } = await fixture(t);
    const { route, rule, configuration, port } = await json('explain', `https://a.${PROXIED}:8443/path?x#y`);
    assert.deepEqual({ route, rule, configuration, port }, { route: 'gateway', rule: `*.${PROXIED}`, configuration: 1, port: 8443 });
    const direct = await json('explain', DIRECT);
    assert.equal(direct.route, 'direct');
    assert.equal(direct.next, undefined, 'the paid route is not suggested');
    assert.match((await command('explain', 'http://localhost/')).stdout, /direct \(loopback is always direct\)/);
    for (const wrong of ['', 'ftp://x.example/', 'a b', 'http://user@x.example/', 'x.example:99999', 'http:/example.com/', 'example.com:',
      'http:example.com', 'https:/example.com/', 'http://a..b/', 'http://x.example/a b']) {
      const { code, stdout, stderr } = await command('explain', wrong);
      assert.deepEqual([code, stdout], [64, ''], wrong);
      assert.match(stderr, /neither a URL nor a host/, wrong);
    }
  });

  it('explain shows no route to a site that the proxy rejects, but the response that curl gets', async (t) => {
    const { sandbox, proxy, json } = await fixture(t, ['--deny-private']);
    const rejected = ['http://169.254.169.254/latest/meta-data', 'http://0xa9fea9fe/', `http://127.0.0.1:${proxy.port}/`, `localhost:${proxy.port}`,
      sandbox.http(DIRECT)]; // its name resolves to loopback
    for (const site of rejected) {
      const said = await json('explain', site);
      assert.deepEqual([said.code, said.route, said.rule], [0, 'rejected', undefined], site);
      const url = site.includes('://') ? site : `http://${site}/`;
      assert.equal((await curl(proxy, ['--noproxy', '', url])).status, said.status, site);
      assert.ok(said.reason.length > 10 && said.advice.length > 10, site);
    }
  });

  it('explain reports that the gateway is down', async (t) => {
    const { sandbox, proxy, json } = await fixture(t);
    await sandbox.faults({ gateway: { kind: 'reset' } });
    const said = await until('enough faults in a row', async () => {
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => curl(proxy, ['-p', sandbox.http(`${name}.${PROXIED}`)])));
      const one = await json('explain', PROXIED);
      return one.trouble && one;
    }, { within: 30_000 });
    assert.equal(said.route, 'gateway');
    assert.match(said.trouble, /^the gateway cannot be used: .{10,}/);
  });

  it('A missing proxy is reported, with what to do', async (t) => {
    const env = { XDG_RUNTIME_DIR: await temporaryFolder(Scope.of(t)), TMPDIR: await temporaryFolder(Scope.of(t)) };
    for (const name of ['status', 'tunnels', 'top', 'log', 'rules', 'rotate', 'stop', 'env', 'browser-args', 'healthcheck']) {
      const { code, stderr } = await run(aluviaConnect, [name], { env });
      assert.equal(code, 69, name);
      assert.match(stderr, /no proxy of yours is running/);
    }
    // Nothing else listens in a network of its own, where the usual port could be another test's.
    const alone = (...words) => run('unshare', ['-rn', aluviaConnect, ...words], { env });
    assert.equal(JSON.parse((await alone('status', '--json')).stdout).next, 'aluvia-connect run');
    assert.match((await alone('status')).stderr, /running; start one with aluvia-connect run, or without an account with aluvia-connect try\n$/);
    assert.match((await alone('stop')).stderr, /running\n$/);
    assert.match((await alone('status', '--port', '1')).stderr, /on port 1; aluvia-connect list shows those that run\n$/);
  });

  it('Every command has help, and rejects unknown arguments', async () => {
    for (const name of ['status', 'list', 'tunnels', 'top', 'log', 'rules', 'policy', 'geo', 'rotate', 'refresh', 'stop', 'explain', 'wait', 'healthcheck', 'env', 'browser-args']) {
      const help = await run(aluviaConnect, [name, '--help']);
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`Usage: aluvia-connect ${name}`));
      assert.equal((await run(aluviaConnect, [name, '--nonsense'])).code, 64, name);
    }
  });
});

describe('Changes', { concurrency: true }, () => {
  it('rules add, remove and set reach the account and are in force when the command returns', async (t) => {
    const { sandbox, proxy, command, json } = await fixture(t);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
    assert.deepEqual((await json('rules', 'add', DIRECT)).rules, [PROXIED, `*.${PROXIED}`, DIRECT]);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'gateway');
    assert.equal((await command('rules', 'remove', DIRECT)).code, 0);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
    assert.deepEqual((await json('rules', 'set', '*', `-${PROXIED}`)).rules, ['*', `-${PROXIED}`]);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'direct');
    assert.equal((await command('rules')).stdout, `account  *\naccount  -${PROXIED}\n`);
  });

  it('Say what they have changed, or that there was nothing to change', async (t) => {
    const { sandbox, command } = await fixture(t);
    const says = async (words, text) => assert.deepEqual(await command(...words).then(({ code, stdout }) => [code, stdout]), [0, `${text}\n`]);
    await says(['rules', 'add', 'cart.test'], 'Added cart.test (3 rules). In force now.');
    await says(['rules', 'add', 'CART.test'], 'CART.test is already there (3 rules). Nothing changed.');
    await sandbox.user({ rules: [PROXIED, 'cart.test', 'theirs.test'] }); // another writer, whose rule no poll has brought yet
    await says(['rules', 'add', 'new.test', 'theirs.test'], 'Added new.test (4 rules). In force now.');
    await says(['rules', 'remove', 'cart.test', 'new.test'], 'Removed cart.test, new.test (2 rules left). In force now.');
    await says(['rules', 'add', '--local', 'own.test'], 'Added own.test for this proxy only (1 local rule). In force now.');
    await says(['rules', 'set', '*', '-a.test'], 'The rules are now *, -a.test (2 rules). In force now.');
    await says(['rules', 'set', '*', '-a.test'], 'The rules are already *, -a.test (2 rules). Nothing changed.');
    await sandbox.user({ rules: [DIRECT] });
    assert.match((await command('refresh')).stdout, /^Fetched configuration version \d+ \(2 rules\)\. In force now\.\n$/);
    assert.match((await command('refresh')).stdout, /^The configuration is still version \d+ \(2 rules\)\. Nothing changed\.\n$/);
  });

  it('--local keeps rules in this proxy', async (t) => {
    const { scope, env, sandbox, proxy, command, json } = await fixture(t, ['--rule', 'first.example']);
    const added = await json('rules', 'add', '--local', DIRECT);
    assert.deepEqual(added.local_rules, ['first.example', DIRECT]);
    assert.deepEqual(added.rules, [PROXIED, `*.${PROXIED}`]);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'gateway');
    const other = await Proxy.start(scope, sandbox, SLOW, { env });
    assert.equal(await wayOf(other, sandbox, DIRECT), 'direct');
    const port = ['--port', String(proxy.port)];
    assert.deepEqual((await json('rules', 'set', '--local', 'Second.example', ...port)).local_rules, ['Second.example']);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
    assert.deepEqual((await json('rules', 'clear', '--local', ...port)).local_rules, []);
    assert.equal((await command('rules', 'remove', '--local', 'never.example', ...port)).code, 64);
  });

  it('rules set without a rule is a usage error, and changes nothing', async (t) => {
    const { command, json } = await fixture(t, ['--rule', 'first.example']);
    for (const words of [['rules', 'set'], ['rules', 'set', '--local'], ['rules', 'clear', DIRECT]]) {
      const { code, stderr } = await command(...words);
      assert.equal(code, 64, words.join(' '));
      assert.match(stderr, /rules clear/);
    }
    const { rules, local_rules: local } = await json('rules');
    assert.deepEqual([rules, local], [[PROXIED, `*.${PROXIED}`], ['first.example']]);
  });

  it('rules clear removes all rules of the account, or of this proxy, and prints them', async (t) => {
    const { sandbox, proxy, command, json } = await fixture(t, ['--rule', DIRECT]);
    assert.match((await command('rules', 'clear', '--local')).stdout, new RegExp(`^removed  ${DIRECT}\nRemoved 1 local rule. In force now.\n$`));
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'direct');
    await sandbox.user({ rules: [PROXIED, '*.theirs.example'] }); // another writer, whose rule no poll has brought yet
    const cleared = await json('rules', 'clear');
    assert.deepEqual([cleared.code, cleared.removed, cleared.rules], [0, [PROXIED, '*.theirs.example'], []]);
    assert.equal(await wayOf(proxy, sandbox, PROXIED), 'direct');
    assert.deepEqual((await json('rules', 'clear')).removed, []);
    assert.match((await command('rules', 'clear')).stdout, /^There are no rules to remove. Nothing changed.\n$/);
  });

  it('geo sets and clears, rotate makes a new alphanumeric session', async (t) => {
    const { json, command } = await fixture(t);
    assert.equal((await json('geo', 'us-ny')).target_geo, 'us-ny');
    assert.equal((await command('geo')).stdout, 'us-ny\n');
    assert.equal((await json('geo', '--clear')).target_geo, null);
    const first = (await json('rotate')).session_id;
    const second = (await json('rotate')).session_id;
    assert.match((await command('rotate')).stdout, /^New session [a-z0-9]{4}…: the next gateway connection leaves from another address.\n$/);
    assert.equal((await command('geo', 'us-ca')).stdout, 'Geo is now us-ca: the next gateway connection leaves from there.\n');
    assert.equal((await command('geo', 'us-ca')).stdout, 'Geo is already us-ca. Nothing changed.\n');
    assert.match(first, /^[A-Za-z0-9]{8,255}$/);
    assert.notEqual(first, second);
    assert.equal((await json('rotate', 'mine42')).session_id, 'mine42');
    assert.equal((await json('rotate', '--clear')).session_id, null);
    assert.equal((await json('rotate', 'not/alphanumeric')).code, 64);
    assert.equal((await command('rotate', 'mine42', '--clear')).code, 64);
  });

  it('refresh fetches a change at the API', async (t) => {
    const { sandbox, proxy, json } = await fixture(t);
    await sandbox.user({ rules: [DIRECT] });
    assert.equal((await json('refresh')).configuration.version, 2);
    assert.equal(await wayOf(proxy, sandbox, DIRECT), 'gateway');
  });

  it('refresh ends with the exit status of the API\'s response', async (t) => {
    const { sandbox, command, json } = await fixture(t);
    const answers = [
      [{ kind: 'status', status: 401, body: '{}' }, 77, 'token_refused'], [{ kind: 'status', status: 403, body: '{}' }, 77, 'token_refused'],
      [{ kind: 'status', status: 503, body: '{}' }, 69, 'api_error'], [{ kind: 'status', status: 402, body: '{}' }, 69, 'payment_required'],
      [{ kind: 'reset' }, 69, 'unreachable'], [{ kind: 'status', status: 200, body: 'nonsense' }, 76, 'bad_answer'],
    ];
    for (const [fault, status, word] of answers) {
      await sandbox.faults({ api: fault });
      const text = await command('refresh');
      assert.deepEqual([text.code, text.stdout], [status, ''], word);
      assert.match(text.stderr, /^aluvia-connect: .{15,}\n$/, word);
      const told = await json('refresh');
      assert.deepEqual([told.code, told.error.code], [status, word]);
    }
    await sandbox.faults({});
    assert.equal((await command('refresh')).code, 0);
  });

  it('blocked is logged, and counted for the route of the site', async (t) => {
    const { command, json, proxy } = await fixture(t);
    const direct = await json('blocked', `https://${DIRECT}/page?secret=1`, '--status', '403', '--reason', 'a challenge\u001b[31m page');
    assert.deepEqual([direct.code, direct.host, direct.port, direct.route, direct.reports], [0, DIRECT, 443, 'direct', 1]);
    assert.equal((await json('blocked', PROXIED)).route, 'gateway');
    const text = await command('blocked', DIRECT);
    assert.match(text.stdout, new RegExp(`rules add ${DIRECT}`));
    const { traffic } = await json('status');
    assert.deepEqual([traffic.direct.block_reports, traffic.gateway.block_reports], [2, 1]);
    assert.match(await (await fetch(`${proxy.url}/metrics`)).text(), /aluvia_connect_block_reports_total\{route="direct"\} 2/);
    const lines = proxy.process.stderr.split('\n').filter((line) => line.includes('blocked'));
    assert.equal(lines.length, 3, proxy.process.stderr);
    assert.match(lines[0], /status 403/);
    assert.ok(!lines.join().includes('secret=1') && !lines.join().includes('\u001b'), 'no query and no control character');
    for (const wrong of [[], ['a', 'b'], [DIRECT, '--status', '99'], ['http://']]) assert.equal((await command('blocked', ...wrong)).code, 64, wrong.join(' '));
  });

  it('stop returns when the proxy has ended, which ends with 0', async (t) => {
    const { proxy, command, json } = await fixture(t);
    assert.equal((await json('stop')).stopped, true);
    assert.equal((await proxy.process.end()).code, 0);
    assert.equal((await command('stop')).code, 69);
  });

  it('An invalid rule or geo, or a rejection by the API, gives an error and changes nothing', async (t) => {
    const { sandbox, command, json } = await fixture(t);
    const before = (await json('rules')).configuration;
    for (const words of [
      ['rules', 'add', 'a\u0007b.example'], ['rules', 'add', 'x'.repeat(300)], ['rules', 'add', ''],
      ['rules', 'remove', 'never.example'], ['geo', 'x'.repeat(51)], ['rules', 'add'], ['rules', 'frobnicate'],
      ['geo', 'a', 'b'], ['geo', 'a', '--clear'],
    ]) {
      const { code, stderr } = await command(...words);
      assert.equal(code, 64, words.join(' ').slice(0, 40));
      assert.match(stderr, /^aluvia-connect: .{15,}\n$/);
    }
    await sandbox.faults({ api: { kind: 'status', status: 422, body: '{"success":false,"error":{"code":"validation_error","message":"no","details":{"rules":["too many of them"]}}}' } });
    const rejected = await command('rules', 'add', 'fine.example');
    assert.equal(rejected.code, 64);
    assert.match(rejected.stderr, /too many of them/);
    await sandbox.faults({ api: { kind: 'status', status: 401, body: '{}' } });
    const refused = await json('rotate');
    assert.equal(refused.code, 77);
    assert.equal(refused.error.code, 'token_refused');
    assert.ok(refused.next.length > 10);
    await sandbox.faults({});
    assert.equal((await json('rules')).configuration, before);
  });

  it('100,000 rules in one request are accepted, and a larger list is rejected with an error', async (t) => {
    const { socket } = await fixture(t);
    const rules = Array.from({ length: 100_000 }, (_, index) => `host${index}.example`);
    const taken = await ask(socket, '/rules', { method: 'POST', body: JSON.stringify({ set: rules }) });
    assert.equal(taken.status, 200, taken.body.slice(0, 200));
    assert.equal(JSON.parse(taken.body).rules.length, 100_000);
    const long = Array.from({ length: 100_000 }, (_, index) => `host${index}.${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.example`);
    const answer = await ask(socket, '/rules', { method: 'POST', body: JSON.stringify({ set: long }) }).catch(() => ({ status: 413, body: '{"error":{"message":"larger than"}}' }));
    assert.ok([400, 413].includes(answer.status), `${answer.status}`);
    assert.match(JSON.parse(answer.body).error.message, /larger than|rules/);
    assert.equal(JSON.parse((await ask(socket, '/rules')).body).rules.length, 100_000, 'nothing has changed');
  });
});

describe('For scripts', { concurrency: true }, () => {
  it('wait returns with the URL once a proxy is ready, and gives up in time', async (t) => {
    const scope = Scope.of(t);
    const env = { XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) };
    const late = await run(aluviaConnect, ['wait', '--timeout', '0'], { env });
    assert.equal(late.code, 69);
    assert.match(late.stderr, /not ready within 0s/);
    const waiting = launch(scope, ['wait', '--timeout', '20'], { env });
    const proxy = await Proxy.start(scope, await Sandbox.start(scope), [], { env });
    assert.equal(await waiting.firstLine(), proxy.url);
    assert.equal((await waiting.end()).code, 0);
  });

  it('healthcheck prints nothing and ends with 0, or gives the reason', async (t) => {
    const { sandbox, proxy, command } = await fixture(t);
    const well = await command('healthcheck');
    assert.deepEqual([well.code, well.stdout, well.stderr], [0, '', '']);
    await sandbox.faults({ api: { kind: 'status', status: 401, body: '{}' } });
    await command('refresh');
    const ill = await until('a healthcheck that fails', async () => {
      const one = await command('healthcheck');
      return one.code !== 0 && one;
    });
    assert.equal(ill.code, 69);
    assert.match(ill.stderr, /token/);
    for (const flag of ['--live', '--started']) {
      assert.equal((await command('healthcheck', flag)).code, 0, `${flag} asks less than ready`);
    }
    assert.equal((await run(aluviaConnect, ['healthcheck', '--port', String(proxy.port)], { env: { TMPDIR: '/nonexistent' } })).code, 69, 'by TCP alone');
  });

  it('env prints variables that a shell can read', async (t) => {
    const { proxy, command, json } = await fixture(t);
    const { stdout } = await command('env', '--shell', 'sh');
    const seen = await run('sh', ['-c', `${stdout}\nenv`]);
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'ALUVIA_PROXY_URL']) {
      assert.match(seen.stdout, new RegExp(`^${name}=${proxy.url}$`, 'm'));
    }
    assert.match(seen.stdout, /^NO_PROXY=localhost,127\.0\.0\.1,::1/m);
    assert.match((await command('env', '--shell', 'fish')).stdout, /^set -gx HTTP_PROXY 'http/);
    assert.equal((await json('env')).NODE_USE_ENV_PROXY, '1');
    assert.equal((await command('env', '--shell', 'nosuch')).code, 64);
  });

  it('browser-args prints one argument a line', async (t) => {
    const { proxy, command } = await fixture(t);
    const lines = (await command('browser-args')).stdout.trim().split('\n');
    assert.deepEqual(lines, [`--proxy-server=${proxy.url}`, '--proxy-bypass-list=localhost;127.0.0.1;[::1]', '--disable-quic',
      '--webrtc-ip-handling-policy=disable_non_proxied_udp', '--force-webrtc-ip-handling-policy=disable_non_proxied_udp']);
  });
});
