// Tests another user of the machine who prepares the path where the commands look for the proxy of this user.
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect, launch } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { asStranger, impostor, needsRoot, STRANGER } from './harness/impostor.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const OURS = `aluvia-connect-${process.getuid()}`;

// Every command that looks for a running proxy.
const COMMANDS = [
  ['status'], ['tunnels'], ['rules'], ['rules', 'add', 'x.example'], ['geo'], ['geo', 'de'], ['rotate'], ['refresh'],
  ['explain', 'x.example'], ['wait', '--timeout', '20'], ['stop'], ['healthcheck'], ['env'], ['env', '--shell', 'fish'], ['browser-args'],
];

/** A temporary directory with the mode of /tmp. */
async function sharedFolder(scope) {
  const folder = await temporaryFolder(scope);
  await chmod(folder, 0o1777);
  return folder;
}

/** An attacker's text: it would run a command in a shell, forge a line and control a terminal. */
const evil = (mark) => `http://127.0.0.1:54321'; touch ${mark}; '\nready yes\u001b[2J\n`;

/** Every command, with and without --port, says one line about the other user, exits with 77 and prints nothing else. */
async function expectRefusal(env, port, message) {
  for (const words of COMMANDS) {
    for (const more of [[], ['--port', String(port)]]) {
      const byPort = words[0] === 'healthcheck' && more.length > 0;
      const shown = [...words, ...more].join(' ');
      const { code, stdout, stderr } = await run(aluviaConnect, [...words, ...more], { env });
      assert.equal(code, 77, `${shown}: ${stderr}`);
      assert.equal(stdout, '', shown);
      assert.match(stderr, message, shown);
      assert.equal(stderr.split('\n').length, 2, `${shown}: one line`);
      if (byPort) continue;
      if (words[0] === 'healthcheck') continue;
      const json = await run(aluviaConnect, [...words, ...more, '--json'], { env });
      assert.equal(json.code, 77, shown);
      assert.equal(JSON.parse(json.stdout).error.code, 'not_yours', shown);
    }
  }
}

describe('A directory of another user', { skip: needsRoot, concurrency: true }, () => {
  for (const mode of ['0700', '0755', '1777']) {
    it(`With mode ${mode} and a socket in it is rejected by every command, and the socket gets no request`, async (t) => {
      const scope = Scope.of(t);
      const TMPDIR = await sharedFolder(scope);
      const port = await freePort();
      const mark = join(TMPDIR, 'mark');
      const theirs = await impostor(scope, { folder: join(TMPDIR, OURS), mode, name: `${port}.sock`, body: evil(mark) });
      await expectRefusal({ TMPDIR }, port, new RegExp(`cannot use the folder .*${OURS}: it belongs to user ${STRANGER}.*remove it`));
      for (const shell of ['sh', 'bash']) {
        await run(shell, ['-c', `eval "$('${aluviaConnect}' env)"`], { env: { TMPDIR } });
        assert.ok(!existsSync(mark), 'the text ran in a shell');
      }
      assert.deepEqual(theirs.asked(), []);
    });
  }

  it('Is not used by run and exec: they warn, and serve without a control socket', async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await sharedFolder(scope);
    const folder = join(TMPDIR, OURS);
    await mkdir(folder, { mode: 0o777 });
    await chown(folder, STRANGER, STRANGER);
    const sandbox = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, sandbox, [], { env: { TMPDIR } });
    await until('the warning', () => new RegExp(`commands cannot reach this proxy.*belongs to user ${STRANGER}`).test(proxy.process.stderr));
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
    const child = await run(aluviaConnect, ['exec', ...sandbox.runOptions, '--', 'sh', '-c', 'echo $ALUVIA_PROXY_URL'], { env: { TMPDIR } });
    assert.equal(child.code, 0, child.stderr);
    assert.match(child.stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    assert.match(child.stderr, new RegExp(`belongs to user ${STRANGER}`));
    assert.deepEqual(await readdir(folder), []);
    const probe = await run(aluviaConnect, ['healthcheck', '--port', String(proxy.port)], { env: { TMPDIR } });
    assert.equal(probe.code, 0, `the port that was named answers probes: ${probe.stderr}`);
  });

  it('With a link to a socket of this user is rejected too', async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await sharedFolder(scope);
    const XDG_RUNTIME_DIR = await temporaryFolder(scope);
    const sandbox = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, sandbox, [], { env: { XDG_RUNTIME_DIR } });
    const folder = join(TMPDIR, OURS);
    await mkdir(folder);
    await symlink(join(XDG_RUNTIME_DIR, 'aluvia-connect', `${proxy.port}.sock`), join(folder, `${proxy.port}.sock`));
    await chmod(folder, 0o755);
    await chown(folder, STRANGER, STRANGER);
    await expectRefusal({ TMPDIR }, proxy.port + 1, /belongs to user/);
    assert.ok(proxy.process.running, 'nothing stopped it');
  });

  it('Is detected by a user who may not even read it', async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await sharedFolder(scope);
    await mkdir(join(TMPDIR, `aluvia-connect-${STRANGER}`), { mode: 0o700 });
    const { code, stderr } = await run('setpriv', [...asStranger, aluviaConnect, 'status'], { env: { TMPDIR } });
    assert.equal(code, 77, stderr);
    assert.match(stderr, /it belongs to user 0, not to you/);
  });
});

describe('A directory of this user', { concurrency: true }, () => {
  for (const [what, message, prepare] of [
    ['that others may enter', /other users may enter it \(mode 0755\); chmod 700 it/, (folder) => mkdir(folder).then(() => chmod(folder, 0o755))],
    ['behind a symbolic link', /it is a symbolic link/, async (folder) => {
      await mkdir(`${folder}.real`, { mode: 0o700 });
      await symlink(`${folder}.real`, folder);
    }],
    ['that is a file', /it is not a folder/, (folder) => writeFile(folder, '')],
  ]) {
    it(sentence(`${what} is rejected by every command`), async (t) => {
      const scope = Scope.of(t);
      const TMPDIR = await temporaryFolder(scope);
      await prepare(join(TMPDIR, OURS));
      await expectRefusal({ TMPDIR }, await freePort(), message);
    });
  }

  it('A link in the place of the socket is not followed', async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await temporaryFolder(scope);
    const proxy = await Proxy.start(scope, await Sandbox.start(scope), [], { env: { TMPDIR } });
    const port = await freePort();
    const [socket, link] = [proxy.port, port].map((one) => join(TMPDIR, OURS, `${one}.sock`));
    await rename(socket, join(TMPDIR, 'moved.sock'));
    await symlink(join(TMPDIR, 'moved.sock'), link);
    await expectRefusal({ TMPDIR }, port, /cannot use the socket .*: it is a symbolic link/);
    assert.ok(proxy.process.running);
    await rename(join(TMPDIR, 'moved.sock'), socket);
  });

  it('Another user is protected in the same way, without root', { skip: needsRoot }, async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await sharedFolder(scope);
    const sandbox = await Sandbox.start(scope);
    const proxy = launch(scope, ['run', ...sandbox.runOptions], { env: { TMPDIR }, under: ['setpriv', ...asStranger] });
    const url = await proxy.firstLine();
    const theirs = (...words) => run('setpriv', [...asStranger, aluviaConnect, ...words], { env: { TMPDIR } });
    assert.equal((await theirs('wait')).stdout, `${url}\n`);
    assert.match((await theirs('status')).stdout, /^ready +yes$/m);
    assert.equal((await theirs('stop')).code, 0);
  });
});

describe('Where commands search', { concurrency: true }, () => {
  it('Is not the temporary directory while XDG_RUNTIME_DIR is usable', { skip: needsRoot }, async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await sharedFolder(scope);
    const XDG_RUNTIME_DIR = await temporaryFolder(scope);
    const port = await freePort();
    const theirs = await impostor(scope, { folder: join(TMPDIR, OURS), mode: '0755', name: `${port}.sock`, body: 'x' });
    const env = { TMPDIR, XDG_RUNTIME_DIR };
    for (const words of [['status'], ['env', '--port', String(port)]]) {
      const { code, stderr } = await run(aluviaConnect, words, { env });
      assert.equal(code, 69, stderr);
      assert.match(stderr, /no proxy of yours/);
    }
    const proxy = await Proxy.start(scope, await Sandbox.start(scope), [], { env });
    assert.equal((await run(aluviaConnect, ['wait'], { env })).stdout, `${proxy.url}\n`);
    assert.deepEqual(theirs.asked(), []);
  });

  for (const [what, prepare] of [
    ['is missing', () => {}],
    ['is a file', (path) => writeFile(path, '')],
    ['belongs to another user', async (path) => {
      await mkdir(path, { mode: 0o777 });
      await chown(path, STRANGER, STRANGER);
    }],
  ]) {
    it(`Is the temporary directory where XDG_RUNTIME_DIR ${what}`, { skip: what.includes('another') && needsRoot }, async (t) => {
      const scope = Scope.of(t);
      const TMPDIR = await temporaryFolder(scope);
      const XDG_RUNTIME_DIR = join(TMPDIR, 'runtime');
      await prepare(XDG_RUNTIME_DIR);
      const env = { TMPDIR, XDG_RUNTIME_DIR };
      const proxy = await Proxy.start(scope, await Sandbox.start(scope), [], { env });
      assert.deepEqual(await readdir(join(TMPDIR, OURS)), [`${proxy.port}.sock`]);
      assert.equal((await run(aluviaConnect, ['wait'], { env })).stdout, `${proxy.url}\n`);
    });
  }
});

describe('The URL in an answer', { concurrency: true }, () => {
  it('Is used only where it is exactly the URL of a proxy on that port', async (t) => {
    const scope = Scope.of(t);
    const port = await freePort();
    const mark = join(await temporaryFolder(scope), 'mark');
    for (const url of [
      evil(mark), '', '\n', `http://127.0.0.1:${port}`, `http://127.0.0.1:${port}\nmore\n`, `http://127.0.0.1:${port}/\n`,
      `http://127.0.0.1:${port + 1}\n`, `http://127.0.0.1:0${port}\n`, `http://evil.example:${port}\n`, `https://127.0.0.1:${port}\n`,
      `http://127.1:${port}\n`, `http://[::1%25lo]:${port}\n`, `http://a:b'c@127.0.0.1:${port}\n`, `http://a:%zz@127.0.0.1:${port}\n`,
      `http://a@b:c@127.0.0.1:${port}\n`, `http://a:$(touch ${mark})@127.0.0.1:${port}\n`, `http://127.0.0.1:${port}\r\n`, `http://127.0.0.1:${port} \n`,
    ]) {
      const one = new Scope();
      try {
        const TMPDIR = await temporaryFolder(one);
        await impostor(one, { folder: join(TMPDIR, OURS), mode: '0700', name: `${port}.sock`, body: url, stranger: false });
        for (const words of [['env'], ['env', '--shell', 'tcsh'], ['env', '--json'], ['browser-args'], ['wait', '--timeout', '20']]) {
          const { code, stdout, stderr } = await run(aluviaConnect, words, { env: { TMPDIR } });
          assert.equal(code, 76, `${words.join(' ')}: ${JSON.stringify(url)}: ${stdout}`);
          if (!words.includes('--json')) assert.equal(stdout, '');
          assert.ok(!`${stdout}${stderr}`.includes('evil'), 'no word of the answer is repeated');
          assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
        }
      } finally {
        await one.close();
      }
    }
    assert.ok(!existsSync(mark));
  });

  it('With special characters in the password is the same in every installed shell', async (t) => {
    const scope = Scope.of(t);
    const TMPDIR = await temporaryFolder(scope);
    const password = "p'w\"$(id)`id`\\!~ %41;&|";
    const proxy = await Proxy.start(scope, await Sandbox.start(scope), ['--proxy-auth', `us-er:${password}`], { env: { TMPDIR } });
    const encoded = encodeURIComponent(password).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    const expected = proxy.url.replace('//', `//us-er:${encoded}@`);
    for (const shell of ['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh', 'tcsh']) {
      if ((await run('sh', ['-c', `command -v ${shell}`])).code !== 0) continue;
      const evaluate = { fish: `eval (${aluviaConnect} env --shell fish | string collect)`, tcsh: `eval \`${aluviaConnect} env --shell tcsh\`` };
      const script = `${evaluate[shell] ?? `eval "$(${aluviaConnect} env --shell ${shell})"`}; printenv HTTPS_PROXY`;
      const { stdout, stderr } = await run(shell, ['-c', script], { env: { TMPDIR, HOME: TMPDIR } });
      assert.equal(stdout, `${expected}\n`, `${shell}: ${stderr}`);
    }
  });
});
