// Provides a site that records the bytes of every request, head and body, and responds with 200.
import net from 'node:net';
import { serve } from './temp.mjs';

const HEAD_END = '\r\n\r\n';

export class RecordingSite {
  /** Every request since the last take(), in the order of their ends, as latin1 text. */
  #requests = [];

  /** `pages` are { path: [content type, text] }; every other path answers `ok`. */
  static async start(scope, pages = {}) {
    const site = new RecordingSite();
    site.pages = pages;
    site.port = await serve(scope, net.createServer((socket) => site.#converse(socket)));
    return site;
  }

  /** The requests recorded so far; the next call starts after them. */
  take() {
    return this.#requests.splice(0);
  }

  #converse(socket) {
    let text = '';
    let continued = false;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (;;) {
        const size = requestSize(text);
        if (size === undefined) {
          if (!continued && text.includes(HEAD_END) && /^Expect: 100-continue\r$/im.test(text)) {
            continued = true;
            socket.write('HTTP/1.1 100 Continue\r\n\r\n');
          }
          return;
        }
        this.#requests.push(text.slice(0, size));
        this.#answer(socket, text.slice(0, size));
        text = text.slice(size);
        continued = false;
      }
    });
  }

  #answer(socket, request) {
    const [method, target] = request.split(' ', 2);
    const [type, body] = this.pages[target] ?? ['text/plain', 'ok'];
    const close = /^Connection: close\r$/im.test(request);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
      + `${close ? 'Connection: close\r\n' : ''}Cache-Control: no-store\r\n\r\n${method === 'HEAD' ? '' : body}`);
    if (close) socket.end();
  }
}

/** The length of the first complete request in `text`; undefined while it is incomplete. */
function requestSize(text) {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = text.slice(0, end + 2);
  const body = end + HEAD_END.length;
  if (/^Transfer-Encoding: chunked\r$/im.test(head)) {
    const last = text.indexOf('0\r\n\r\n', body);
    return last < 0 ? undefined : last + 5;
  }
  const size = body + Number(/^Content-Length: (\d+)\r$/im.exec(head)?.[1] ?? 0);
  return text.length < size ? undefined : size;
}
