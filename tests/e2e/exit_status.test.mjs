// Provokes every exit status that the help of a command lists (but 70, a bug), and checks that none is missing in that list.
import assert from 'node:assert/strict';
import { chmod, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { readDocument, rows, section } from './harness/markdown.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { serve, temporaryFolder } from './harness/temp.mjs';

const STARTING = ['run', 'exec', 'try', 'check', 'sandbox'];
const CHANGING = { rules: ['rules', 'add', 'a.test'], geo: ['geo', 'us-ny'], rotate: ['rotate'], refresh: ['refresh'] };
const ASKING = {
  policy: ['policy'],
  status: ['status'], tunnels: ['tunnels'], top: ['top'], log: ['log'], usage: ['usage'], explain: ['explain', 'a.test'], blocked: ['blocked', 'http://a.test/'], wait: ['wait', '--timeout', '0'], healthcheck: ['healthcheck'],
  env: ['env'], 'browser-args': ['browser-args'], stop: ['stop'], ...CHANGING,
};
const OTHERS = { list: ['list'], mcp: ['mcp'], presets: ['presets'], completion: ['completion', 'bash'], help: ['help'], version: ['version'] };

/** The statuses that `COMMAND --help` lists. */
async function listed(command) {
  const { stdout } = await run(aluviaConnect, [command, '--help']);
  return [...stdout.split('Exit status:')[1].split('\n\n')[0].matchAll(/^ {2}(\d+|else) /gm)].map(([, status]) => status);
}

const commandsOfHelp = async () => [...(await run(aluviaConnect, ['--help'])).stdout.split('\nExamples:')[0].matchAll(/^ {2}([a-z][a-z-]+) /gm)]
  .map(([, name]) => name);

// A message for `mcp`, which prints answers only; other commands do not read it.
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
const toFull = (words, env) => run('sh', ['-c', '"$@" >/dev/full', 'sh', aluviaConnect, ...words], { env, input: PING });

/** Folders of its own, a sandbox, and what a start needs. */
async function fixture(t) {
  const scope = Scope.of(t);
  const env = { XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) };
  const sandbox = await Sandbox.start(scope);
  const seen = {};
  /** Runs a command and notes its status. */
  const notes = async (status, command, ended) => {
    const { code, stderr } = await ended;
    assert.equal(code, status, `${command}: ${stderr}`);
    (seen[command] ??= new Set()).add(String(status));
  };
  return { scope, env, sandbox, seen, notes, words: (...all) => run(aluviaConnect, all, { env }) };
}

const withCommand = (command, options, words = ['true']) => [command, ...options, ...(command === 'run' || command === 'check' ? [] : ['--', ...words])];

/** 0, 64, 73, 74, 126 and 127 of the commands that start something. */
async function start(t, { scope, env, sandbox, notes, words }) {
  const good = [...sandbox.runOptions, '--log-level', 'silent'];
  const optionsOf = { try: ['--port', '0'], exec: good, run: good, check: good };
  const taken = String(await serve(scope, createServer()));
  await notes(0, 'check', words('check', ...good));
  for (const command of ['exec', 'try']) {
    await notes(0, command, words(...withCommand(command, optionsOf[command])));
    await notes(126, command, words(...withCommand(command, optionsOf[command], ['/etc/passwd'])));
    await notes(127, command, words(...withCommand(command, optionsOf[command], ['no-such-command'])));
    assert.equal((await words(...withCommand(command, optionsOf[command], ['sh', '-c', 'exit 42']))).code, 42);
  }
  for (const command of ['run', 'exec', 'try']) {
    const options = optionsOf[command].filter((one, index, all) => command !== 'try' || (one !== '--port' && all[index - 1] !== '--port'));
    await notes(73, command, words(...withCommand(command, [...options, '--port', taken])));
    await notes(74, command, words(...withCommand(command, [...options, '--port', '0', '--ready-file', '/nonexistent/ready'])));
  }
  for (const command of STARTING) await notes(64, command, words(command, '--nonsense'));
  await notes(73, 'sandbox', words('sandbox', '--api-port', taken));
  await notes(74, 'sandbox', toFull(['sandbox'], env));
  await notes(74, 'check', toFull(['check', ...good], env));
  for (const command of ['run', 'sandbox']) {
    const stopped = run('timeout', ['-s', 'TERM', '2', aluviaConnect, command, ...(command === 'run' ? good : [])], { env });
    assert.equal((await stopped).code, 124, 'timeout has stopped it');
    await notes(0, command, run('sh', ['-c', '"$@" >"$OUT" & p=$!; while ! [ -s "$OUT" ]; do :; done; kill $p; wait $p', 'sh', aluviaConnect, command,
      ...(command === 'run' ? good : [])], { env: { ...env, OUT: join(env.TMPDIR, `out-${command}`) } }));
  }
}

/** 69, 76 and 77 of a start, by the API. */
async function startWithoutApi({ sandbox, notes, words }) {
  const faults = [[{ kind: 'status', status: 401, body: '{}' }, 77], [{ kind: 'reset' }, 69], [{ kind: 'status', status: 200, body: 'nonsense' }, 76]];
  for (const [fault, status] of faults) {
    await sandbox.faults({ api: fault });
    for (const command of ['run', 'exec']) await notes(status, command, words(...withCommand(command, sandbox.runOptions)));
    await notes(status, 'check', words('check', '--online', ...sandbox.runOptions));
  }
  await sandbox.faults({});
}

/** Those of commands that ask or change a running proxy. */
async function ask({ scope, env, sandbox, notes, words }) {
  for (const [command, line] of Object.entries(ASKING)) {
    await notes(64, command, words(command, '--nonsense'));
    await notes(69, command, words(...line));
  }
  await mkdir(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'), { recursive: true });
  await chmod(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'), 0o755);
  for (const [command, line] of Object.entries(ASKING)) await notes(77, command, words(...line));
  await chmod(join(env.XDG_RUNTIME_DIR, 'aluvia-connect'), 0o700);
  await Proxy.start(scope, sandbox, ['--poll-interval', '600000'], { env });
  const faults = [[{ kind: 'status', status: 401, body: '{}' }, 77], [{ kind: 'reset' }, 69], [{ kind: 'status', status: 200, body: 'nonsense' }, 76]];
  for (const [fault, status] of faults) {
    await sandbox.faults({ api: fault });
    for (const [command, line] of Object.entries(CHANGING)) await notes(status, command, words(...line));
  }
  await sandbox.faults({});
  await words('refresh');
  for (const [command, line] of Object.entries(ASKING).filter(([command]) => command !== 'stop')) {
    await notes(0, command, words(...line));
    if (command !== 'healthcheck') await notes(74, command, toFull(line, env));
  }
  await notes(74, 'stop', toFull(['stop'], env));
  await Proxy.start(scope, sandbox, [], { env });
  await notes(0, 'stop', words('stop'));
}

/** A proxy that answers with another text than its URL: another program of this user on the socket. */
async function askImpostor({ scope, env, notes, words }) {
  const impostor = createServer((socket) => socket.on('error', () => {}).once('data', (bytes) => {
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${/ \/readyz /.test(bytes) ? 'ready' : 'echo nonsense'}\n`);
  }));
  const path = join(env.XDG_RUNTIME_DIR, 'aluvia-connect', '5.sock');
  await new Promise((resolve) => impostor.listen(path, resolve));
  await chmod(path, 0o600);
  scope.defer(() => new Promise((resolve) => impostor.close(resolve)));
  for (const command of ['wait', 'env', 'browser-args', 'top', 'log']) await notes(76, command, words(command, '--port', '5'));
}

describe('Exit statuses', () => {
  it('Of each command are those of its help, each of them provoked', async (t) => {
    const all = await fixture(t);
    const { seen, notes, words, env } = all;
    await start(t, all);
    await startWithoutApi(all);
    await ask(all);
    await askImpostor(all);
    const commands = await commandsOfHelp();
    for (const [command, line] of Object.entries(OTHERS).filter(([command]) => commands.includes(command))) {
      await notes(0, command, words(...line));
      await notes(74, command, toFull(line, env));
      await notes(64, command, words(command, command === 'help' ? 'nonsense' : '--nonsense'));
    }
    for (const command of commands.filter((one) => one !== 'help' && one !== 'version')) {
      const expected = (await listed(command)).filter((status) => status !== '70' && status !== 'else');
      assert.deepEqual([...seen[command] ?? []].sort(), [...new Set(expected)].sort(), command);
    }
  });

  it('Are one table in the documents and in the program', async () => {
    const { stdout } = await run(aluviaConnect, ['help', 'exit-status']);
    const lines = stdout.replace(/\n {7}/g, ' ');
    const shown = [...lines.matchAll(/^ {2}(\d+|else) +([^:\n]+): (.*)$/gm)].map(([, ...cells]) => cells);
    assert.ok(shown.length > 10, stdout);
    const written = rows(section(await readDocument('docs/troubleshooting.md'), 'Exit statuses'));
    assert.deepEqual(written.map((cells) => cells.map((cell) => cell.replaceAll('`', ''))), shown);
  });
});
