// Talks to the `systemd --user` manager that user_manager has started: units, their properties, and the files that they read.
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../e2e/harness/process.mjs';
import { until } from '../e2e/harness/until.mjs';

const { AS_USER, HOME_OF_USER, RUNTIME_OF_USER } = process.env;
if (!AS_USER) throw new Error('run this through user_manager (ctest does it)');

export const runtimeFolder = RUNTIME_OF_USER;
export const homeFolder = HOME_OF_USER;
const CONFIG = join(HOME_OF_USER, '.config');
const UNITS = join(CONFIG, 'systemd/user');
const ours = (name) => join(CONFIG, 'aluvia-connect', name);
const logOf = (unit) => join(HOME_OF_USER, `${unit}.log`);

/** Runs a command as the user; what it printed, and its exit status. */
export const asUser = (...command) => run(AS_USER, command);

export async function systemctl(...args) {
  const { code, stdout, stderr } = await asUser('systemctl', '--user', ...args);
  if (code !== 0) throw new Error(`systemctl --user ${args.join(' ')}: ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** Properties of a unit: { ActiveState: 'active', … }. */
export async function show(unit) {
  const lines = (await systemctl('show', unit)).split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Waits until the unit's properties are such, and returns them. */
export async function untilUnit(unit, what, holds, limits = { within: 20_000 }) {
  let seen = {};
  return until(`${unit} ${what}`, async () => (holds(seen = await show(unit)) ? seen : undefined), limits)
    .catch(async (late) => {
      const { ActiveState, SubState, Result, StatusText, ExecMainStatus } = seen;
      const state = JSON.stringify({ ActiveState, SubState, Result, StatusText, ExecMainStatus });
      throw new Error(`${late.message}\n${state}\n${await log(unit)}`);
    });
}

/** The stderr of the unit's processes. */
export const log = (unit) => readFile(logOf(unit), 'utf8').catch(() => '');

async function owned(path, content, mode = 0o600) {
  const { uid, gid } = await stat(HOME_OF_USER);
  const folder = dirname(path);
  for (let above = folder; above !== HOME_OF_USER; above = dirname(above)) {
    await mkdir(above, { recursive: true });
    await chown(above, uid, gid);
  }
  await writeFile(path, content);
  await chown(path, uid, gid);
  await chmod(path, mode);
}

/** Writes a file of ~/.config/aluvia-connect, until the scope ends. */
export async function ownFile(scope, name, content, mode) {
  await owned(ours(name), content, mode);
  scope.defer(() => rm(ours(name), { recursive: true, force: true }));
  return ours(name);
}

export async function ownFolder(scope, name) {
  await ownFile(scope, `${name}/file`, 'x');
  scope.defer(() => rm(ours(name), { recursive: true, force: true }));
  return ours(name);
}

/** A unit of the user's own, until the scope ends. */
export async function ownUnit(scope, name, text) {
  await owned(join(UNITS, name), text, 0o644);
  await systemctl('daemon-reload');
  scope.defer(async () => {
    await rm(join(UNITS, name));
    await systemctl('daemon-reload');
  });
}

/** Lines that the unit gets besides its own, as by `systemctl --user edit`, until the scope ends. */
export async function edit(scope, unit, lines) {
  const path = join(UNITS, `${unit}.d/test.conf`);
  await owned(path, lines.join('\n') + '\n', 0o644);
  await systemctl('daemon-reload');
  scope.defer(async () => {
    await rm(dirname(path), { recursive: true, force: true });
    await systemctl('daemon-reload');
  });
}

/** The unit with its log where log() reads it; it is stopped at the end of the scope. */
export async function prepare(scope, unit, lines = []) {
  await rm(logOf(unit), { force: true });
  await edit(scope, unit, ['[Service]', `StandardError=append:${logOf(unit)}`, ...lines]);
  scope.defer(async () => {
    await systemctl('stop', unit);
    await asUser('systemctl', '--user', 'reset-failed', unit);
  });
}
