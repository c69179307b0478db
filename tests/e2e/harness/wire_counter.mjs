// Provides a TCP forwarder that counts the bytes of both directions, and that can stop forwarding to its client at an exact byte.
import { connect, createServer } from 'node:net';
import { serve } from './temp.mjs';

export class WireCounter {
  up = 0; // bytes from clients
  down = 0; // bytes given to clients
  #budget = Infinity; // bytes that may still go to clients
  #held = new Set(); // connections that have bytes beyond the budget

  /** Forwards to a port of this machine, and ends with the scope. */
  static async to(scope, target) {
    const counter = new WireCounter();
    counter.target = target;
    counter.port = await serve(scope, createServer({ allowHalfOpen: true }, (client) => counter.#forward(client)));
    return counter;
  }

  get bytes() { return { bytes_up: this.up, bytes_down: this.down }; }

  /** Gives clients `more` bytes from now on, and then none until dropHeld(). */
  holdAfter(more) { this.#budget = more; }
  get isHolding() { return this.#held.size > 0; }

  /** Forwards again, and closes the connections that were held, without the bytes that wait. */
  dropHeld() {
    this.#budget = Infinity;
    for (const client of this.#held) client.destroy();
    this.#held.clear();
  }

  #forward(client) {
    const inner = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    client.on('data', (bytes) => {
      this.up += bytes.length;
      if (!inner.write(bytes)) client.pause();
    });
    inner.on('drain', () => client.resume());
    client.on('end', () => inner.end());
    inner.on('data', (bytes) => this.#give(client, inner, bytes));
    inner.on('end', () => client.end());
    for (const [one, other] of [[client, inner], [inner, client]]) {
      one.on('error', (fault) => fault.code === 'ECONNRESET' && other.resetAndDestroy());
      one.once('close', () => other.destroySoon());
    }
  }

  #give(client, inner, bytes) {
    const now = bytes.subarray(0, Math.min(bytes.length, this.#budget));
    if (now.length > 0) {
      this.down += now.length;
      this.#budget -= now.length;
      if (!client.write(now)) {
        inner.pause();
        client.once('drain', () => inner.resume());
      }
    }
    if (now.length === bytes.length) return;
    inner.pause();
    this.#held.add(client);
  }
}
