// Provides the settings of a unit for a sandbox, and a check whether a port is closed.
import net from 'node:net';

/** An environment file that points at the sandbox; `more` are further variables. */
export function environmentOf(sandbox, more = {}) {
  const variables = {
    ALUVIA_API_BASE_URL: sandbox.api,
    ALUVIA_DNS_SERVER: sandbox.dns_server,
    ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes',
    ALUVIA_GATEWAY_HOST: sandbox.gateway_host,
    ALUVIA_GATEWAY_PORT: sandbox.gateway_port,
    ...more,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}\n`).join('');
}

/** Returns true if a connection to a port of 127.0.0.1 is refused. */
export const isClosed = (port) => new Promise((resolve, reject) => {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => { socket.destroy(); resolve(false); });
  socket.once('error', (error) => (error.code === 'ECONNREFUSED' ? resolve(true) : reject(error)));
});
