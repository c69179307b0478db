// Tests --exit-with-parent: no proxy stays behind when the program that started it is gone, however it went.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { isRunning, Process } from './harness/process.mjs';
import { Sandbox } from './harness/sandbox.mjs';
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

const quoted = (words) => words.map((word) => `'${word}'`).join(' ');

describe('--exit-with-parent', { concurrency: true }, () => {
  it('Stops in order, with status 0, when stdin ends', async (t) => {
    const program = new Process(aluviaConnect, ['run', ...sandbox.runOptions, '--exit-with-parent'], { env });
    Scope.of(t).defer(() => program.stop());
    await program.firstLine();
    program.child.stdin.end();
    assert.deepEqual(await program.end(), { code: 0, signal: null });
    assert.match(program.stderr, /stopping: stdin has ended/);
    assert.match(program.stderr, /stopped: /);
  });

  it('Stops while it still waits for the API', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope);
    await box.faults({ api: { kind: 'hang' } });
    const program = new Process(aluviaConnect, ['run', ...box.runOptions, '--exit-with-parent'], { env });
    scope.defer(() => program.stop());
    await until('the first poll', async () => (await box.requests()).polls > 0);
    program.child.stdin.end();
    assert.equal((await program.end()).code, 0);
  });

  for (const stdin of ['/dev/null', 'the pipe of its parent']) {
    it(`Stops when its parent is killed, with ${stdin} as stdin`, async (t) => {
      const redirection = stdin === '/dev/null' ? '</dev/null' : '<&3';
      const parent = spawn('sh', ['-c', `exec 3<&0; ${quoted([aluviaConnect, 'run', ...sandbox.runOptions, '--exit-with-parent'])} ${redirection} & echo $!; wait`],
        { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
      Scope.of(t).defer(() => parent.kill('SIGKILL'));
      let out = '';
      parent.stdout.on('data', (bytes) => { out += bytes; });
      await until('its pid and its URL', () => /^\d+\nhttp:/m.test(out) || out.split('\n').length > 2);
      const pid = Number(out.split('\n').find((line) => /^\d+$/.test(line)));
      assert.ok(await isRunning(pid));
      parent.kill('SIGKILL');
      await until('the end of the proxy', async () => !await isRunning(pid));
    });
  }

  it('Without it, neither ends the proxy', async (t) => {
    const program = new Process(aluviaConnect, ['run', ...sandbox.runOptions], { env });
    Scope.of(t).defer(() => program.stop());
    const url = await program.firstLine();
    program.child.stdin.end();
    for (let i = 0; i < 3; ++i) assert.equal((await fetch(`${url}/livez`)).status, 200);
    assert.ok(program.running);
  });

  it('With /dev/null as stdin, which has ended from the start, the proxy runs as long as its parent', async (t) => {
    const parent = new Process('sh', ['-c', `exec 4<&0; ${quoted([aluviaConnect, 'run', ...sandbox.runOptions, '--exit-with-parent'])} </dev/null & read line <&4`], { env });
    Scope.of(t).defer(() => parent.stop());
    const url = await parent.firstLine();
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    parent.child.stdin.end('go\n');
    await parent.end();
    await until('the end of the proxy', () => fetch(`${url}/livez`).then(() => false, () => true));
  });

  it('exec ends its command when its parent is killed, and leaves stdin to it', async (t) => {
    const parent = spawn('sh', ['-c', `exec 3<&0; ${quoted([aluviaConnect, 'exec', ...sandbox.runOptions, '--exit-with-parent', '--', 'sh', '-c', 'echo $$; read line; echo got $line; exec sleep 1000'])} <&3 & wait`],
      { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    Scope.of(t).defer(() => parent.kill('SIGKILL'));
    let out = '';
    parent.stdout.on('data', (bytes) => { out += bytes; });
    parent.stdin.end('input\n');
    await until('its input', () => /got input/.test(out));
    const pid = Number(out.split('\n')[0]);
    parent.kill('SIGKILL');
    await until('the end of the command', async () => !await isRunning(pid));
  });
});
