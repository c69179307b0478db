// Tests what a running proxy shows: on a terminal a line for each request, elsewhere one for each failure.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';

// Runs a command on a pseudo terminal of argv[1] columns. When the URL has come, it sends a good and a bad request, and Ctrl-C. Prints all bytes.
const TERMINAL = `
import fcntl, os, pty, re, signal, struct, subprocess, sys, termios
columns, good, bad = int(sys.argv[1]), sys.argv[2], sys.argv[3]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.execvp(sys.argv[4], sys.argv[4:])
seen, asked = b'', False
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    url = re.search(rb'^(http://127[.]0[.]0[.]1:[0-9]+)\\r\\n', seen, re.M)
    if url and not asked:
        asked = True
        for target in (good, bad):
            subprocess.run(['curl', '-s', '-o', '/dev/null', '-x', url[1].decode(), target])
        os.kill(pid, signal.SIGINT)
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
`;

/** Returns the bytes that a terminal gets from a `run` that has served a request and failed one. */
async function onTerminal(t, { columns = 100, args = [], env = {} } = {}) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  const script = `${await temporaryFolder(scope)}/terminal.py`;
  await writeFile(script, TERMINAL);
  const command = [aluviaConnect, 'run', ...sandbox.runOptions, ...args];
  const { stdout, stderr } = await run('python3', [script, String(columns), sandbox.http(PROXIED), `http://${DIRECT}:1/`, ...command],
    { env: { TERM: 'xterm', ...env } });
  assert.equal(stderr, '');
  return stdout.replaceAll('\r\n', '\n').replaceAll('\r', ''); // a line over ^C begins with CR
}

// eslint-disable-next-line no-control-regex
const COLORS = /\u001b\[[0-9;]*m/g;

describe('On a terminal', () => {
  for (const columns of [80, 120]) {
    it(`A ready text and one line for each request fit ${columns} columns`, async (t) => {
      const shown = await onTerminal(t, { columns });
      const plain = shown.replaceAll(COLORS, '');
      assert.match(plain, /^aluvia-connect is ready: (http:\/\/127\.0\.0\.1:\d+)\n {2}page {2}\1\/\n {2}try {3}curl -x \1 https:\/\/example\.com\/\n/);
      assert.match(plain, /^\d\d:\d\d:\d\d GET +proxied\.ex\S* +gateway +proxied\.ex\S* +200 +[\d.]+ K?B +\d+ ms$/m);
      assert.match(plain, /^\d\d:\d\d:\d\d GET +direct\.ex\S* +direct +502\s+cannot connect to direct\.example:1: Connection refused$/m);
      assert.match(shown, /\u001b\[1;31m502/, 'the failure is red');
      assert.ok(plain.split('\n').every((line) => line.length <= columns), plain);
      assert.doesNotMatch(plain, /listening on|config/);
    });
  }

  it('Nothing but the URL comes with --quiet', async (t) => {
    assert.match(await onTerminal(t, { args: ['--quiet'] }), /^http:\/\/127\.0\.0\.1:\d+\n(\^C)?$/);
  });

  for (const [name, options] of Object.entries({
    'NO_COLOR': { env: { NO_COLOR: '1' } }, 'TERM=dumb': { env: { TERM: 'dumb' } }, '--color never': { args: ['--color', 'never'] },
  })) {
    it(`No colors come with ${name}`, async (t) => {
      const shown = await onTerminal(t, options);
      assert.match(shown, / 502\s/);
      assert.ok(!shown.includes('\u001b'), shown);
    });
  }

  it('The level debug gives log lines as in a file', async (t) => {
    const shown = await onTerminal(t, { args: ['--log-level', 'debug'] });
    assert.match(shown, /^\d{4}-\S+Z info {2}listening on/m);
  });
});

describe('Off a terminal', () => {
  async function log(t, args) {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, sandbox, args);
    await curl(proxy, [sandbox.http(PROXIED)]);
    await curl(proxy, [`http://${DIRECT}:1/`]);
    await proxy.process.stop();
    return proxy.process.stderr;
  }

  it('A failed request has one line, and a good one none', async (t) => {
    const text = await log(t, []);
    const lines = text.split('\n').filter((line) => line.includes('GET '));
    assert.equal(lines.length, 1, text);
    assert.match(lines[0], /Z info {2}GET direct\.example:1: cannot connect to direct\.example:1: Connection refused \(connection_refused\); direct \(no rule matches\), \d+ ms$/);
    assert.ok(!text.includes('\u001b'));
  });

  it('A JSON line has fields for all of it', async (t) => {
    const records = (await log(t, ['--log-format', 'json', '--log-level', 'debug'])).trim().split('\n').map((line) => JSON.parse(line));
    const one = (event) => records.find((record) => record.event === event);
    const { time, message, duration_ms, ...failed } = one('request_failed');
    assert.ok(Date.parse(time) > 0 && message && duration_ms >= 0);
    assert.deepEqual(failed, { level: 'info', event: 'request_failed', method: 'GET', host: DIRECT, port: 1, route: 'direct', rule: 'no rule matches', action: 'forward', version: 1,
      status: 502, error: 'connection_refused', reason: 'cannot connect to direct.example:1: Connection refused', bytes_up: 0, bytes_down: 0, reused: false });
    assert.equal(one('request_finished').route, 'gateway');
    assert.equal(one('request_finished').status, 200);
    for (const event of ['started', 'config_loaded', 'stopping', 'stopped']) assert.ok(one(event), event);
  });

  it('--quiet writes nothing', async (t) => {
    assert.equal(await log(t, ['--quiet']), '');
  });
});
