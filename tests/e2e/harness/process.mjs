// Starts child processes that never outlive the test: they die with it even if it is killed.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { before } from './until.mjs';

const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'PYENV_VERSION'];

/** An environment without proxy variables, and with only the given settings of the program under test. */
export function cleanEnvironment(extra = {}) {
  const kept = PASSED_ON.filter((name) => name in process.env).map((name) => [name, process.env[name]]);
  return { ...Object.fromEntries(kept), ...extra };
}

/** True if a process with this number runs, and is not only waiting for its parent to learn of its end. */
export async function isRunning(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && stat.split(') ')[1][0] !== 'Z';
}

export class Process {
  #stdout = [];
  #stderr = [];
  #waiting = [];

  constructor(command, args, { env = {}, cwd } = {}) {
    // The kernel kills the child when the thread that made it ends, so that a killed test leaves nothing behind.
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      env: cleanEnvironment(env),
      cwd,
    });
    this.command = [command, ...args].join(' ');
    this.child.stdout.on('data', (bytes) => this.#receives(this.#stdout, bytes));
    this.child.stderr.on('data', (bytes) => this.#receives(this.#stderr, bytes));
    this.child.stdin.on('error', () => {}); // a child may end before it has read all of its input
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => resolve({ code, signal }));
    });
    this.exited.catch(() => {});
    this.child.on('close', () => this.#wake());
  }

  get pid() { return this.child.pid; }
  get running() { return this.child.exitCode === null && this.child.signalCode === null; }
  get stdoutBytes() { return Buffer.concat(this.#stdout); }
  get stdout() { return this.stdoutBytes.toString(); }
  get stderr() { return Buffer.concat(this.#stderr).toString(); }

  #receives(stream, bytes) {
    stream.push(bytes);
    this.#wake();
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #change() {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The first line of stdout; an error with stderr if the process ends without one. */
  async firstLine(within = 15_000) {
    const arrives = async () => {
      while (!this.stdout.includes('\n')) {
        if (!this.running) throw new Error(`${this.command}: ended with no line on stdout\n${this.stderr}`);
        await this.#change();
      }
      return this.stdout.slice(0, this.stdout.indexOf('\n'));
    };
    return before(within, `a line from ${this.command}\n${this.stderr}`, arrives());
  }

  signal(name) { this.child.kill(name); }

  /** { code, signal } of the end; an error if it does not come within the time. */
  async end(within = 15_000) {
    return before(within, `the end of ${this.command}`, this.exited);
  }

  /** SIGTERM, and SIGKILL for a process that does not end. */
  async stop() {
    if (this.running) this.signal('SIGTERM');
    await this.end(8_000).catch(async () => {
      this.signal('SIGKILL');
      await this.end();
    });
  }
}

/** Runs a command to its end: { code, signal, stdout, stderr, stdoutBytes }. */
export async function run(command, args, { input, within = 60_000, ...options } = {}) {
  const process = new Process(command, args, options);
  process.child.stdin.end(input);
  const { code, signal } = await process.end(within).catch((late) => {
    process.signal('SIGKILL');
    throw new Error(`${late.message}\n${process.stderr}`);
  });
  const { stdout, stderr, stdoutBytes } = process;
  return { code, signal, stdout, stderr, stdoutBytes };
}
