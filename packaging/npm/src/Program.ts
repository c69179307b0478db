// The native proxy as a child process: starts it, reads its ready line and its log, and stops it.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { spawnError } from './binary';
import { ProxyStartError, startError } from './errors';
import { readLines } from './lines';
import type { LogRecord } from './logger';
import { isRequest, type RequestRecord } from './requests';

/** The program's line on stdout, once it listens and has a configuration. */
export interface Listening {
  host: string;
  port: number;
  url: string;
  pid: number;
}

export interface ProgramExit {
  /** Exit status; null after a signal, or if the program never ran. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** True if stop() came before the end. */
  expected: boolean;
}

export interface Launch {
  path: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Goes to the program through descriptor 3, so that no other process can see it. */
  token: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  killAfterMs: number;
  onRecord: (record: LogRecord) => void;
  onRequest: (record: RequestRecord) => void;
  /** Called once, before `listening` is rejected. */
  onExit: (exit: ProgramExit) => void;
}

export const STOPPED = 'cannot start the proxy: stop() was called before it listened';

export class Program {
  /** Rejected with the reason if the program ends before it listens. */
  readonly listening: Promise<Listening>;
  /** Never rejected. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #launch: Launch;
  #lastError: Partial<LogRecord> = {};
  #isStopping = false;
  #hasExited = false;

  /** Throws if the arguments cannot be passed to any program. */
  constructor(launch: Launch) {
    this.#launch = launch;
    // A process group of its own: Ctrl-C in a terminal is for Node, which then calls stop(). stdin stays an open pipe
    // for as long as Node lives; the program stops when it ends, however Node ended.
    this.#child = spawn(launch.path, launch.args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: launch.env,
      detached: true,
    });
    let setExited = () => {};
    this.exited = new Promise((resolve) => {
      setExited = resolve;
    });
    this.listening = new Promise((resolve, reject) => {
      this.#readOutput(resolve);
      this.#awaitEnd((error) => {
        reject(error);
        setExited();
      });
    });
    // Callers of start() get the rejection; without a caller it is no unhandled one.
    this.listening.catch(() => {});
    this.#passToken();
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Sends SIGTERM, later SIGKILL; resolved when the process has ended. */
  stop(): Promise<void> {
    if (this.#isStopping || this.#hasExited) return this.exited;
    this.#isStopping = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#launch.killAfterMs);
    return this.exited.finally(() => clearTimeout(timer));
  }

  // The program may end before it has read the token. Without file descriptors Node makes no streams at all.
  #passToken(): void {
    const [stdin, , , token] = this.#child.stdio ?? [];
    for (const stream of [stdin, token]) stream?.on('error', () => {});
    (token as Writable | undefined)?.end(this.#launch.token);
  }

  #readOutput(resolve: (listening: Listening) => void): void {
    const { stdout, stderr } = this.#child;
    if (stdout) {
      readLines(stdout, (line) => {
        const listening = parseListening(line);
        if (listening) resolve(listening);
      });
    }
    if (stderr) readLines(stderr, (line) => this.#receive(line));
  }

  #awaitEnd(done: (error: Error) => void): void {
    const finish = (code: number | null, signal: NodeJS.Signals | null, error: Error) => {
      if (this.#hasExited) return;
      this.#hasExited = true;
      this.#launch.onExit({ code, signal, expected: this.#isStopping });
      done(error);
    };
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) finish(null, null, spawnError(this.#launch.path, error));
    });
    // 'close' comes after the last line of both streams.
    this.#child.once('close', (code, signal) => finish(code, signal, this.#failedStart(code, signal)));
  }

  #receive(line: string): void {
    const record = parseRecord(line);
    if (isRequest(record)) {
      this.#launch.onRequest(record);
    } else {
      if (record.level === 'error') this.#lastError = record;
      this.#launch.onRecord(record);
    }
  }

  /** The program's last error says why; the exit status says which class. */
  #failedStart(code: number | null, signal: NodeJS.Signals | null): Error {
    if (this.#isStopping) return new ProxyStartError(STOPPED);
    const { message, error, status } = this.#lastError;
    const end = signal ? `the program was ended by ${signal}` : `the program ended with exit status ${code}`;
    return startError({
      exit: code ?? 70,
      message: message ?? `cannot start the proxy: ${end}`,
      error: typeof error === 'string' ? error : undefined,
      status: typeof status === 'number' ? status : undefined,
    });
  }
}

function parseListening(line: string): Listening | undefined {
  const value = parseObject(line);
  return typeof value?.port === 'number' ? (value as unknown as Listening) : undefined;
}

/** A line that is not JSON comes from the dynamic linker or from a program that is not ours. */
function parseRecord(line: string): LogRecord | RequestRecord {
  const value = parseObject(line) as LogRecord | RequestRecord | undefined;
  return value && (isRequest(value) || typeof value.message === 'string')
    ? value
    : { time: new Date().toISOString(), level: 'error', message: line };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
