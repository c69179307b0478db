// Lists the routes from the proxy to a server of the test: as the site itself, or as the gateway, with or without TLS.
import { DIRECT, PROXIED } from './sandbox.mjs';

/** For each: `host` is the host that its clients request; `options` are those of `run` for a server on `port`, whose certificate `authority` signed. */
export const ROUTES = {
  'straight': { host: DIRECT, options: () => [] },
  'through the gateway': { host: PROXIED, options: (port) => ['--gateway-port', String(port)] },
  'through the gateway over TLS': {
    host: PROXIED,
    tls: true,
    options: (port, authority) => ['--gateway-protocol', 'https', '--gateway-host', 'localhost', '--gateway-port', String(port),
      '--gateway-ca', authority.certificate],
  },
};
