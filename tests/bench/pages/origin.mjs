// The web sites that scripts/bench --jobs pages loads: every host name on one address each, plain HTTP/1.1, HTTP/1.1 over
// TLS, and HTTP/2 over TLS, on the ports of the command line. Prints a line when it listens.
//
//   node origin.mjs KEY-AND-CERTIFICATE.pem HTTP-PORT HTTPS-PORT HTTP2-PORT
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';

const SIZES = [1, 2, 4, 8, 16, 32].map((kilobytes) => kilobytes * 1024); // of resources, one after the other
const KEEP_ALIVE_MS = 60_000; // as common servers, longer than the pause between two loads

const [pem, ...ports] = process.argv.slice(2);
const identity = readFileSync(pem);
const tls = { key: identity, cert: identity };

/** Scripts and style sheets hold up the page; images do not. */
function element(number, url) {
  if (number % 20 === 0) return `<link rel="stylesheet" href="${url('css')}">`;
  if (number % 20 < 4) return `<script defer src="${url('js')}"></script>`;
  return `<img alt="" src="${url('gif')}">`;
}

/** `resources` on `hosts`; the last quarter is requested by a script once the document has been parsed. */
function page(resources, hosts, scheme, port) {
  const addresses = Array.from({ length: resources }, (_, number) =>
    (kind) => `${scheme}://w${number % hosts}.pages.example:${port}/r/${number}.${kind}`);
  const late = addresses.splice(Math.ceil(resources * 0.75)).map((address) => address('gif'));
  const script = `performance.setResourceTimingBufferSize(1000);
  addEventListener("DOMContentLoaded", () => {
    for (const address of ${JSON.stringify(late)}) document.body.append(Object.assign(new Image(), { src: address }));
  });`;
  const elements = addresses.map((address, number) => element(number, address)).join('\n');
  return `<!doctype html><title>page</title><script>${script}</script><body>${elements}</body>`;
}

// One transparent pixel; decoders ignore the bytes behind it. Decoding must cost little, for it is not what is measured.
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const BODIES = {
  css: ['text/css', (size) => Buffer.from(`/*${'.'.repeat(size - 4)}*/`)],
  js: ['text/javascript', (size) => Buffer.from(`/*${'.'.repeat(size - 4)}*/`)],
  gif: ['image/gif', (size) => Buffer.concat([PIXEL, Buffer.alloc(size - PIXEL.length)])],
};
const FILLED = Object.fromEntries(Object.entries(BODIES).map(([kind, [type, fill]]) => [kind, { type, bodies: SIZES.map(fill) }]));

function answer(request, response) {
  const scheme = request.socket.encrypted ? 'https' : 'http';
  // A gateway hands on requests in absolute-form.
  const { pathname } = new URL(request.url, 'http://any.example');
  const [, first, second, third] = pathname.split('/');
  let type = 'text/html';
  let body = '';
  if (first === 'page') {
    body = page(Number(second), Number(third), scheme, request.socket.localPort);
  } else if (first === 'r') {
    const [number, kind] = second.split('.');
    type = FILLED[kind].type;
    body = FILLED[kind].bodies[Number(number) % SIZES.length];
  }
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const servers = [
  http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, answer),
  https.createServer({ ...tls, keepAliveTimeout: KEEP_ALIVE_MS }, answer),
  http2.createSecureServer(tls, answer),
];
await Promise.all(servers.map((server, at) => new Promise((resolve) => { server.listen(Number(ports[at]), '0.0.0.0', 4096, resolve); })));
console.log('ready');
