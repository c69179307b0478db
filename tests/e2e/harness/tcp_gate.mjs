// Provides a TCP forwarder that can be closed: connecting is then refused, and open connections are cut.
import { connect, createServer } from 'node:net';
import { freePort } from './temp.mjs';

export class TcpGate {
  #server;
  #sockets = new Set();

  /** A closed gate; the end of the scope closes it again. */
  static async to(scope, target) {
    const gate = new TcpGate();
    gate.target = target;
    gate.port = await freePort();
    scope.defer(() => gate.shut());
    return gate;
  }

  async open() {
    this.#server = createServer((client) => {
      const inner = connect(this.target, '127.0.0.1');
      for (const [one, other] of [[client, inner], [inner, client]]) {
        this.#sockets.add(one);
        one.on('error', () => {});
        one.once('close', () => { this.#sockets.delete(one); other.destroy(); });
        one.pipe(other);
      }
    });
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
  }

  async shut() {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server?.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}
