// Runs the image as in production: read-only, without capabilities, beside a sandbox in a container of the same image.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Sandbox } from '../e2e/harness/sandbox.mjs';
import { freePort, temporaryFolder } from '../e2e/harness/temp.mjs';
import { IMAGE } from './engine.mjs';

/** Options of `engine run`; podman by itself would still make /tmp and /run writable. */
export function hardened(engine) {
  const nothingWritable = engine.program === 'podman' ? ['--read-only-tmpfs=false'] : [];
  return ['--read-only', ...nothingWritable, '--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--network', 'host'];
}

/** A sandbox on the host's loopback; `ca_path` is its CA file, as the host names it. */
export async function sandboxContainer(scope, engine) {
  const folder = await temporaryFolder(scope);
  await chmod(folder, 0o777); // the image's user writes into it
  const start = (inner, args) => engine.start(inner, [...hardened(engine), '--volume', `${folder}:/ca`, IMAGE, ...args, '--ca-file', '/ca/ca.pem']);
  const sandbox = await Sandbox.start(scope, { start });
  sandbox.ca_path = join(folder, 'ca.pem');
  return sandbox;
}

/** The sandbox's account as variables, without the token: the settings that a container needs. */
export function environmentOf(sandbox) {
  return {
    ALUVIA_API_BASE_URL: sandbox.api,
    ALUVIA_GATEWAY_HOST: sandbox.gateway_host,
    ALUVIA_GATEWAY_PORT: String(sandbox.gateway_port),
    ALUVIA_DNS_SERVER: sandbox.dns_server,
    ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes',
    ALUVIA_POLL_INTERVAL: '1000',
  };
}

export const asOptions = (environment) => Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

/** A hardened proxy that is ready, as { url, port, container }; `options` are the engine's, `args` the program's. */
export async function proxyContainer(scope, engine, sandbox, { options = [], args = [], env = {} } = {}) {
  const port = await freePort();
  const variables = { ...environmentOf(sandbox), ALUVIA_TOKEN: sandbox.token, ALUVIA_PORT: String(port), ...env };
  const container = engine.start(scope, [...hardened(engine), ...asOptions(variables), ...options, IMAGE, ...args]);
  return { url: await container.firstLine(), port, container };
}
