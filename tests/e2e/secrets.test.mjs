// Tests that no secret appears in anything that the program prints, shows or leaves behind.
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { Process, run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const TOKEN = 'tok-3f9c2b7e6a1d';
const GATEWAY = { proxy_username: 'gw-user-9a8b7c', proxy_password: 'gw-pass-6d5e4f' };
const AUTH = 'agent-1b2c:client-pass-3d4e';

const base64 = (text) => Buffer.from(text).toString('base64').replace(/=+$/, '');
const SECRETS = {
  'the token': [TOKEN, base64(TOKEN)],
  'the gateway\'s credentials': [...Object.values(GATEWAY), base64(Object.values(GATEWAY).join(':'))],
  'the clients\' credentials': [AUTH.split(':')[1], base64(AUTH)],
};

function assertSecretFree(what, text) {
  for (const [name, spellings] of Object.entries(SECRETS)) {
    for (const one of spellings) assert.ok(!text.includes(one), `${what} shows ${name}:\n${text.slice(0, 2000)}`);
  }
}

describe('The secrets', () => {
  it('Appear in nothing that is printed, logged, sent or shown by the system', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope, { args: ['--token', TOKEN] });
    await box.user(GATEWAY);
    const folder = await temporaryFolder(scope);
    const env = { TMPDIR: folder };
    const proxy = await Proxy.startWith(scope, ['--token', TOKEN, `--proxy-auth=${AUTH}`, ...box.runOptionsWithoutToken, '--log-level', 'debug',
      '--ready-file', join(folder, 'ready'), '--poll-interval', '1000'], { env });
    const seen = {};
    const user = ['--proxy-user', AUTH];

    const good = await curl(proxy, [...user, box.http(PROXIED)]);
    assert.equal(good.via, 'gateway', 'the secrets are in use');
    await curl(proxy, [...user, '-k', box.https(PROXIED)]);
    await curl(proxy, [...user, box.http(DIRECT)]);
    const errors = [];
    for (const args of [[box.http(DIRECT)], ['--proxy-user', `${AUTH}x`, box.http(DIRECT)], [...user, 'http://127.0.0.1:1/'],
      [...user, 'http://169.254.169.254/'], [...user, '-p', 'http://127.0.0.1:1/'], [...user, '-H', 'Bad Field: x', box.http(DIRECT)]]) {
      const got = await curl(proxy, args);
      errors.push(got.head, got.body);
    }
    await box.faults({ gateway: { kind: 'status', status: 407 } });
    const refused = await curl(proxy, [...user, box.http(PROXIED)]);
    assert.ok(refused.status >= 500, `${refused.status}`);
    errors.push(refused.head, refused.body, (await curl(proxy, [...user, '-k', box.https(PROXIED)])).head);
    await box.faults({ api: { kind: 'status', status: 401, body: `{"error":"${'no'}"}` } });
    proxy.process.signal('SIGHUP');
    await until('the refusal of the token', () => proxy.process.stderr.includes('refuse'));
    seen['an error'] = errors.join('\n');

    const authorization = `Basic ${Buffer.from(AUTH).toString('base64')}`;
    for (const path of ['/', '/status', '/tunnels', '/metrics', '/proxy.pac', '/livez', '/readyz', '/startupz', '/nothing']) {
      for (const headers of [{}, { authorization }]) {
        const answer = await fetch(`${proxy.url}${path}`, { headers });
        seen[`${path} ${Object.keys(headers)}`] = `${JSON.stringify([...answer.headers])}${await answer.text()}`;
      }
    }
    for (const command of [['status'], ['status', '--json'], ['tunnels', '--json'], ['rules', '--json'], ['geo', '--json'], ['explain', PROXIED],
      ['refresh', '--json'], ['wait'], ['browser-args'], ['rules', 'add', 'x.example']]) {
      const { stdout, stderr } = await run(aluviaConnect, [...command, '--port', String(proxy.port)], { env });
      seen[command.join(' ')] = stdout + stderr;
    }
    for (const name of ['cmdline', 'environ', 'status', 'comm']) seen[`/proc/PID/${name}`] = await readFile(`/proc/${proxy.process.pid}/${name}`, 'latin1');
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if ((await stat(path)).isFile()) seen[`the file ${name}`] = await readFile(path, 'latin1');
    }
    await proxy.process.stop();
    seen.stdout = proxy.process.stdout;
    seen.stderr = proxy.process.stderr;
    assert.ok(seen.stderr.length > 1000 && seen['/metrics authorization'].length > 1000, 'there is something to look at');
    for (const [what, text] of Object.entries(seen)) assertSecretFree(what, text);
  });

  it('Are not in the environment of the command of exec, except the client\'s own', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope, { args: ['--token', TOKEN] });
    await box.user(GATEWAY);
    const env = { TMPDIR: await temporaryFolder(scope), ALUVIA_TOKEN: TOKEN, ALV_USER_TOKEN: TOKEN, ALUVIA_PROXY_AUTH: AUTH,
      ALUVIA_TOKEN_FILE: '/nowhere/token' };
    const { code, stdout, stderr } = await run(aluviaConnect, ['exec', ...box.runOptionsWithoutToken, '--log-level', 'debug', '--',
      'sh', '-c', 'tr "\\0" "\\n" < /proc/self/environ; echo; tr "\\0" " " < /proc/$PPID/cmdline'], { env });
    assert.equal(code, 0, stderr);
    assertSecretFree('stderr', stderr);
    assert.match(stdout, /^HTTP_PROXY=http:\/\/agent-1b2c:client-pass-3d4e@127\.0\.0\.1:\d+$/m);
    const [username, password] = AUTH.split(':');
    const rest = stdout.replaceAll(`${AUTH}@`, '').replace(`\nALUVIA_PROXY_USERNAME=${username}\n`, '\n')
      .replace(`\nALUVIA_PROXY_PASSWORD=${password}\n`, '\n');
    assertSecretFree('the rest of the environment', rest);
    assert.match(stdout, /^ALUVIA_TOKEN_FILE=\/nowhere\/token$/m, 'a path is no secret, and tells the command nothing that it could not find');
    for (const name of ['ALUVIA_TOKEN=', 'ALV_USER_TOKEN=', 'ALUVIA_PROXY_AUTH=']) assert.ok(!stdout.includes(name), name);
  });

  it('Are removed from the text of an API that repeats them', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope, { args: ['--token', TOKEN] });
    await box.user(GATEWAY);
    const env = { TMPDIR: await temporaryFolder(scope) };
    const proxy = await Proxy.startWith(scope, ['--token', TOKEN, ...box.runOptionsWithoutToken, '--log-level', 'debug', '--poll-interval', '600000'], { env });
    const seen = [];
    const command = async (...words) => {
      const { stdout, stderr } = await run(aluviaConnect, words, { env });
      seen.push(stdout, stderr);
    };
    for (const [status, words] of [[422, `no user with ${TOKEN} of ${GATEWAY.proxy_password}`], [422, `${TOKEN.slice(0, 10)}... is bad`], [402, TOKEN], [404, TOKEN], [500, TOKEN]]) {
      const error = { code: 'oops', message: words, claim_url: `https://pay.example/?token=${TOKEN}` };
      await box.faults({ api: { kind: 'status', status, body: JSON.stringify({ success: false, error }) } });
      for (const words of [['rules', 'add', 'x.example'], ['rules', 'add', 'x.example', '--json'], ['refresh'], ['status'], ['status', '--json']]) await command(...words);
      // A start knows the token only.
      const start = await run(aluviaConnect, ['run', '--token', TOKEN, ...box.runOptionsWithoutToken], { env });
      seen.push(start.stderr.replaceAll(GATEWAY.proxy_password, ''));
    }
    await box.faults({});
    assert.match(seen.join('\n'), /no user with \[removed\] of/);
    for (const text of [...seen, proxy.process.stderr]) {
      assertSecretFree('an answer of the API', text);
      assert.ok(!text.includes(TOKEN.slice(0, 8)), text);
    }
  });

  it('Are not repeated if a configuration or token file is wrong, or mistaken for the other', async (t) => {
    const folder = await temporaryFolder(Scope.of(t));
    let number = 0;
    const file = async (text) => {
      const path = join(folder, `file${++number}`);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    };
    const CONFIGURATIONS = [TOKEN, `${TOKEN}\n`, `token: ${TOKEN}\n`, `token ${TOKEN}\n`, `tokn = ${TOKEN}\n`, `${TOKEN} = x\n`, `[${TOKEN}]\n`, `token = "${TOKEN}\n`,
      `port = ${TOKEN}\n`, `token = ${TOKEN}, ${TOKEN}\n`, `rule = "${TOKEN} x"\n`, `allow-from = ${TOKEN}\n`, `host = ${TOKEN}\n`, `proxy-auth = ${TOKEN}\n`, `gateway-host = "${TOKEN} x"\n`];
    for (const text of CONFIGURATIONS) {
      const path = await file(text);
      for (const command of ['run', 'check', 'exec']) {
        const { code, stdout, stderr } = await run(aluviaConnect, [command, '--token', 'another-one', '--config', path, ...(command === 'exec' ? ['--', 'true'] : [])]);
        assert.equal(code, 64, `${command} ${text}`);
        assertSecretFree(text, stdout + stderr);
        assert.ok(!`${stdout}${stderr}`.includes(TOKEN.slice(4)), stderr);
        assert.match(stderr, /file\d+:1\b/, `file and line: ${stderr}`);
      }
    }
    for (const args of [['--token-file', await file(`token = ${TOKEN}\n`)], ['--token-file', TOKEN]]) {
      const { code, stdout, stderr } = await run(aluviaConnect, ['run', ...args]);
      assert.equal(code, 64);
      assertSecretFree(args[1], stdout + stderr);
    }
  });

  it('Get a warning in a file that every user may read', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope, { args: ['--token', TOKEN] });
    const folder = await temporaryFolder(scope);
    const [token, config] = [join(folder, 'token'), join(folder, 'config')];
    await writeFile(token, TOKEN);
    await writeFile(config, 'poll-interval = 600000\n');
    await Promise.all([chmod(token, 0o644), chmod(config, 0o644)]);
    const start = async () => {
      const proxy = await Proxy.startWith(scope, ['--token-file', token, '--config', config, ...box.runOptionsWithoutToken], { env: { TMPDIR: folder } });
      await proxy.process.stop();
      return proxy.process.stderr;
    };
    const warned = await start();
    for (const path of [token, config]) assert.match(warned, new RegExp(`warn +every user of this machine may read ${path}; chmod 600 it`));
    await Promise.all([chmod(token, 0o600), chmod(config, 0o640)]);
    assert.doesNotMatch(await start(), /may read/);
  });

  it('Are not printed if an option is wrong', async () => {
    for (const args of [['--token', TOKEN, '--proxy-auth', AUTH.replace(':', '-')], ['--proxy-auth', AUTH, '--port', 'x', '--token', TOKEN],
      ['--token', TOKEN, AUTH], [`--proxy_auth=${AUTH}`]]) {
      const { code, stdout, stderr } = await run(aluviaConnect, ['run', ...args]);
      assert.equal(code, 64);
      assertSecretFree(args[0], stdout + stderr);
    }
  });
});

// As a user who is not root, so that the owner of /proc/PID tells whether it can be traced: root's, where not.
const OTHER_USER = 65534;
const asOtherUser = ['--reuid', String(OTHER_USER), '--regid', String(OTHER_USER), '--clear-groups', '--pdeathsig', 'KILL'];
const limitOf = async (pid) => /^Max core file size +(\S+)/m.exec(await readFile(`/proc/${pid}/limits`, 'utf8'))[1];
const ownerOf = async (pid) => (await stat(`/proc/${pid}/fd`)).uid;

describe('The process', () => {
  const start = async (t, args, command = 'run') => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope);
    const program = new Process('setpriv', [...asOtherUser, aluviaConnect, command, ...box.runOptions, ...args]);
    scope.defer(() => program.stop());
    return { program, box };
  };
  const skip = (t) => process.getuid() !== 0 && (t.skip('only root can start it as another user'), true);

  it('Cannot be traced and dumps no core, also without root, and works and logs as usual', async (t) => {
    if (skip(t)) return;
    const { program, box } = await start(t, ['--log-level', 'debug']);
    const url = await program.firstLine();
    assert.equal(await ownerOf(program.pid), 0);
    assert.equal(await limitOf(program.pid), '0');
    assert.equal((await curl({ url }, [box.http(PROXIED)])).via, 'gateway');
    assert.equal((await curl({ url }, ['-p', box.http(DIRECT, '/bytes/3000000')])).bodyBytes.length, 3_000_000);
    assert.match(program.stderr, /listening on/);
  });

  it('May be traced with --core-dumps', async (t) => {
    if (skip(t)) return;
    const { program } = await start(t, ['--core-dumps']);
    await program.firstLine();
    assert.equal(await ownerOf(program.pid), OTHER_USER);
  });

  it('Of the command of exec is an ordinary one, with its original limits', async (t) => {
    if (skip(t)) return;
    const own = await limitOf(process.pid);
    const { program } = await start(t, ['--log-level', 'silent', '--', 'sh', '-c', 'stat -c %u /proc/$$/fd; grep core /proc/$$/limits'], 'exec');
    assert.equal((await program.end()).code, 0);
    const [uid, limits] = program.stdout.split('\n');
    assert.equal(uid, String(OTHER_USER));
    assert.equal(/^Max core file size +(\S+)/.exec(limits)[1], own);
  });
});
