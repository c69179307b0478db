// Makes requests as text, for raw clients.

/** A GET of the sandbox's plain origin under `host`; `fields` are complete lines. */
export function get(sandbox, host, path = '/', fields = '') {
  const authority = `${host}:${sandbox.origin_port}`;
  return `GET http://${authority}${path} HTTP/1.1\r\nHost: ${authority}\r\n${fields}\r\n`;
}

/** A CONNECT; to a plain port, so that the tunnel can be read without TLS. */
export function connectTo(host, port) {
  return `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
}
