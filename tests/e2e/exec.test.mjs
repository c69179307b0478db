// Tests `exec`, which runs a proxy for one command, and `check` and the ready file.
import assert from 'node:assert/strict';
import { readFile, writeFile, access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { isRunning, Process, run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
let sandbox;
let env;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  env = { TMPDIR: await temporaryFolder(file) };
});
after(() => file.close());

const options = () => [...sandbox.runOptions, '--log-level', 'silent'];
const exec = (command, more = {}) => run(aluviaConnect, ['exec', ...(more.options ?? options()), '--', ...command], { env: { ...env, ...more.env } });
const sh = (script, more) => exec(['sh', '-c', script], more);

const exists = (path) => access(path).then(() => true, () => false);

describe('exec', { concurrency: true }, () => {
  it('Gives the command its variables, and takes the token from it', async () => {
    const { code, stdout, stderr } = await sh('env', { options: [...sandbox.runOptionsWithoutToken, '--log-level', 'silent'], env: { ALUVIA_TOKEN: sandbox.token, ALV_USER_TOKEN: 'other' } });
    assert.equal(code, 0, stderr);
    const seen = Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(/=(.*)/s)));
    assert.match(seen.HTTP_PROXY, /^http:\/\/127\.0\.0\.1:\d+$/);
    for (const name of ['HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'ALUVIA_PROXY_URL']) assert.equal(seen[name], seen.HTTP_PROXY, name);
    for (const name of ['NO_PROXY', 'no_proxy']) assert.match(seen[name], /^localhost,127\.0\.0\.1,::1/);
    assert.equal(seen.NODE_USE_ENV_PROXY, '1');
    assert.deepEqual([seen.ALUVIA_PROXY_SERVER, seen.ALUVIA_PROXY_USERNAME, seen.ALUVIA_PROXY_PASSWORD], [seen.HTTP_PROXY, '', '']);
    assert.ok(!('ALUVIA_TOKEN' in seen) && !('ALV_USER_TOKEN' in seen));
    assert.ok(!stdout.includes(sandbox.token));
  });

  it('Carries the traffic of a command that knows only the variables', async () => {
    const { stdout } = await exec(['curl', '-sS', '-o', '/dev/null', '-D', '-', sandbox.http(PROXIED)]);
    assert.match(stdout, /x-sandbox-via: gateway/i);
  });

  it('Lets commands inside find their own proxy', async () => {
    const { code, stdout } = await sh(`"${aluviaConnect}" explain ${PROXIED} && "${aluviaConnect}" env --shell sh | grep -q "$HTTP_PROXY"`);
    assert.equal(code, 0);
    assert.match(stdout, /gateway/);
  });

  it('Ends with the exit status of the command, and prints nothing of its own', async () => {
    for (const status of [0, 1, 42, 255]) {
      assert.deepEqual(await sh(`exit ${status}`).then(({ code, stdout, stderr }) => [code, stdout, stderr]), [status, '', '']);
    }
  });

  it('Reports in one line a command that has never used the proxy, and a possible cause', async () => {
    const { code, stdout, stderr } = await sh('exit 3', { options: sandbox.runOptions });
    assert.deepEqual([code, stdout], [3, ''], 'its status is its own');
    const lines = stderr.split('\n').filter((line) => /ever having used the proxy/.test(line));
    assert.equal(lines.length, 1, stderr);
    assert.match(lines[0], /Node before 22\.21 and 24\.5/);
    const json = await sh('exit 3', { options: [...sandbox.runOptions, '--log-format', 'json'] });
    assert.equal(json.code, 3);
    assert.equal(json.stderr.trim().split('\n').map((line) => JSON.parse(line)).filter(({ message }) => /ever having used the proxy/.test(message)).length, 1, json.stderr);
    assert.deepEqual(await sh('exit 3').then((silent) => [silent.code, silent.stderr]), [3, ''], 'at silent it is silent');
  });

  it('Reports no such thing about a command that used it in its last moment, or never began', async () => {
    const uses = [`curl -sS -o /dev/null ${sandbox.http(PROXIED)}`, 'exec 3<>/dev/tcp/127.0.0.1/${ALUVIA_PROXY_URL##*:}'];
    for (const script of uses) {
      const { code, stderr } = await exec(['bash', '-c', script], { options: sandbox.runOptions });
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /ever having used the proxy/, script);
    }
    const missing = await exec(['no-such-command-here'], { options: sandbox.runOptions });
    assert.equal(missing.code, 127);
    assert.doesNotMatch(missing.stderr, /ever having used the proxy/);
  });

  it('Ends with 128 + n where a signal ended the command', async () => {
    assert.equal((await sh('kill -KILL $$')).code, 137);
    assert.equal((await sh('kill -TERM $$')).code, 143);
  });

  it('Ends with 127 for a command that cannot be found and 126 for one that cannot be run', async (t) => {
    const missing = await exec(['no-such-command-here']);
    assert.equal(missing.code, 127);
    assert.match(missing.stderr, /^aluvia-connect: no-such-command-here cannot be found\n$/);
    const path = join(await temporaryFolder(Scope.of(t)), 'plain');
    await writeFile(path, 'text', { mode: 0o644 });
    const plain = await exec([path]);
    assert.equal(plain.code, 126);
    assert.match(plain.stderr, /Permission denied/);
  });

  it('Does not start the command when the proxy cannot start', async (t) => {
    const mark = join(await temporaryFolder(Scope.of(t)), 'started');
    const refused = await sh(`touch ${mark}`, { options: [...sandbox.runOptionsWithoutToken, '--token', 'wrong'] });
    assert.equal(refused.code, 77);
    assert.equal((await sh(`touch ${mark}`, { options: [...options(), '--port', 'x'] })).code, 64);
    assert.equal((await run(aluviaConnect, ['exec', ...options()], { env })).code, 64, 'no command');
    assert.ok(!await exists(mark));
  });

  it('Takes the first word for the command where there is no --', async () => {
    const { code, stdout } = await run(aluviaConnect, ['exec', ...options(), 'echo', '--port', 'x'], { env });
    assert.deepEqual([code, stdout], [0, '--port x\n']);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    it(`Forwards ${signal}, and waits for the command's reaction`, async (t) => {
      const program = new Process(aluviaConnect, ['exec', ...options(), '--', 'sh', '-c',
        `trap 'echo caught; exit 7' ${signal.slice(3)}; echo up; while :; do sleep 0.05; done`], { env });
      Scope.of(t).defer(() => program.stop());
      await program.firstLine();
      program.signal(signal);
      assert.deepEqual(await program.end(), { code: 7, signal: null });
      assert.equal(program.stdout, 'up\ncaught\n');
    });
  }

  it('Leaves nothing behind when the command is killed', async (t) => {
    const program = new Process(aluviaConnect, ['exec', ...options(), '--', 'sh', '-c', 'echo $$ $HTTP_PROXY; exec sleep 1000'], { env });
    Scope.of(t).defer(() => program.stop());
    const [child, url] = (await program.firstLine()).split(' ');
    process.kill(Number(child), 'SIGKILL');
    assert.equal((await program.end()).code, 137);
    assert.ok(!await isRunning(child));
    await assert.rejects(fetch(`${url}/livez`));
    assert.deepEqual((await readdir(join(env.TMPDIR, `aluvia-connect-${process.getuid()}`))).filter((name) => url.endsWith(`:${name.slice(0, -5)}`)), []);
  });

  it('Does not leave the command behind when it is killed itself', async () => {
    const program = new Process(aluviaConnect, ['exec', ...options(), '--', 'sh', '-c', 'echo $$; exec sleep 1000'], { env });
    const child = await program.firstLine();
    assert.ok(await isRunning(child));
    program.signal('SIGKILL');
    await until('the end of the command', async () => !await isRunning(child));
  });

  it('A signal before the proxy is ready ends it with 128 + n, and the command is not started', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope);
    await box.faults({ api: { kind: 'hang' } });
    const mark = join(await temporaryFolder(scope), 'started');
    const program = new Process(aluviaConnect, ['exec', ...box.runOptions, '--', 'touch', mark], { env });
    scope.defer(() => program.stop());
    await until('the first poll', async () => (await box.requests()).polls > 0);
    program.signal('SIGTERM');
    assert.equal((await program.end()).code, 143);
    assert.ok(!await exists(mark));
  });

  it('Passes on inherited descriptors and none that it opened', async () => {
    const { stdout } = await run('sh', ['-c', `exec 9</dev/null; "${aluviaConnect}" exec ${options().map((one) => `'${one}'`).join(' ')} -- sh -c 'ls /proc/$$/fd'`], { env });
    assert.deepEqual(stdout.trim().split('\n').map(Number).filter((number) => number < 9 && number > 2), []);
    assert.ok(stdout.split('\n').includes('9'));
  });

  it('Speaks to the service manager itself and hides it from the command', async () => {
    const env = { NOTIFY_SOCKET: '@no-listener-here', WATCHDOG_USEC: '60000000', LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'x' };
    const { code, stdout, stderr } = await sh('env', { env, options: sandbox.runOptions });
    assert.equal(code, 0, stderr);
    for (const name of Object.keys(env)) assert.ok(!stdout.includes(`${name}=`), name);
    assert.equal(stderr.match(/NOTIFY_SOCKET/g)?.length, 1, `one line about it\n${stderr}`);
  });

  it('Runs a Node script that uses fetch with the variables, and passes its exit status', async (t) => {
    const script = join(await temporaryFolder(Scope.of(t)), 'script.mjs');
    await writeFile(script, `import { EnvHttpProxyAgent, fetch, setGlobalDispatcher } from '${import.meta.resolve('undici')}';
setGlobalDispatcher(new EnvHttpProxyAgent());
const answer = await fetch(process.argv[2]);
console.log(answer.headers.get('x-sandbox-via'));
process.exit(3);`);
    const { code, stdout, stderr } = await exec([process.execPath, script, sandbox.http(PROXIED)]);
    assert.deepEqual([code, stdout], [3, 'gateway\n'], stderr);
  });

  it('Runs a Node script whose fetch uses the proxy, if Node knows NODE_USE_ENV_PROXY', { skip: Number(process.versions.node.split('.')[0]) < 24 && 'Node 24 is the first' }, async (t) => {
    const script = join(await temporaryFolder(Scope.of(t)), 'script.mjs');
    await writeFile(script, `const answer = await fetch(process.argv[2]); console.log(answer.headers.get('x-sandbox-via')); process.exit(3);`);
    const { code, stdout } = await exec([process.execPath, script, sandbox.http(PROXIED)]);
    assert.deepEqual([code, stdout], [3, 'gateway\n']);
  });
});

describe('The ready file', () => {
  it('Holds the URL once the proxy is ready, and is gone when it has ended', async (t) => {
    const scope = Scope.of(t);
    const path = join(await temporaryFolder(scope), 'ready');
    await writeFile(path, 'old');
    const proxy = await Proxy.start(scope, sandbox, ['--ready-file', path], { env });
    assert.equal(await readFile(path, 'utf8'), `${proxy.url}\n`);
    await proxy.process.stop();
    assert.ok(!await exists(path));
  });

  it('A ready file that cannot be written ends the start with 74', async () => {
    const { code, stderr } = await run(aluviaConnect, ['run', ...options(), '--ready-file', '/nonexistent/ready'], { env });
    assert.equal(code, 74);
    assert.match(stderr, /--ready-file: \/nonexistent\/ready cannot be written/);
  });
});

describe('Check', () => {
  it('Validates the options without listening', async () => {
    const good = await run(aluviaConnect, ['check', ...sandbox.runOptions], { env });
    assert.deepEqual([good.code, good.stdout], [0, 'the options are good\n']);
    assert.equal((await run(aluviaConnect, ['check', '--token', 'x', '--port', '70000'], { env })).code, 64);
    assert.equal((await run(aluviaConnect, ['check'], { env })).code, 64, 'no token');
  });

  it('--online asks the API once', async () => {
    const good = await run(aluviaConnect, ['check', '--online', '--json', ...sandbox.runOptions], { env });
    assert.deepEqual([good.code, JSON.parse(good.stdout)], [0, { ok: true, rules: 2 }]);
    const bad = await run(aluviaConnect, ['check', '--online', ...sandbox.runOptionsWithoutToken, '--token', 'wrong'], { env });
    assert.equal(bad.code, 77);
    const unreachable = await run(aluviaConnect, ['check', '--online', '--token', 'x', '--api-base-url', 'http://127.0.0.1:1'], { env });
    assert.equal(unreachable.code, 69);
  });
});
