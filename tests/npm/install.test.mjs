// Tests what the npm packages contain, how they are installed, and the command that they bring.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, readdir, readFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from '../e2e/harness/aluvia_connect.mjs';
import { run } from '../e2e/harness/process.mjs';
import { Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { until } from '../e2e/harness/until.mjs';
import { MAIN, Project, proxiesWith, sandboxVariables, tarballs, TOOLS } from './project.mjs';

const file = new Scope();
let sandbox;
let project;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  project = await Project.install(file);
});
after(() => file.close());

/** A socket whose bytes the proxy passes to `target` and back. */
async function openTunnel(scope, port, target) {
  const socket = net.connect(port, '127.0.0.1');
  scope.defer(() => socket.destroy());
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1.1 200/);
  return socket;
}

describe('The packages', () => {
  async function content(pattern) {
    const [path] = await tarballs(pattern);
    const manifest = await run('tar', ['-xOf', path, 'package/package.json']);
    const names = (await run('tar', ['-tf', path])).stdout.trim().split('\n');
    return { manifest: JSON.parse(manifest.stdout), names: names.map((name) => name.replace('package/', '')).sort() };
  }

  it('Have the program\'s version, no run-time dependency and no install script', async () => {
    const version = (await run(aluviaConnect, ['--version'])).stdout.trim().split(' ')[1];
    const { manifest, names } = await content(/agent-connect-node/);
    assert.equal(manifest.version, version);
    assert.deepEqual(manifest.optionalDependencies, { '@aluvia/aluvia-connect-linux-x64': version, '@aluvia/aluvia-connect-linux-arm64': version });
    for (const field of ['dependencies', 'devDependencies', 'scripts']) assert.equal(manifest[field], undefined, field);
    assert.ok(Object.keys(manifest.peerDependencies).every((name) => manifest.peerDependenciesMeta[name].optional));
    for (const wanted of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/index.mjs', 'dist/index.d.mts', 'dist/cli.js']) {
      assert.ok(names.includes(wanted), wanted);
    }
    assert.deepEqual(names.filter((name) => !/^dist\/|^(README\.md|LICENSE|package\.json)$/.test(name)), []);
  });

  it('Have the program for one platform', async () => {
    const { manifest, names } = await content(/linux-x64/);
    assert.deepEqual([manifest.os, manifest.cpu, manifest.libc], [['linux'], ['x64'], ['glibc']]);
    assert.deepEqual(names, ['LICENSE', 'NOTICES', 'README.md', 'aluvia-connect.spdx.json', 'bin/aluvia-connect', 'package.json']);
  });

  it('Give the same classes to import and to require()', async () => {
    const { code, stdout, stderr } = await project.script(`
import { createRequire } from 'node:module';
import * as imported from '${MAIN}';
const required = createRequire(import.meta.url)('${MAIN}');
console.log(Object.keys(required).every((name) => imported[name] === required[name]), Object.keys(required).sort().join());
`);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'true AgentConnectClient,ApiError,InvalidUserTokenError,MissingUserTokenError,ProxyStartError\n');
  });
});

describe('The types', () => {
  // The specification's text, and what goes beyond it.
  const PROGRAM = `
import { AgentConnectClient, ApiError, type AgentConnectClientOptions, type AgentConnectSession, type GatewayProtocol } from '${MAIN}';
import { chromium, type Page as PlaywrightPage } from 'playwright';
import puppeteer, { type Page as PuppeteerPage } from 'puppeteer';
import axios from 'axios';

const protocol: GatewayProtocol = 'https';
const options: AgentConnectClientOptions = { token: 'x', apiBaseUrl: 'http://x', pollIntervalMs: 5000, gatewayProtocol: protocol, gatewayPort: 1, localPort: 2, logLevel: 'debug' };
const client = new AgentConnectClient(options);
new AgentConnectClient({ token: process.env.ALV_USER_TOKEN, localPort: 54321, gatewayProtocol: 'http' });
export async function use(): Promise<void> {
  const session: AgentConnectSession = await client.start();
  const where: [string, number, string] = [session.host, session.port, session.url];
  await chromium.launch({ proxy: session.asPlaywright() });
  await puppeteer.launch({ args: session.asPuppeteer() });
  axios.create(session.asAxiosConfig());
  const answer: Response = await session.asUndiciFetch()('https://example.com/', { method: 'POST' });
  client.on('exit', ({ code, expected }) => console.log(code, expected, where, answer.status)).once('blocked', ({ url }) => console.log(url));
  const rules: string[] = (await client.updateRules(['*'])).rules;
  if ((await client.explain('x')).route === 'gateway') console.log(rules, new ApiError('x', 1).statusCode);
  await session.stop();
  await client.stop();
}
export function watch(one: PlaywrightPage, other: PuppeteerPage): void {
  const end: () => void = client.watchPage(one, { reload: true });
  client.watchPage(other);
  end();
}
// @ts-expect-error a token is required
new AgentConnectClient({});
// @ts-expect-error an unknown option
new AgentConnectClient({ token: 'x', localport: 1 });
// @ts-expect-error a bad value
new AgentConnectClient({ token: 'x', gatewayProtocol: 'ftp' });
`;

  async function compile(t, type, text, libraries = []) {
    const user = await Project.install(Scope.of(t));
    await user.link(libraries);
    await user.link(['@types/node', 'typescript', 'undici-types'], TOOLS);
    await user.write('package.json', JSON.stringify({ name: 'user', private: true, type }));
    await user.write('index.ts', text);
    const compilerOptions = { target: 'es2022', module: 'node16', moduleResolution: 'node16', lib: ['es2022', 'dom'], strict: true,
      noEmit: true, types: ['node'], skipLibCheck: true, exactOptionalPropertyTypes: type === 'commonjs' };
    await user.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    const { code, stdout } = await user.run('node', ['node_modules/typescript/bin/tsc', '-p', '.']);
    assert.equal(code, 0, stdout);
  }

  it('Pass tsc in a strict project of ES modules, with the types of the libraries', (t) =>
    compile(t, 'module', PROGRAM, ['playwright', 'playwright-core', 'puppeteer', 'axios']));

  it('Pass tsc in a strict project of CommonJS', (t) => compile(t, 'commonjs', `
import { AgentConnectClient, InvalidUserTokenError } from '${MAIN}';
export const client = new AgentConnectClient({ token: process.env.ALV_USER_TOKEN });
client.start().then(({ url }) => console.log(url.length), (error) => error instanceof InvalidUserTokenError);
`));

  it('Need no declarations but Node\'s', async () => {
    const folder = project.path('node_modules', MAIN, 'dist');
    for (const name of (await readdir(folder)).filter((one) => /\.d\.m?ts$/.test(one))) {
      const imports = [...(await readFile(join(folder, name), 'utf8')).matchAll(/(?:from |import\()['"]([^'"]+)/g)].map(([, from]) => from);
      assert.deepEqual(imports.filter((from) => !/^(\.\/|node:)/.test(from)), [], name);
    }
  });
});

describe('The command', () => {
  const npx = (args, env = {}) => project.run('npx', ['--offline', 'aluvia-connect', ...args], { ...sandboxVariables(sandbox), ...env });

  it('Passes arguments and the exit status', async () => {
    const echo = await npx(['exec', '--log-level', 'silent', '--', 'node', '-e', 'console.log(process.argv.slice(1)); process.exitCode = 5', 'a b', '$HOME', '']);
    assert.deepEqual([echo.code, echo.stdout], [5, "[ 'a b', '$HOME', '' ]\n"]);
    assert.equal((await npx(['--no-such-option'])).code, 64);
    assert.equal((await npx(['--version'])).stdout, (await run(aluviaConnect, ['--version'])).stdout);
  });

  it('Ends with 128 and the number of the signal that ended the program', async (t) => {
    const started = project.start(Scope.of(t), project.path('node_modules', '.bin', 'aluvia-connect'),
      ['run', '--api-base-url', sandbox.api], sandboxVariables(sandbox));
    await started.firstLine();
    for (const pid of await proxiesWith(sandbox.api)) process.kill(pid, 'SIGKILL');
    assert.deepEqual(await started.end(), { code: 137, signal: null });
  });

  it('Passes signals on, so that the program stops gracefully', async (t) => {
    const started = project.start(Scope.of(t), 'npx', ['--offline', 'aluvia-connect', 'run', '--api-base-url', sandbox.api], sandboxVariables(sandbox));
    await started.firstLine();
    started.signal('SIGTERM');
    await until('the proxy stops', () => /stopped: /.test(started.stderr));
    assert.match(started.stderr, /stopped: 0 connections/);
    await until('the proxy ends', async () => (await proxiesWith(sandbox.api)).length === 0);
  });

  it('Passes Ctrl-C in a terminal on once: a second one would end the proxy at once', async (t) => {
    const command = `trap : INT; ${project.path('node_modules', '.bin', 'aluvia-connect')} run --log-level debug --api-base-url ${sandbox.api}; echo status=$?`;
    const scope = Scope.of(t);
    const terminal = project.start(scope, 'script', ['--quiet', '--command', command, '/dev/null'], sandboxVariables(sandbox));
    await until('the proxy listens', () => /^http:\/\/127.0.0.1:\d+\s/m.test(terminal.stdout));
    const [, port] = /^http:\/\/127.0.0.1:(\d+)\s/m.exec(terminal.stdout);
    const tunnel = await openTunnel(scope, Number(port), `origin.example:${sandbox.origin_port}`);
    terminal.child.stdin.write('\u0003');
    await until('the proxy is stopping', () => /stopping: open connections get/.test(terminal.stdout));
    tunnel.write('GET / HTTP/1.1\r\nHost: origin.example\r\nConnection: close\r\n\r\n');
    const [response] = await once(tunnel, 'data');
    assert.match(String(response), /^HTTP\/1.1 200/, 'the open tunnel has its time');
    await until('the command ends', () => /status=/.test(terminal.stdout));
    assert.match(terminal.stdout, /stopped: 1 connection;[^]*status=0/);
  });

  it('Passes descriptors that an argument names', async (t) => {
    const bin = project.path('node_modules', '.bin', 'aluvia-connect');
    const { ALV_USER_TOKEN: token, ...env } = sandboxVariables(sandbox);
    const command = `"${bin}" exec --token-file <(printf %s "$SECRET") --log-level silent -- echo done`;
    const { code, stdout, stderr } = await project.run('bash', ['-c', command], { ...env, SECRET: token });
    assert.deepEqual([code, stdout], [0, 'done\n'], stderr);
  });

  it('Stops the proxy with --exit-with-parent when npx is killed', async (t) => {
    const started = project.start(Scope.of(t), 'npx', ['--offline', 'aluvia-connect', 'run', '--exit-with-parent', '--api-base-url', sandbox.api],
      sandboxVariables(sandbox));
    await started.firstLine();
    started.signal('SIGKILL');
    await until('the proxy ends', async () => (await proxiesWith(sandbox.api)).length === 0, { within: 2000 });
  });
});

describe('A program that cannot be run', () => {
  /** Returns the message of the ProxyStartError with which start() is rejected in this project. */
  async function startError(user, env = {}, before = '') {
    const { stdout, stderr, code } = await user.script(`
import { AgentConnectClient } from '${MAIN}';
${before}
const error = await new AgentConnectClient({ token: 'x', logLevel: 'silent' }).start().catch((reason) => reason);
console.log(JSON.stringify([error.name, error.message]));
`, env);
    assert.equal(code, 0, stderr);
    const [name, message] = JSON.parse(stdout);
    assert.equal(name, 'ProxyStartError');
    assert.doesNotMatch(message, /\n/);
    return message;
  }
  const binary = async (text, mode = 0o755) => ({ ALUVIA_CONNECT_BINARY: await project.write('program', text, { mode }).then((path) => chmod(path, mode).then(() => path)) });

  it('Is named with platform, package and likely cause when its package is missing', async (t) => {
    const user = await Project.install(Scope.of(t), { pattern: /agent-connect-node/, args: ['--omit=optional'] });
    assert.match(await startError(user), /^cannot find the program for linux-x64: .*@aluvia\/aluvia-connect-linux-x64 is not installed.*--no-optional.*lock file/);
    const { code, stderr } = await user.run('npx', ['--offline', 'aluvia-connect', '--version']);
    assert.equal(code, 69);
    assert.match(stderr, /^aluvia-connect: cannot find the program for linux-x64: .*\n$/);
  });

  it('Is named on an unsupported platform', async () => {
    const message = await startError(project, {}, "Object.defineProperty(process, 'platform', { value: 'darwin' });");
    assert.match(message, /no package for darwin-x64, only for linux-x64 and linux-arm64; set ALUVIA_CONNECT_BINARY/);
  });

  it('Is named when ALUVIA_CONNECT_BINARY is wrong', async () => {
    assert.match(await startError(project, { ALUVIA_CONNECT_BINARY: '/no/such' }), /ALUVIA_CONNECT_BINARY names \/no\/such, which does not exist/);
  });

  it('Is told from one without its run bit, its C library, or any sense', async () => {
    assert.match(await startError(project, await binary('#!/bin/sh\n', 0o644)), /cannot run .*program: it may not be executed; chmod \+x/);
    assert.match(await startError(project, await binary('#!/no/ld-musl\n')), /its C library \(glibc 2.36 or later\) is not on this system/);
    assert.match(await startError(project, await binary('#!/bin/sh\necho "version GLIBC_2.36 not found" >&2; exit 1\n')), /GLIBC_2.36 not found/);
    assert.match(await startError(project, await binary('#!/bin/sh\nexit 3\n')), /ended with exit status 3/);
    assert.match(await startError(project, await binary('#!/bin/sh\nkill -9 $$\n')), /ended by SIGKILL/);
    assert.match(await startError(project, await binary('#!/bin/sh\necho nonsense; echo "{}"\n')), /ended with exit status 0/);
  });

  it('Is named when the system has no file descriptor left', async () => {
    const message = await startError(project, {}, `
import { openSync } from 'node:fs';
try { for (;;) openSync('/dev/null'); } catch {}
`);
    assert.match(message, /cannot run .*EMFILE/);
  });
});
