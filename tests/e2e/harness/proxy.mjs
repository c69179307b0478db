// Starts `aluvia-connect run` as a user would, and reads its URL from stdout.
import { readFile } from 'node:fs/promises';
import { launch } from './aluvia_connect.mjs';

export class Proxy {
  /** Starts one that uses the sandbox and ends with the scope; `args` stand after the sandbox's own. */
  static async start(scope, sandbox, args = [], { env } = {}) {
    return Proxy.startWith(scope, [...sandbox.runOptions, ...args], { env });
  }

  static async startWith(scope, args, { env } = {}) {
    const proxy = new Proxy();
    proxy.process = launchRun(scope, args, { env });
    const line = await proxy.process.firstLine();
    proxy.url = line.startsWith('{') ? JSON.parse(line).url : line;
    proxy.port = Number(new URL(proxy.url).port);
    return proxy;
  }

  /** Bytes of the largest resident set so far. */
  async peakMemory() {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)[1]) * 1024;
  }
}

/** `aluvia-connect run` without waiting for its line, for those who expect it to fail. */
export function launchRun(scope, args, options) {
  return launch(scope, ['run', ...args], options);
}
