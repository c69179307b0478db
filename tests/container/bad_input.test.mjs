// Tests the last line and the exit status of a container that was configured wrongly.
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { Scope } from '../e2e/harness/scope.mjs';
import { serve, temporaryFolder } from '../e2e/harness/temp.mjs';
import { createServer } from 'node:net';
import { IMAGE } from './engine.mjs';
import { asOptions, environmentOf, hardened, sandboxContainer } from './hardened.mjs';
import { engine } from './machine.mjs';

const file = new Scope();
let sandbox;

beforeAll(async () => {
  sandbox = await sandboxContainer(file, engine);
});
after(() => file.close());

/** A run that must fail: its status and the last line of its log; nothing on stdout. */
async function failure(env, options = []) {
  const variables = { ...environmentOf(sandbox), ALUVIA_PORT: '0', ...env };
  const ended = await engine.run([...hardened(engine), ...asOptions(variables), ...options, IMAGE]);
  assert.equal(ended.stdout, '');
  return { code: ended.code, last: ended.stderr.trimEnd().split('\n').at(-1) };
}

/** A folder that becomes /run/secrets; `fill` puts something at its aluvia-token. */
async function secrets(t, fill) {
  const folder = await temporaryFolder(Scope.of(t));
  await chmod(folder, 0o755);
  await fill(join(folder, 'aluvia-token'));
  return ['--volume', `${folder}:/run/secrets:ro`];
}

describe('A container ends with a line that says what to do if', () => {
  it('There is no token', async () => {
    const { code, last } = await failure({});
    assert.equal(code, 64);
    assert.match(last, /there is no file \/run\/secrets\/aluvia-token; put it there, or give .*ALUVIA_TOKEN/);
  });

  it('The file of ALUVIA_TOKEN_FILE is missing', async () => {
    const { code, last } = await failure({ ALUVIA_TOKEN_FILE: '/etc/aluvia/token' });
    assert.equal(code, 64);
    assert.match(last, /cannot use ALUVIA_TOKEN_FILE: \/etc\/aluvia\/token cannot be read: No such file or directory; check its name/);
  });

  it('Only root may read the secret', async (t) => {
    const { code, last } = await failure({}, await secrets(t, async (path) => {
      await writeFile(path, sandbox.token, { mode: 0o600 });
      if (process.getuid() === 0) await chown(path, 0, 0);
    }));
    assert.equal(code, 64);
    assert.match(last, /\/run\/secrets\/aluvia-token cannot be read: Permission denied; let the user who runs the proxy read it \(user 10001\)/);
  });

  it('The secret is empty', async (t) => {
    const { code, last } = await failure({}, await secrets(t, (path) => writeFile(path, '\n')));
    assert.equal(code, 64);
    assert.match(last, /\/run\/secrets\/aluvia-token is empty; write the user API token into it/);
  });

  it('The secret is a directory, as engines make one of a missing file', async (t) => {
    const { code, last } = await failure({}, await secrets(t, (path) => mkdir(path)));
    assert.equal(code, 64);
    assert.match(last, /\/run\/secrets\/aluvia-token cannot be read: Is a directory; name a file, not a folder/);
  });

  it('The API rejects the token', async () => {
    const { code, last } = await failure({ ALUVIA_TOKEN: 'an-invented-token' });
    assert.equal(code, 77);
    assert.match(last, /the API rejected the token/);
    assert.ok(!last.includes('an-invented-token'));
  });

  it('The port is in use', async (t) => {
    const port = await serve(Scope.of(t), createServer());
    const { code, last } = await failure({ ALUVIA_TOKEN: sandbox.token, ALUVIA_PORT: String(port) });
    assert.equal(code, 73);
    assert.match(last, new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use by a program of user \\d+; choose another`));
  });

  it('A variable has a bad value', async () => {
    const { code, last } = await failure({ ALUVIA_TOKEN: sandbox.token, ALUVIA_POLL_INTERVAL: 'often' });
    assert.equal(code, 64);
    assert.match(last, /cannot use ALUVIA_POLL_INTERVAL 'often': it takes a time from 1s to 24h, /);
  });

  it('It listens beyond loopback without access control', async () => {
    const { code, last } = await failure({ ALUVIA_TOKEN: sandbox.token, ALUVIA_HOST: '0.0.0.0' });
    assert.equal(code, 64);
    assert.match(last, /proxy-auth or allow-from/);
  });
});
