// Tests the contents and the configuration of the image, as docker and podman show them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readDocument, rows } from '../e2e/harness/markdown.mjs';
import { run } from '../e2e/harness/process.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { IMAGE } from './engine.mjs';
import { engine } from './machine.mjs';

const file = new Scope();
after(() => file.close());

const MEGABYTE = 1_000_000;
const [image] = JSON.parse(await engine.answer(['image', 'inspect', IMAGE]));
const archive = await exportedImage();
const files = await filesOfImage();

/** The archive that the engine makes of a container. */
async function exportedImage() {
  const path = join(await temporaryFolder(file), 'files.tar');
  const container = (await engine.answer(['create', IMAGE])).trim();
  await engine.answer(['export', '--output', path, container]);
  await engine.answer(['rm', container]);
  return path;
}

/** Every entry as { mode, owner, path }. */
async function filesOfImage() {
  const { stdout } = await run('tar', ['--list', '--verbose', '--numeric-owner', '--file', archive]);
  return stdout.trim().split('\n').map((line) => {
    const [mode, owner, , , , ...path] = line.split(/\s+/);
    return { mode, owner, path: `/${path[0].replace(/\/$/, '')}` };
  });
}

// Engines make these in every container, whatever the image holds.
const ofTheEngine = ({ path }) => /^\/(dev|proc|sys|run\/\.containerenv|\.dockerenv|etc\/(hosts|hostname|resolv\.conf|mtab))(\/|$)/.test(path);
const programs = files.filter(({ mode, path }) => mode.startsWith('-') && mode.includes('x') && !/\.so[.\d]*$/.test(path));

describe('The files of the image', () => {
  it('Are less than 17 MB', () => {
    assert.ok(image.Size < 17 * MEGABYTE, `${image.Size} bytes`);
  });

  it('Hold one program, and no shell', async () => {
    assert.deepEqual(programs.map(({ path }) => path), ['/usr/bin/aluvia-connect']);
    const shell = await engine.run(['--network', 'none', '--entrypoint', '/bin/sh', IMAGE, '-c', 'true']);
    assert.ok(shell.code === 126 || shell.code === 127, `a shell ended with ${shell.code}`);
  });

  it('Belong to root, grant no rights, and no other user can write them', () => {
    for (const { mode, owner, path } of files.filter((entry) => !ofTheEngine(entry) && !entry.mode.startsWith('l'))) {
      assert.equal(owner, '0/0', path);
      assert.ok(!/s/i.test(mode), `${path} ${mode}`);
      assert.ok(path === '/tmp' || mode[8] !== 'w', `${path} ${mode}`);
    }
    assert.equal(files.find(({ path }) => path === '/tmp').mode, 'drwxrwxrwt');
  });

  it('Name license and version of each library\'s package', () => {
    const names = (folder) => files.map(({ path }) => path).filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length).split('/')[0]);
    const noted = new Set(names('/var/lib/dpkg/status.d/'));
    for (const name of ['libc6', 'libssl-dev', 'libstdc++-12-dev', 'ca-certificates']) assert.ok(noted.has(name), name);
    assert.deepEqual(new Set(names('/usr/share/doc/')), new Set([...noted, 'aluvia-connect']));
  });
});

it('The command of docs/install.md prints the version', async () => {
  const [, documentedCommand] = rows(await readDocument('docs/install.md')).find(([way]) => way === 'container');
  const [, args] = /^`docker run --rm aluvia-connect:\S+ (.+)`$/.exec(documentedCommand);
  const { stdout } = await engine.run(['--network', 'none', IMAGE, ...args.split(' ')]);
  assert.equal(stdout, (await run(process.env.ALUVIA_CONNECT, ['--version'])).stdout);
});

it('The bill of materials of the image is that of its program, and has the package of each library', async (t) => {
  const folder = await temporaryFolder(Scope.of(t));
  const paths = ['usr/bin/aluvia-connect', 'usr/share/doc/aluvia-connect/aluvia-connect.spdx.json'];
  assert.equal((await run('tar', ['--extract', '--directory', folder, '--file', archive, ...paths])).code, 0);
  const [program, text] = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  const bill = JSON.parse(text);
  const sum = bill.files[0].checksums.find(({ algorithm }) => algorithm === 'SHA256').checksumValue;
  assert.equal(sum, createHash('sha256').update(program).digest('hex'));
  const listed = bill.packages.map(({ name }) => name);
  const noted = files.map(({ path }) => /^\/var\/lib\/dpkg\/status\.d\/(.+)$/.exec(path)?.[1]).filter(Boolean);
  assert.deepEqual(noted.filter((name) => !listed.includes(name)).sort(), ['ca-certificates', 'openssl'], 'data, which is not in the program');
});

describe('The configuration of the image', () => {
  const config = image.Config;

  it('Runs the proxy as a user by number, on its port', () => {
    assert.equal(config.User, '10001:10001');
    assert.deepEqual(config.Entrypoint, ['/usr/bin/aluvia-connect']);
    assert.deepEqual(config.Cmd, ['run']);
    assert.deepEqual(Object.keys(config.ExposedPorts), ['54321/tcp']);
    assert.ok(config.Env.includes('ALUVIA_PORT=54321'));
  });

  it('Is stopped by SIGTERM, and probed by the program itself', () => {
    assert.match(config.StopSignal ?? image.StopSignal, /^(SIGTERM|15)$/);
    const { Test, Interval, Timeout, Retries } = config.Healthcheck ?? image.Healthcheck;
    assert.deepEqual(Test, ['CMD', '/usr/bin/aluvia-connect', 'healthcheck']);
    assert.ok(Interval > 0 && Timeout > 0 && Retries > 0);
  });

  it('Has no secret, and has labels', async () => {
    assert.ok(!config.Env.some((line) => /TOKEN=|AUTH=/.test(line)));
    const label = (name) => config.Labels[`org.opencontainers.image.${name}`];
    const { stdout } = await engine.run(['--network', 'none', IMAGE, '--version']);
    assert.equal(`${label('title')} ${label('version')}\n`, stdout);
    assert.equal(label('licenses'), 'MIT');
    assert.match(label('description'), /proxy/);
    assert.match(label('created'), /^\d{4}-\d\d-\d\dT/);
    assert.ok(label('revision') && label('source'));
  });
});
