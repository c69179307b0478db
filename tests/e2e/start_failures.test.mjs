// Tests the last line of a start that failed, by which a program that started the proxy learns the reason.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { run } from './harness/process.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';

const file = new Scope();
let sandbox;
let env;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  env = { TMPDIR: await temporaryFolder(file) };
});
after(() => file.close());

/** Exit status, stdout and the last line of stderr of a start with a JSON log. */
async function start(options, { command = 'run', env: more = {}, format = ['--log-format', 'json'] } = {}) {
  const rest = command === 'exec' ? ['--', 'true'] : [];
  const { code, stdout, stderr } = await run(aluviaConnect, [command, ...options, ...format, ...rest], { env: { ...env, ...more } });
  const lines = stderr.trimEnd().split('\n').map((line) => JSON.parse(line));
  return { code, stdout, stderr, last: lines.at(-1) };
}

async function occupiedPort(t) {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return server.address().port;
}

for (const command of ['run', 'exec']) {
  describe(`The last line of ${command}`, { concurrency: true }, () => {
    const expectFailure = ({ code, stdout, last }, expected) => {
      const { time, level, event, message, error, status, exit, next } = last;
      assert.deepEqual({ level, event, error, status, exit }, { level: 'error', event: 'failed', status: undefined, ...expected });
      assert.equal(code, exit);
      assert.equal(stdout, '');
      assert.match(time, /^\d{4}-\d\d-\d\dT/);
      assert.ok(message.length > 0);
      assert.match(next ?? '', /^(aluvia-connect .*)?$/);
      assert.ok(!JSON.stringify(last).includes(sandbox.token));
    };

    it('Names a missing token', async () => {
      expectFailure(await start(sandbox.runOptionsWithoutToken, { command }), { error: 'MissingUserTokenError', exit: 64 });
    });

    it('Names a rejected token, with the status of the API', async () => {
      expectFailure(await start([...sandbox.runOptionsWithoutToken, '--token', 'wrong'], { command }), { error: 'InvalidUserTokenError', status: 401, exit: 77 });
    });

    it('Names an API that answers an error, and one that cannot be reached', async (t) => {
      const box = await Sandbox.start(Scope.of(t));
      await box.faults({ api: { kind: 'status', status: 503 } });
      expectFailure(await start(box.runOptions, { command }), { error: 'ApiError', status: 503, exit: 69 });
      const nowhere = ['--token', 'x', '--api-base-url', `http://127.0.0.1:${await freePort()}`];
      expectFailure(await start(nowhere, { command }), { error: 'ApiError', exit: 69 });
    });

    it('Names a port in use', async (t) => {
      expectFailure(await start([...sandbox.runOptions, '--port', String(await occupiedPort(t))], { command }), { error: 'ProxyStartError', exit: 73 });
    });

    it('Names wrong options, wherever the log format comes from and however late', async () => {
      expectFailure(await start(['--port', 'x'], { command }), { error: 'InvalidOptionError', exit: 64 });
      expectFailure(await start(['--prot', '1'], { command, format: ['--log-format=json'] }), { error: 'InvalidOptionError', exit: 64 });
      expectFailure(await start(['--port', 'x'], { command, format: [], env: { ALUVIA_LOG_FORMAT: 'json' } }), { error: 'InvalidOptionError', exit: 64 });
    });

    it('Is text where the log is text', async () => {
      const { code, stderr } = await run(aluviaConnect, [command, '--port', 'x', ...(command === 'exec' ? ['--', 'true'] : [])], { env });
      assert.equal(code, 64);
      assert.match(stderr, /^aluvia-connect: [^{]+\n$/);
    });
  });
}
