// Provides a client that sends and returns exact bytes.
import net from 'node:net';
import { before } from './until.mjs';

export class RawClient {
  #received = Buffer.alloc(0);
  #ended = false;
  #closed = false;
  #waiting = [];

  /** Connects to a port of 127.0.0.1 or `host`, from the address `from`; closed with the scope. Half-open: our end stays open
   * when the peer ends. */
  static async connect(scope, port, { host = '127.0.0.1', from } = {}) {
    const client = new RawClient();
    client.socket = net.connect({ port, host, localAddress: from, allowHalfOpen: true });
    client.socket.on('data', (bytes) => client.#change(() => { client.#received = Buffer.concat([client.#received, bytes]); }));
    client.socket.on('end', () => client.#change(() => { client.#ended = true; }));
    client.socket.on('close', () => client.#change(() => { client.#ended = true; client.#closed = true; }));
    client.socket.on('error', () => {}); // a reset counts as the end
    scope.defer(() => client.socket.destroy());
    await before(5_000, `a connection to port ${port}`, new Promise((resolve, reject) => {
      client.socket.once('connect', resolve).once('error', reject);
    }));
    return client;
  }

  #change(apply) {
    apply();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #until(what, condition, within) {
    const holds = async () => {
      while (!condition()) {
        if (this.#ended) throw new Error(`ended before ${what}; received ${JSON.stringify(this.#received.toString('latin1'))}`);
        await new Promise((resolve) => this.#waiting.push(resolve));
      }
    };
    return before(within, what, holds());
  }

  #take(count) {
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  send(bytes) { this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes); }
  /** Ends our direction, keeps the other one open. */
  sendEnd() { this.socket.end(); }

  /** A head up to its blank line: { status, text, field(name) }. */
  async head(within = 10_000) {
    const position = () => this.#received.indexOf('\r\n\r\n');
    await this.#until('a complete head', () => position() >= 0, within);
    const text = this.#take(position() + 4).toString('latin1');
    return {
      text,
      status: Number(text.split(' ', 2)[1]),
      field: (name) => new RegExp(`^${name}: *(.*?)\r$`, 'im').exec(text)?.[1],
    };
  }

  async bytes(count, within = 10_000) {
    await this.#until(`${count} bytes`, () => this.#received.length >= count, within);
    return Buffer.from(this.#take(count));
  }

  async text(expected, within = 10_000) {
    return (await this.bytes(Buffer.byteLength(expected, 'latin1'), within)).toString('latin1');
  }

  /** A head and its body by Content-Length. */
  async answer(within = 10_000) {
    const head = await this.head(within);
    return { ...head, body: (await this.bytes(Number(head.field('content-length') ?? 0), within)).toString('latin1') };
  }

  /** Everything up to the peer's end of its direction. */
  async rest(within = 10_000) {
    const ends = async () => {
      while (!this.#ended) await new Promise((resolve) => this.#waiting.push(resolve));
      return this.#take(this.#received.length).toString('latin1');
    };
    return before(within, 'the end of the connection', ends());
  }

  get closed() { return this.#closed; }
}
