// Tests mistakes of the user: the unit's status line names the error and the remedy, the exit status is the documented one, and
// systemd does not restart after an error that a restart cannot cure.
import assert from 'node:assert/strict';
import { chown, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { sentence } from '../e2e/harness/sentence.mjs';
import { freePort, serve } from '../e2e/harness/temp.mjs';
import { asUser, log, ownFile, ownFolder, prepare, systemctl, untilUnit } from './manager.mjs';
import { environmentOf } from './places.mjs';

const UNIT = 'aluvia-connect.service';
const WRONG_FOR_EVER = ['64', '77', '243'];

/** The unit, set up well but for the settings and what `spoil` does; started, and its properties once it has failed. */
async function failed(t, { variables = {}, options = '', token, spoil = async () => {} } = {}) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  await prepare(scope, UNIT, ['RestartSec=100ms', 'StartLimitIntervalSec=0']);
  await ownFile(scope, 'token', token ?? sandbox.token);
  const port = await freePort();
  await ownFile(scope, 'aluvia-connect.env',
    environmentOf(sandbox, { ALUVIA_PORT: port, ALUVIA_OPTIONS: options, ...variables }));
  await spoil(scope, sandbox);
  await asUser('systemctl', '--user', 'start', UNIT);
  const unit = await untilUnit(UNIT, 'has failed', ({ ActiveState, ExecMainStatus, SubState }) =>
    ExecMainStatus !== '0' && (ActiveState === 'failed' || SubState === 'auto-restart'));
  if (WRONG_FOR_EVER.includes(unit.ExecMainStatus)) {
    assert.equal(unit.ActiveState, 'failed');
    assert.equal(unit.NRestarts, '0', 'it is not tried again');
  }
  return { ...unit, sandbox, port, shown: (await asUser('systemctl', '--user', '--no-pager', 'status', UNIT)).stdout };
}

describe('The unit\'s status line names the error and the remedy', () => {
  const bad = [
    ['a port that is none', { variables: { ALUVIA_PORT: '70000' } }, /cannot use ALUVIA_PORT '70000': it takes a port from 0 to 65535/],
    ['an interval that is too short', { variables: { ALUVIA_POLL_INTERVAL: '5' } }, /cannot use ALUVIA_POLL_INTERVAL '5': it takes a time from 1s to 24h/],
    ['an option that there is not', { options: '--prot 8080' }, /--prot/],
    ['a host beyond loopback', { variables: { ALUVIA_HOST: '0.0.0.0' } }, /cannot use ALUVIA_HOST: .*proxy-auth or allow-from/],
  ];
  for (const [what, settings, words] of bad) {
    it(sentence(`${what} in the environment file: 64`), async (t) => {
      const unit = await failed(t, settings);
      assert.equal(unit.ExecMainStatus, '64');
      assert.match(unit.StatusText, words);
      assert.equal(unit.StatusErrno, '22', 'EINVAL');
      assert.ok(unit.shown.includes(unit.StatusText), unit.shown);
      assert.ok((await log(UNIT)).endsWith(`aluvia-connect: ${unit.StatusText}\n`), 'the last line of the log says the same');
    });
  }

  it('A token that the API rejects: 77, and the API gets one request', async (t) => {
    const unit = await failed(t, { token: 'not-the-token' });
    assert.equal(unit.ExecMainStatus, '77');
    assert.match(unit.StatusText, /rejected the token/);
    assert.ok(!unit.StatusText.includes('not-the-token'));
    assert.equal((await unit.sandbox.requests()).polls, 1);
  });

  it('A port in use: 73, and systemd tries again', async (t) => {
    let taken;
    const unit = await failed(t, {
      spoil: async (scope, sandbox) => {
        taken = await serve(scope, createServer());
        await ownFile(scope, 'aluvia-connect.env', environmentOf(sandbox, { ALUVIA_PORT: taken }));
      },
    });
    assert.equal(unit.ExecMainStatus, '73');
    await untilUnit(UNIT, 'is tried again', ({ NRestarts }) => Number(NRestarts) > 0);
    const { StatusText, StatusErrno } = await untilUnit(UNIT, 'says why', (again) => again.StatusErrno === '98');
    assert.equal(StatusErrno, '98', 'EADDRINUSE');
    assert.match(StatusText, new RegExp(`127\\.0\\.0\\.1:${taken}: the port is in use by .*; choose another one`));
  });

  it('No API: 69, and systemd tries again', async (t) => {
    const unit = await failed(t, { spoil: (_, sandbox) => sandbox.faults({ api: { kind: 'status', status: 503 } }) });
    assert.equal(unit.ExecMainStatus, '69');
    await untilUnit(UNIT, 'is tried again', ({ NRestarts }) => Number(NRestarts) > 1);
  });
});

describe('A missing token', () => {
  const name = 'token';
  const remove = async (scope, file) => rm(await ownFile(scope, file, ''));
  const spoiled = {
    'the file is missing': (scope) => remove(scope, name),
    'the file is empty': (scope) => ownFile(scope, name, '\n'),
    'the file is a folder': async (scope) => {
      await remove(scope, name);
      return ownFolder(scope, name);
    },
  };
  for (const [what, spoil] of Object.entries(spoiled)) {
    it(`As the credential: ${what}: 64`, async (t) => {
      const unit = await failed(t, { spoil });
      assert.equal(unit.ExecMainStatus, '64');
      assert.match(unit.StatusText, /is empty; write the user API token into it; under systemd into the file that LoadCredential= of the unit names/);
    });
  }

  it('As the credential: if the file may not be read, the manager reports that, with its own status', async (t) => {
    const unit = await failed(t, {
      spoil: async (scope) => {
        const path = await ownFile(scope, name, 'secret');
        await chown(path, 0, 0);
      },
    });
    assert.equal(unit.ExecMainStatus, '243');
    assert.match(unit.shown, /status=243\/CREDENTIALS/);
  });

  const files = [
    ['missing', (scope) => remove(scope, 'other'), /cannot be read: No such file/],
    ['unreadable', (scope) => ownFile(scope, 'other', 'secret', 0o000), /cannot be read: Permission denied/],
    ['empty', (scope) => ownFile(scope, 'other', ''), /is empty; write the user API token into it/],
    ['a folder', (scope) => ownFolder(scope, 'other'), /cannot be read: Is a directory/],
  ];
  for (const [what, spoil, words] of files) {
    it(`As ALUVIA_TOKEN_FILE: it is ${what}: 64, and the file is named`, async (t) => {
      const path = `${process.env.HOME_OF_USER}/.config/aluvia-connect/other`;
      const unit = await failed(t, { spoil, variables: { ALUVIA_TOKEN_FILE: path } });
      assert.equal(unit.ExecMainStatus, '64');
      assert.ok(unit.StatusText.includes(path), unit.StatusText);
      assert.match(unit.StatusText, words);
      assert.match(unit.StatusText, /cannot use ALUVIA_TOKEN_FILE/);
    });
  }
});
