// Provides an origin or a gateway that sends as many bytes as its reader takes, or reads none, for any number of connections, and
// counts the bytes. It follows a request's path: /down sends, /up does not read, /both sends and does not read.
import net from 'node:net';
import tls from 'node:tls';
import { alphabet } from './digest.mjs';
import { serve } from './temp.mjs';

const BLOCK = alphabet(65_536);

export class BulkServer {
  sent = 0; // on all connections, as far as their sockets accepted it
  #sockets = [];

  /** Every transfer is `size` bytes. With `certificate` ({ cert, key }) it speaks TLS. Ends with the scope. */
  static async start(scope, { size, certificate }) {
    const bulk = new BulkServer();
    bulk.size = size;
    const accept = (socket) => bulk.#serve(socket);
    const server = certificate
      ? tls.createServer({ ...certificate, allowHalfOpen: true }, accept)
      : net.createServer({ allowHalfOpen: true }, accept);
    bulk.port = await serve(scope, server);
    return bulk;
  }

  get connections() { return this.#sockets.length; }

  async #serve(socket) {
    socket.on('error', () => {});
    let head = await firstHead(socket);
    if (head.startsWith('CONNECT')) {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      head = await firstHead(socket);
    }
    this.#sockets.push(socket);
    if (/^\S+ \S*\/up /.test(head)) return socket.pause();
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${this.size}\r\n\r\n`);
    return this.#pour(socket);
  }

  #pour(socket) {
    let left = this.size;
    const more = () => {
      while (left > 0 && !socket.destroyed) {
        const piece = Math.min(left, BLOCK.length);
        left -= piece;
        this.sent += piece;
        if (!socket.write(BLOCK.subarray(0, piece))) return socket.once('drain', more);
      }
      return socket.end();
    };
    more();
  }
}

/** The bytes up to the first blank line; the body after it stays unread. */
async function firstHead(socket) {
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const bytes = socket.read();
    if (bytes) head += bytes.toString('latin1');
    else await new Promise((resolve) => socket.once('readable', resolve).once('close', resolve));
    if (socket.destroyed) return head;
  }
  return head;
}
