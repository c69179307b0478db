// Asks and changes the running proxy by the program's own commands, which check who owns the control socket.
import { execFile, spawnSync } from 'node:child_process';
import { spawnError } from './binary';
import { commandError } from './errors';

export interface Target {
  path: string;
  env: NodeJS.ProcessEnv;
  port: number;
}

// A change goes to the API, so it may take as long as the program's own limits for that.
const LIMITS = { timeout: 60_000, maxBuffer: 1024 * 1024, killSignal: 'SIGKILL', encoding: 'utf8' } as const;

interface Ended {
  exit: number;
  stdout: string;
  stderr: string;
}

/** Runs a command and returns its JSON. */
export async function ask<T>({ path, env, port }: Target, words: string[]): Promise<T> {
  const ended = new Promise<Ended>((resolve, reject) => {
    execFile(path, argumentsOf(words, port), { ...LIMITS, env }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(failure(path, error));
      else resolve({ exit: Number(error?.code ?? 0), stdout, stderr });
    });
  });
  return answerOf(await ended);
}

/** The same, but Node waits for the answer, some milliseconds. For queries that the proxy answers by itself. */
export function askNow<T>({ path, env, port }: Target, words: string[]): T {
  const ended = spawnSync(path, argumentsOf(words, port), { ...LIMITS, timeout: 5_000, env });
  if (ended.error) throw failure(path, ended.error);
  return answerOf({ ...ended, exit: ended.status ?? 70 });
}

function argumentsOf(words: string[], port: number): string[] {
  return [...words, '--port', String(port), '--json'];
}

function failure(path: string, error: Error & { code?: unknown; killed?: boolean | undefined }): Error {
  if (error.killed || error.code === 'ETIMEDOUT')
    return new Error('cannot ask the proxy: it did not answer in time');
  return typeof error.code === 'string' ? spawnError(path, error as NodeJS.ErrnoException) : error;
}

function answerOf<T>({ exit, stdout, stderr }: Ended): T {
  const answer = parse(stdout);
  if (exit === 0 && answer !== undefined) return answer as T;
  const { code, message, status } = (answer as { error?: Record<string, unknown> } | undefined)?.error ?? {};
  throw commandError({
    exit,
    message:
      typeof message === 'string' ? message : stderr.trim() || `cannot ask the proxy: exit status ${exit}`,
    error: typeof code === 'string' ? code : undefined,
    status: typeof status === 'number' ? status : undefined,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
