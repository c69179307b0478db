// Tests the commands that watch a running proxy: top, log and tunnels --watch, with a terminal and without one.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { Process, run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

// Runs a command on a pseudo terminal. When it shows argv[1], sends it the key argv[2], or the signal of that number. Prints its exit status,
// whether the terminal is as before (canonical, with echo), and all bytes.
const TERMINAL = `
import fcntl, os, re, struct, subprocess, sys, termios
fd, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 100, 0, 0))
child, seen = subprocess.Popen(sys.argv[3:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True), b''
while not re.search(sys.argv[1].encode(), seen):
    seen += os.read(fd, 65536)
if sys.argv[2].isdigit():
    child.send_signal(int(sys.argv[2]))
else:
    os.write(fd, sys.argv[2].encode())
status = child.wait()
os.set_blocking(fd, False)
try:
    while True:
        seen += os.read(fd, 65536)
except BlockingIOError:
    pass
flags = termios.tcgetattr(slave)[3]
print(status, bool(flags & termios.ICANON and flags & termios.ECHO))
sys.stdout.flush()
sys.stdout.buffer.write(seen)
`;

const file = new Scope();
let sandbox;
let proxy;
let env;
let script;

beforeAll(async () => {
  env = { TMPDIR: await temporaryFolder(file), TERM: 'xterm' };
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox, ['--poll-interval', '1000'], { env });
  script = `${await temporaryFolder(file)}/terminal.py`;
  await writeFile(script, TERMINAL);
});
after(() => file.close());

const command = (...words) => run(aluviaConnect, words, { env });

async function onTerminal(wanted, sent, ...words) {
  const { stdout, stderr } = await run('python3', [script, wanted, sent, aluviaConnect, ...words], { env });
  assert.equal(stderr, '');
  const [first, ...rest] = stdout.split('\n');
  const [status, isRestored] = first.split(' ');
  return { status: Number(status), isRestored: isRestored === 'True', bytes: rest.join('\n') };
}

describe('log', () => {
  it('Prints the requests that the proxy has kept, and those that fit only', async () => {
    await curl(proxy, [sandbox.http(DIRECT)]); // not kept
    await command('log'); // from now on all requests are kept for a minute
    for (const url of [sandbox.http(DIRECT), sandbox.http(PROXIED), 'http://nothing.invalid/']) await curl(proxy, [url]);
    const all = await command('log');
    assert.equal(all.code, 0, all.stderr);
    for (const host of [DIRECT, PROXIED, 'nothing.invalid']) assert.match(all.stdout, new RegExp(host));
    assert.match(all.stdout, /^… \d+ requests? ended while nothing watched, and (was|were) not kept$/m);
    assert.doesNotMatch((await command('log', '--json')).stdout, /…/);
    const failed = await command('log', '--failed');
    assert.match(failed.stdout, /nothing\.invalid/);
    assert.doesNotMatch(failed.stdout, new RegExp(PROXIED));
    const gateway = await command('log', '--route', 'gateway', '--json');
    const lines = gateway.stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length > 0 && lines.every(({ route, host }) => route === 'gateway' && host === PROXIED), gateway.stdout);
    const below = await command('log', '--host', 'invalid');
    assert.match(below.stdout, /nothing\.invalid/);
    assert.match((await command('log', '--host', 'thing.invalid')).stdout, /^no request to show; /);
    assert.equal((await command('log', '--route', 'both')).code, 64);
  });

  it('Follows: prints each request as it ends, until the proxy ends', async (t) => {
    const scope = Scope.of(t);
    const own = await Proxy.start(scope, sandbox, ['--poll-interval', '600000'], { env });
    const follower = new Process(aluviaConnect, ['log', '--follow', '--port', String(own.port)], { env });
    scope.defer(() => follower.stop());
    await until('the follower has looked and prints', async () => {
      await curl(own, [sandbox.http(PROXIED)]);
      return follower.stdout.includes(PROXIED);
    });
    await own.process.stop();
    assert.equal((await follower.end()).code, 69);
  });
});

describe('top', () => {
  it('Shows state, traffic, hosts and requests, and ends with q', async () => {
    await curl(proxy, [sandbox.http(PROXIED)]);
    const { status, isRestored, bytes } = await onTerminal('REQUESTS', 'q', 'top');
    assert.deepEqual([status, isRestored], [0, true], bytes);
    for (const part of [proxy.url, 'ready', 'gateway', 'direct', 'HOST', 'REQUESTS', 'q quit']) assert.ok(bytes.includes(part), part);
    assert.ok(bytes.startsWith('\u001b[?1049h') && bytes.endsWith('\u001b[?1049l'), JSON.stringify(bytes.slice(-40)));
  });

  for (const [name, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1], ['SIGQUIT', 3]]) {
    it(`Restores the terminal after ${name}`, async () => {
      const { status, isRestored, bytes } = await onTerminal('REQUESTS', String(number), 'top');
      assert.deepEqual([status, isRestored], [0, true], bytes);
      assert.ok(bytes.endsWith('\u001b[?1049l'));
    });
  }

  it('Prints itself once without a terminal', async () => {
    const { code, stdout } = await command('top');
    assert.equal(code, 0);
    assert.match(stdout, /ready.*\n.*\ngateway.*\ndirect/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /\u001b/);
  });

  it('Needs a proxy', async (t) => {
    const { code, stderr } = await run(aluviaConnect, ['top'], { env: { TMPDIR: await temporaryFolder(Scope.of(t)) } });
    assert.equal(code, 69);
    assert.match(stderr, /no proxy of yours is running/);
  });
});

describe('tunnels --watch', () => {
  it('Shows the tunnels on a terminal until q, and once without one', async () => {
    const { status, isRestored, bytes } = await onTerminal('no tunnel is open', 'q', 'tunnels', '--watch');
    assert.deepEqual([status, isRestored], [0, true], bytes);
    assert.equal((await command('tunnels', '--watch')).stdout, 'no tunnel is open\n');
    assert.equal((await command('tunnels', '--watch', '--json')).code, 64);
  });
});
