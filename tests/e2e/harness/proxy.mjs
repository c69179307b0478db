// Starts `aluvia-connect run` as a user would, and reads its URL from stdout.
import { readFile } from 'node:fs/promises';
import { launch } from './aluvia_connect.mjs';

export class Proxy {
  /** Starts one that uses the sandbox and ends with the scope; `args` follow the sandbox's options. */
  static async start(scope, sandbox, args = [], options = {}) {
    return Proxy.startWith(scope, [...sandbox.runOptions, ...args], options);
  }

  static async startWith(scope, args, options = {}) {
    const proxy = new Proxy();
    proxy.process = launchRun(scope, args, options);
    const line = await proxy.process.firstLine();
    proxy.url = line.startsWith('{') ? JSON.parse(line).url : line;
    proxy.port = Number(new URL(proxy.url).port);
    return proxy;
  }

  /** Bytes of the largest resident set so far. */
  peakMemory() { return this.#bytes('VmHWM'); }
  /** Bytes of its current anonymous memory. */
  ownMemory() { return this.#bytes('RssAnon'); }

  async #bytes(name) {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
  }
}

/** `aluvia-connect run` without waiting for its line, for tests that expect it to fail. */
export function launchRun(scope, args, options) {
  return launch(scope, ['run', ...args], options);
}
