// Finds the container engine of this machine and a way to start containers, and builds the image under test.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process, run } from '../e2e/harness/process.mjs';

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const MINUTE = 60_000;

export const IMAGE = 'aluvia-connect:under-test';

/** Thrown if the machine lacks something; the tests are then skipped, not failed. */
export class NotHere extends Error {}

/** The engine of this machine: the program, and its arguments before and after `run`. */
class Engine {
  #counter = 0;

  constructor(program, before = [], behind = []) {
    Object.assign(this, { program, before, behind });
  }

  /** `engine ARGUMENTS` to its end. */
  command(args, options) { return run(this.program, args, options); }

  /** Like command(), but returns stdout and throws if the command fails. */
  async answer(args, options) {
    const ended = await this.command(args, options);
    if (ended.code !== 0) throw new Error(`${this.program} ${args.join(' ')}: ended with ${ended.code}\n${ended.stderr}`);
    return ended.stdout;
  }

  #runArguments(args) { return [...this.before, 'run', '--rm', ...this.behind, ...args]; }

  /** A container from its start to its end: { code, stdout, stderr }. */
  run(args, options) { return run(this.program, this.#runArguments(args), options); }

  /** A container that runs until the scope ends, as a Process with the `name` that other commands know it by. */
  start(scope, args) {
    const name = `aluvia-test-${process.pid}-${++this.#counter}`;
    const container = new Process(this.program, this.#runArguments(['--name', name, ...args]));
    container.name = name;
    scope.defer(() => this.#remove(container));
    return container;
  }

  async #remove(container) {
    await this.command(['rm', '--force', container.name]);
    await container.end();
  }

  /** The process ID of its process on the host. */
  async processOf(container) {
    return Number(await this.answer(['inspect', '--format', '{{.State.Pid}}', container.name]));
  }
}

/**
 * Builds the image around the program under test and finds out how containers start here. With ALUVIA_IMAGE=compiled the
 * Dockerfile compiles the program, which takes minutes.
 */
export async function engineWithImage() {
  const program = await answeringProgram();
  const source = process.env.ALUVIA_IMAGE === 'compiled' ? [] : ['--program', process.env.ALUVIA_CONNECT];
  const built = await run(join(PROJECT, 'scripts/image'), [...source, IMAGE], { within: 40 * MINUTE });
  if (built.code !== 0) throw new Error(`scripts/image ended with ${built.code}\n${built.stderr.slice(-4000)}`);
  return startingEngine(program);
}

async function answeringProgram() {
  for (const program of ['docker', 'podman']) {
    const asked = await run(program, ['images', '-q']).catch(() => undefined);
    if (asked?.code === 0) return program;
  }
  throw new NotHere('neither docker nor podman answers; scripts/setup image installs podman');
}

// Some machines do not permit the higher limits that podman sets, lack the systemd that podman uses for health checks, and have
// control groups that only runc accepts.
const LOW = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--no-healthcheck'];

async function startingEngine(program) {
  const engines = [new Engine(program)];
  if (program === 'podman') engines.push(new Engine(program, [], LOW), new Engine(program, ['--runtime', 'runc'], LOW));
  let why;
  for (const engine of engines) {
    const tried = await engine.run(['--network', 'none', IMAGE, '--version']);
    if (tried.code === 0) return engine;
    why = tried.stderr.trim().split('\n').at(-1);
  }
  throw new NotHere(`${program} cannot start a container on this machine: ${why}`);
}
