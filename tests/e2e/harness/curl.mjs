// Runs curl as a client of the proxy and returns what it received as a value.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './process.mjs';
import { Scope } from './scope.mjs';
import { temporaryFolder } from './temp.mjs';

/**
 * curl through `proxy`: { code, status, via, head, body, transfers, stderr }. `head` is everything that came before
 * or after the bodies (the answer to CONNECT, 1xx heads, heads, trailers); `transfers` are curl's own facts, one object for each URL.
 */
export async function curl(proxy, args, { input, within = 60_000 } = {}) {
  const scope = new Scope();
  try {
    const headFile = join(await temporaryFolder(scope), 'head');
    const limit = String(within / 1000);
    const ended = await run('curl', ['-q', '-sS', '--proxy', proxy.url, '--max-time', limit, '-D', headFile,
      '-w', '%{stderr}%{json}\n', ...args], { input, within: within + 5_000 });
    return received(ended, await readFile(headFile, 'utf8').catch(() => ''));
  } finally {
    await scope.close();
  }
}

function received(ended, head) {
  const transfers = ended.stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const last = transfers.at(-1) ?? {};
  return {
    code: ended.code,
    status: last.http_code,
    connectStatus: last.http_connect,
    head,
    via: [...head.matchAll(/^x-sandbox-via: (\S+)/gim)].map((match) => match[1]).at(-1),
    body: ended.stdout,
    bodyBytes: ended.stdoutBytes,
    transfers,
    stderr: ended.stderr,
  };
}
