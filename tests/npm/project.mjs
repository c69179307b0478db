// Installs the packed npm packages into an empty folder, as a user without a network does.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Process, run } from '../e2e/harness/process.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';

if (!process.env.ALUVIA_NPM_PACKAGES) {
  throw new Error('set ALUVIA_NPM_PACKAGES to the folder that scripts/package-npm filled (ctest does it)');
}
const PACKAGES = process.env.ALUVIA_NPM_PACKAGES;
const LIBRARIES = new URL('../e2e/node_modules', import.meta.url).pathname;
export const TOOLS = new URL('../../packaging/npm/node_modules', import.meta.url).pathname;

export const MAIN = '@aluvia/agent-connect-node';

/** Paths of the tarballs whose names match. */
export async function tarballs(pattern = /\.tgz$/) {
  const names = await readdir(PACKAGES);
  return names.filter((name) => pattern.test(name)).map((name) => join(PACKAGES, name));
}

export class Project {
  /** A user's project with the packages whose tarballs match `pattern`; ends with the scope. */
  static async install(scope, { pattern, args = [] } = {}) {
    const project = new Project();
    project.folder = await temporaryFolder(scope);
    project.runtime = join(project.folder, 'runtime');
    await mkdir(project.runtime, { mode: 0o700 });
    await project.write('package.json', '{ "name": "user", "private": true }\n');
    const files = await tarballs(pattern);
    assert.ok(files.length > 0, `no packages in ${PACKAGES}`);
    const { code, stderr } = await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...args, ...files],
      { cwd: project.folder, env: { npm_config_cache: join(project.folder, 'cache') } });
    assert.equal(code, 0, stderr);
    return project;
  }

  path(...names) { return join(this.folder, ...names); }

  /** Loads the package as a program in this project does. */
  load() { return createRequire(this.path('index.js'))(MAIN); }

  async write(name, text, options) {
    await writeFile(this.path(name), text, options);
    return this.path(name);
  }

  /** Installs libraries that have been installed beside the end-to-end tests, or in `from`. */
  async link(names, from = LIBRARIES) {
    for (const name of names) {
      await mkdir(dirname(this.path('node_modules', name)), { recursive: true });
      await symlink(join(from, name), this.path('node_modules', name));
    }
  }

  /** Runs a command in the project to its end. */
  run(command, args, env = {}) {
    return run(command, args, { cwd: this.folder, env: { XDG_RUNTIME_DIR: this.runtime, ...env } });
  }

  start(scope, command, args, env = {}) {
    const started = new Process(command, args, { cwd: this.folder, env: { XDG_RUNTIME_DIR: this.runtime, ...env } });
    scope.defer(() => started.stop());
    return started;
  }

  /** Runs JavaScript as a user's file. */
  async script(text, env, name = 'script.mjs') {
    return this.run('node', [await this.write(name, text)], env);
  }

  /** Paths of the control sockets that proxies have left. */
  async leftFiles() {
    const folder = join(this.runtime, 'aluvia-connect');
    return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  }

  async removeLeftFiles() {
    for (const path of await this.leftFiles()) await rm(path);
  }
}

/** The variables by which a program without options finds the sandbox. */
export function sandboxVariables(sandbox) {
  return {
    ALV_USER_TOKEN: sandbox.token,
    ALUVIA_API_BASE_URL: sandbox.api,
    ALUVIA_GATEWAY_HOST: sandbox.gateway_host,
    ALUVIA_GATEWAY_PORT: String(sandbox.gateway_port),
    ALUVIA_DNS_SERVER: sandbox.dns_server,
    ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes',
    NODE_EXTRA_CA_CERTS: sandbox.ca_file,
  };
}

/** Process ids of proxies that were started with `mark` in their arguments. */
export async function proxiesWith(mark) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (words[1] === 'run' && words.some((word) => word.includes(mark))) found.push(Number(pid));
  }
  return found;
}

/** Process ids of children of `parent` that have ended and were not waited for. */
export async function zombiesOf(parent) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' && Number(ppid) === parent) found.push(Number(pid));
  }
  return found;
}
