#!/usr/bin/env node
// The command aluvia-connect: runs the native program and passes on arguments, signals and exit status.
import { type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { findBinary, spawnError } from './binary';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const OF_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT'];

function fail(error: Error): never {
  process.stderr.write(`aluvia-connect: ${error.message}\n`);
  process.exit(69);
}

/** The program inherits stdin, stdout, stderr and each descriptor that an argument names, such as a <(command) of bash. */
function descriptors(args: string[]): StdioOptions {
  const named = args.flatMap((arg) =>
    [...arg.matchAll(/\/dev\/fd\/(\d{1,3})$/g)].map((match) => Number(match[1])),
  );
  const out = Array.from({ length: Math.max(2, ...named) + 1 }, (_, index) =>
    named.includes(index) ? index : 'ignore',
  ) as (number | 'ignore' | 'inherit')[];
  return out.fill('inherit', 0, 3);
}

/** Ctrl-C reaches every process of the terminal's foreground group; passed on, it would count as a second one. */
function isInForeground(): boolean {
  // proc(5): after the name in parentheses come state, parent, group, session, terminal, foreground group.
  const [, , group, , , foreground] =
    readFileSync('/proc/self/stat', 'utf8').split(') ').pop()?.split(' ') ?? [];
  return group === foreground;
}

function run(path: string, args: string[]): void {
  const child = spawn(path, args, { stdio: descriptors(args) });
  child.on('error', (error) => fail(spawnError(path, error)));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 70)));
  for (const signal of PASSED_ON) {
    process.on(signal, () => {
      if (!(OF_TERMINAL.includes(signal) && isInForeground())) child.kill(signal);
    });
  }
  // npm passes a signal to the shell between it and this process only, so the end of the shell stands for the signal.
  if (args.includes('--exit-with-parent') || process.env.npm_command !== undefined) {
    endWithParent(() => child.kill('SIGTERM'));
  }
}

/** The program's parent is this process, so the program cannot see when the process that started this one has ended. */
function endWithParent(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer); // a second SIGTERM would end the proxy at once
    end();
  }, 500);
}

try {
  run(findBinary(), process.argv.slice(2));
} catch (error) {
  fail(error as Error);
}
