// Serves git over HTTPS on 127.0.0.1: git's http-backend behind Node's https server.
import { spawn } from 'node:child_process';
import https from 'node:https';
import { cleanEnvironment } from './process.mjs';
import { serve } from './temp.mjs';

/** Serves the repositories in `folder` for clone, fetch and push; returns the port. */
export async function serveGit(scope, folder, certificate) {
  return serve(scope, https.createServer(certificate, (request, response) => answer(folder, request, response)));
}

function answer(folder, request, response) {
  const { pathname, search } = new URL(request.url, 'https://git.invalid');
  const env = cleanEnvironment({
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    REMOTE_USER: 'tester',
    REQUEST_METHOD: request.method,
    PATH_INFO: pathname,
    QUERY_STRING: search.slice(1),
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    ...('content-length' in request.headers && { CONTENT_LENGTH: request.headers['content-length'] }),
  });
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  backend.stdin.on('error', () => {});
  request.pipe(backend.stdin);
  relay(backend.stdout, response);
}

/** CGI (RFC 3875, section 6): a head with an optional Status field, a blank line, the body. */
async function relay(output, response) {
  let head = '';
  for await (const bytes of output) {
    if (response.headersSent) {
      response.write(bytes);
      continue;
    }
    head += bytes.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const fields = head.slice(0, end).split('\r\n').map((line) => line.split(/: */, 2));
    const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), fields.filter(([name]) => name.toLowerCase() !== 'status').flat());
    response.write(Buffer.from(head.slice(end + 4), 'latin1'));
  }
  response.end();
}
