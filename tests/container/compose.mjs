// Starts an example of packaging/compose by docker-compose as its README says, with a sandbox in place of Aluvia. In the agent's place
// a container only holds the network namespace: the browser that enters it is this machine's.
import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process, run } from '../e2e/harness/process.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { aluviaConnect } from '../e2e/harness/aluvia_connect.mjs';
import { until } from '../e2e/harness/until.mjs';
import { IMAGE, NotHere } from './engine.mjs';

export const EXAMPLE = join(dirname(fileURLToPath(import.meta.url)), '../../packaging/compose');

const TOKEN = 'token-of-the-example';
const PORTS = { api: 4001, gateway: 4002, dns: 4003, origin: 8000 };
export const SETTINGS = { PLAYWRIGHT_IMAGE: 'stand-in', PROXY_AUTH: 'agent:a-long-password' };

const OVERRIDE = {
  services: {
    'aluvia-connect': {
      image: `localhost/${IMAGE}`,
      environment: {
        ALUVIA_API_BASE_URL: `http://127.0.0.1:${PORTS.api}`,
        ALUVIA_GATEWAY_HOST: '127.0.0.1',
        ALUVIA_GATEWAY_PORT: PORTS.gateway,
        ALUVIA_DNS_SERVER: `127.0.0.1:${PORTS.dns}`,
        ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes',
      },
    },
    agent: { image: `localhost/${IMAGE}`, command: ['sandbox'], init: false },
  },
};

/** Runs `docker-compose config` on a file of the example: { code, stdout, stderr }. */
export function config(file, settings = SETTINGS) {
  return run('docker-compose', ['--file', join(EXAMPLE, file), 'config'], { env: settings });
}

export async function requireCompose(engine) {
  const asked = await run('docker-compose', ['version', '--short']).catch(() => undefined);
  if (asked?.code !== 0) throw new NotHere('docker-compose is missing; scripts/setup image installs it');
  if (engine.program !== 'podman') throw new NotHere('these tests bring the examples up on podman');
  if (process.getuid() !== 0) throw new NotHere('only root may enter the containers\' network');
}

export class Project {
  #scope;
  #environment;
  #arguments;

  /** The example of `file`, with nothing started yet. */
  static async open(scope, engine, file) {
    const project = new Project();
    project.#scope = scope;
    project.engine = engine;
    project.name = `aluviatest${process.pid}${file.replace(/\W/g, '')}`;
    const folder = await temporaryFolder(scope);
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'aluvia-token'), TOKEN, { mode: 0o644 });
    await writeFile(join(folder, 'override.json'), JSON.stringify(OVERRIDE));
    const socket = await engineAsDocker(scope, engine, folder);
    project.#environment = { ...SETTINGS, DOCKER_HOST: socket, ALUVIA_TOKEN_PATH: join(folder, 'aluvia-token') };
    project.#arguments = ['--project-name', project.name, '--project-directory', EXAMPLE,
      '--file', join(EXAMPLE, file), '--file', join(folder, 'override.json')];
    scope.defer(() => project.#down());
    return project;
  }

  async compose(...args) {
    const ended = await run('docker-compose', [...this.#arguments, ...args], { env: this.#environment, within: 180_000 });
    if (ended.code !== 0) throw new Error(`docker-compose ${args.join(' ')} ended with ${ended.code}\n${ended.stderr}`);
    return ended.stdout;
  }

  // podman does not remove a container while another is in its network, which docker-compose does not know.
  async #down() {
    await this.compose('rm', '--stop', '--force', 'agent');
    await this.compose('down', '--timeout', '10', '--volumes');
  }

  up(service) { return this.compose('up', '--detach', '--no-build', service); }
  container(service) { return `${this.name}_${service}_1`; }

  async inspect(service) {
    return JSON.parse(await this.engine.answer(['inspect', this.container(service)]))[0];
  }

  /** A command of this machine inside the service's network. */
  async inside(service, command, { env, ...options } = {}) {
    const { State } = await this.inspect(service);
    return run('nsenter', ['--target', String(State.Pid), '--net', ...command], { env, ...options });
  }

  /** An emulated Aluvia on the loopback of the service; its site has `url(host)`. */
  async sandbox(service, rules) {
    const { State } = await this.inspect(service);
    const ports = Object.entries(PORTS).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
    const box = new Process('nsenter', ['--target', String(State.Pid), '--net', aluviaConnect, 'sandbox', '--json', '--token', TOKEN,
      ...ports, ...rules.flatMap((rule) => ['--rule', rule])]);
    this.#scope.defer(() => box.stop());
    await box.firstLine();
  }

  url(host) { return `http://${host}:${PORTS.origin}/page/3`; }

  /** Runs the image's health check as the engine does, until it passes: podman runs it only with systemd. */
  async healthy(service) {
    await until(`${service} healthy`, async () => (await this.engine.command(['healthcheck', 'run', this.container(service)])).code === 0,
      { within: 60_000, every: 200 });
  }
}

// podman speaks docker's protocol on a socket; a configuration file holds the settings that containers need here.
async function engineAsDocker(scope, engine, folder) {
  const conf = join(folder, 'containers.conf');
  const runtime = engine.before.includes('runc') ? '[engine]\nruntime = "runc"\n' : '';
  await writeFile(conf, `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n${runtime}`);
  const address = `unix://${join(folder, 'engine.sock')}`;
  const service = new Process('podman', ['system', 'service', '--time', '0', address], { env: { CONTAINERS_CONF: conf } });
  scope.defer(() => service.stop());
  await until('podman answers as docker does', async () => (await run('docker-compose', ['--host', address, 'version'])).code === 0
    && (await run('curl', ['-sf', '--unix-socket', join(folder, 'engine.sock'), 'http://localhost/_ping'])).code === 0);
  return address;
}
