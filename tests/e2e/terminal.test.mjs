// Tests that text of the API, of a client and of a gateway reaches a terminal only escaped.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';

// A line of its own, an escape sequence, a title, C1's CSI and OSC, DEL, and a change of direction.
const HOSTILE = 'x\nready          yes\r\u001b[2J\u001b]0;t\u0007\u009b31m\u009d\u0085\u007f\u202e';
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|^ready {10}yes\r/m;

function assertQuiet(what, bytes) {
  assert.doesNotMatch(bytes.toString('utf8'), CONTROLS, what);
}

describe('Text of the API', () => {
  it('Cannot control a terminal through commands, the log, the page or responses', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    const rules = [PROXIED, HOSTILE, `*.${HOSTILE}`, `-${HOSTILE}`];
    await sandbox.user({ rules, target_geo: HOSTILE, session_id: HOSTILE });
    const env = { TMPDIR: await temporaryFolder(scope) };
    const proxy = await Proxy.start(scope, sandbox, ['--log-level', 'debug', '--poll-interval', '600000'], { env });
    await curl(proxy, [sandbox.http(PROXIED)]);
    const commands = [['status'], ['tunnels'], ['rules'], ['geo'], ['refresh'], ['rotate'], ['explain', PROXIED], ['explain', HOSTILE],
      ['rules', 'add', HOSTILE], ['rules', 'add', 'y.example'], ['geo', HOSTILE], ['wait', '--timeout', '1'], ['env'], ['browser-args'], ['healthcheck']];
    const runAll = async () => {
      for (const words of commands) {
        for (const more of [[], ...(words[0] === 'healthcheck' ? [] : [['--json']])]) {
          const { stdoutBytes, stdout, stderr } = await run(aluviaConnect, [...words, ...more], { env });
          assertQuiet(`${words.join(' ').slice(0, 30)} ${more}`, stdoutBytes);
          assertQuiet(`${words.join(' ').slice(0, 30)} ${more}: stderr`, Buffer.from(stderr));
          if (more.length > 0 && stdout !== '') JSON.parse(stdout);
        }
      }
    };
    await runAll();
    const error = { code: 'validation_error', message: HOSTILE, claim_url: `https://pay.example/${HOSTILE}`, details: { [HOSTILE]: [HOSTILE] } };
    for (const status of [402, 422, 500]) {
      await sandbox.faults({ api: { kind: 'status', status, body: JSON.stringify({ success: false, error }) } });
      await runAll();
      const failed = launchRun(new Scope(), sandbox.runOptions, { env });
      await failed.end();
      assertQuiet('a start', Buffer.from(failed.stderr));
    }
    await sandbox.faults({});
    for (const path of ['/', '/status', '/tunnels', '/metrics', '/proxy.pac', '/readyz', '/livez', '/startupz']) {
      const answer = await fetch(`${proxy.url}${path}`);
      assertQuiet(path, Buffer.from(await answer.arrayBuffer()));
    }
    const refused = await curl(proxy, [`http://${DIRECT}:1/`]);
    assertQuiet('an answer', Buffer.from(refused.body));
    await proxy.process.stop();
    assertQuiet('the log', Buffer.from(proxy.process.stderr));
    assert.match(proxy.process.stderr, /\\x1b/, 'the text is there, escaped');
  });

  it('Cannot control a terminal through a JSON log', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    await sandbox.user({ rules: [PROXIED, HOSTILE], target_geo: HOSTILE });
    const proxy = await Proxy.start(scope, sandbox, ['--log-format', 'json', '--log-level', 'debug'], { env: { TMPDIR: await temporaryFolder(scope) } });
    await proxy.process.stop();
    assertQuiet('the log', Buffer.from(proxy.process.stderr));
    for (const line of proxy.process.stderr.trim().split('\n')) JSON.parse(line);
  });

  it('Stays readable in every language', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    await sandbox.user({ target_geo: 'Zürich 東京' });
    const env = { TMPDIR: await temporaryFolder(scope) };
    await Proxy.start(scope, sandbox, [], { env });
    assert.equal((await run(aluviaConnect, ['geo'], { env })).stdout, 'Zürich 東京\n');
    assert.equal(JSON.parse((await run(aluviaConnect, ['geo', '--json'], { env })).stdout).target_geo, 'Zürich 東京');
  });
});
