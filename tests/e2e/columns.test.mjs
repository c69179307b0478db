// Tests what commands and errors print on a terminal of 80 columns, and that colors come there and nowhere else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';

// Runs a command on a pseudo terminal of argv[1] columns, and prints what it shows.
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b''
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
`;

const COLUMNS = 80;
// eslint-disable-next-line no-control-regex
const COLORS = /\u001b\[[0-9;]*m/g;

/** A proxy with a short history, and a function that runs commands on a terminal. */
async function start(t) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  const env = { TMPDIR: await temporaryFolder(scope) };
  const proxy = await Proxy.start(scope, sandbox, [], { env });
  const show = async (args, more = {}) => {
    const { stdout, stderr } = await run('python3', ['-c', TERMINAL, String(COLUMNS), aluviaConnect, ...args], { env: { TERM: 'xterm', ...env, ...more } });
    assert.equal(stderr, '');
    return stdout.replaceAll('\r\n', '\n');
  };
  return { sandbox, proxy, env, show };
}

/** Lines that are too long, except for a single word, such as a path, which cannot be broken. */
const tooLong = (text) => text.replaceAll(COLORS, '').split('\n').filter((line) => [...line].length > COLUMNS && !/^\s*\S+$/.test(line));

const LONG_RULES = Array.from({ length: 9 }, (_, i) => `rule-number-${i}.a-shop.example`);

describe('On a terminal of 80 columns', () => {
  it('The answers of commands fit', async (t) => {
    const { sandbox, show } = await start(t);
    for (const args of [['status'], ['list'], ['rules', 'add', ...LONG_RULES], ['rules'], ['rules', 'set', ...LONG_RULES], ['geo', 'us-ca'], ['rotate'],
      ['explain', PROXIED], ['explain', 'http://169.254.169.254/'], ['refresh'], ['tunnels'], ['log'], ['rules', 'clear'], ['stop', '--help'],
      ['check', '--print', '--online', ...sandbox.runOptions, '--rule', LONG_RULES[0], '--rule', LONG_RULES[1], '--rule', LONG_RULES[2]]]) {
      const text = await show(args);
      assert.deepEqual(tooLong(text), [], args.join(' '));
      assert.doesNotMatch(text, /aluvia-connect:/, args.join(' '));
    }
  });

  it('Errors fit, and keep a command that they name on one line', async (t) => {
    const { sandbox, proxy, show } = await start(t);
    const inUse = await show(['run', ...sandbox.runOptions, '--port', String(proxy.port)]);
    assert.ok(inUse.includes(`aluvia-connect stop --port ${proxy.port}`), inUse);
    for (const args of [['statsu'], ['--prot', '1'], ['--port', '99999'], ['run', '--token', 'wrong', '--api-base-url', sandbox.api], ['run'],
      ['status', '--port', '1'], ['exec'], ['run', '--token', 't', '--host', '0.0.0.0'], ['rules', 'change']]) {
      const text = await show(args);
      assert.match(text.replaceAll(COLORS, ''), /^aluvia-connect: /, args.join(' '));
      assert.deepEqual(tooLong(text), [], args.join(' '));
    }
    assert.deepEqual(tooLong(inUse), []);
  });
});

describe('Colors', () => {
  const ESCAPE = '\u001b';

  it('Show states, routes and changes of an answer on a terminal', async (t) => {
    const { sandbox, show } = await start(t);
    assert.match(await show(['status']), /^ready +\u001b\[32myes\u001b\[0m$/m);
    assert.match(await show(['rules', 'add', 'cart.test']), /^\u001b\[32mAdded\u001b\[0m cart\.test \(/);
    assert.match(await show(['rules']), /\u001b\[35mcart\.test\u001b\[0m$/m);
    assert.match(await show(['explain', 'cart.test']), /: \u001b\[35mgateway\u001b\[0m \(/);
    assert.match(await show(['list']), /^\u001b\[1mPORT /);
    const values = await show(['check', '--print', ...sandbox.runOptions]);
    assert.match(values, /^\u001b\[1mtoken\u001b\[0m/);
    assert.match(values, /\u001b\[2mdefault\u001b\[0m/);
    assert.match(values, /^\u001b\[32mthe options are good\u001b\[0m$/m);
  });

  it('Come with --color always without a terminal, and not with NO_COLOR or --color never, nor in a pipe', async (t) => {
    const { sandbox, env, show } = await start(t);
    for (const args of [['status'], ['list'], ['rules'], ['check', '--print', ...sandbox.runOptions], ['statsu']]) {
      assert.ok((await show(args)).includes(ESCAPE), args.join(' '));
      assert.ok(!(await show(args, { NO_COLOR: '1' })).includes(ESCAPE), args.join(' '));
      const never = await show([...args, '--color', 'never']);
      assert.ok(!never.includes(ESCAPE) && never.startsWith('aluvia-connect:') === (args[0] === 'statsu'), never);
      const piped = await run(aluviaConnect, args, { env: { TERM: 'xterm', ...env } });
      assert.ok(!(piped.stdout + piped.stderr).includes(ESCAPE), args.join(' '));
    }
    assert.ok((await run(aluviaConnect, ['status', '--color', 'always'], { env })).stdout.includes(ESCAPE));
  });
});
