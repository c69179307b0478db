// A socket with reads and writes to await, which injects the faults of its plan. Every wait ends: with its result, with the end of the
// connection, or with a timeout that names the peer.
import { setTimeout as pause } from 'node:timers/promises';

/** The connection is over, by the peer or by an injected fault. */
export class Over extends Error {}

/** Nothing happened for far longer than every timeout in this test. */
export class Hang extends Error {}

// 1.5 times the time that the proxy may take for the answer to CONNECT, which is 10 s to connect and 20 s for the gateway's.
const PATIENCE = 45_000;
// A client that sent garbage may be waiting for an answer to nothing.
const PATIENCE_AFTER_GARBAGE = 5_000;
const ENOUGH = 256 * 1024;

export class Wire {
  #chunks = [];
  #waiting = [];
  #dribbles = false;

  /** Faults that were carried out are counted in `tally`; `raw` is the TCP connection under a TLS one. */
  constructor(socket, tally, raw = socket) {
    this.socket = socket;
    this.raw = raw;
    this.tally = tally;
    this.size = 0;
    this.ended = false; // by a FIN
    this.broken = false; // by an RST or a destruction
    this.failed = false; // by an RST, or another fault of the connection
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#chunks.push(bytes);
      this.size += bytes.length;
      if (this.size > ENOUGH) socket.pause();
      this.#wake();
    });
    socket.on('drain', () => this.#wake());
    socket.on('end', () => { this.ended = true; this.#wake(); });
    socket.on('error', () => { this.broken = true; this.failed = true; });
    socket.on('close', () => { this.broken = true; this.#wake(); });
  }

  /** Follows the plan of one exchange from here on. */
  injectFaults(plannedFault, random) {
    this.plannedFault = plannedFault;
    this.patience = plannedFault?.kind === 'garbage' ? PATIENCE_AFTER_GARBAGE : PATIENCE;
    this.random = random;
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #change() {
    let timer;
    const patience = this.patience ?? PATIENCE;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Hang(`waited ${patience} ms for the peer`)), patience);
    });
    const change = new Promise((resolve) => { this.#waiting.push(resolve); });
    await Promise.race([change, late]).finally(() => clearTimeout(timer));
  }

  /** All bytes received and not yet taken. */
  peek() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  take(count) {
    const all = this.peek();
    this.#chunks = count < all.length ? [all.subarray(count)] : [];
    this.size = Math.max(0, all.length - count);
    if (this.size <= ENOUGH) this.socket.resume();
    return all.subarray(0, count);
  }

  /** Waits for more bytes; false at the end. */
  async more() {
    const had = this.size;
    while (this.size === had && !this.ended && !this.broken) await this.#change();
    return this.size > had;
  }

  /** A head with its blank line, as text. */
  async head() {
    for (;;) {
      const end = this.peek().indexOf('\r\n\r\n');
      if (end >= 0) return this.take(end + 4).toString('latin1');
      if (this.size > ENOUGH || !(await this.more())) throw new Over('no head');
    }
  }

  async line() {
    for (;;) {
      const end = this.peek().indexOf('\n');
      if (end >= 0) return this.take(end + 1).toString('latin1').trimEnd();
      if (this.size > ENOUGH || !(await this.more())) throw new Over('no line');
    }
  }

  /** At least one and at most `count` bytes. */
  async some(count) {
    if (this.size === 0 && !(await this.more())) throw new Over('ended');
    return this.take(Math.min(count, this.size));
  }

  async write(bytes) {
    if (this.#dribbles) return this.#dribble(bytes);
    if (this.broken || this.socket.writableEnded) throw new Over('cannot write');
    if (!this.socket.write(bytes)) await this.#drained();
  }

  async #drained() {
    while (this.socket.writableNeedDrain && !this.broken) await this.#change();
    if (this.broken) throw new Over('cannot write');
  }

  async #dribble(bytes) {
    this.#dribbles = false;
    const slow = Buffer.from(bytes);
    const count = Math.min(40, slow.length);
    for (let i = 0; i < count; ++i) {
      await this.write(slow.subarray(i, i + 1));
      await pause(1);
    }
    await this.write(slow.subarray(count));
  }

  /** Injects the fault of the plan, if it belongs to this step. */
  async at(step) {
    if (this.plannedFault?.step !== step) return;
    const { kind, pause: time } = this.plannedFault;
    this.plannedFault = undefined;
    this.tally[kind] = (this.tally[kind] ?? 0) + 1;
    switch (kind) {
      case 'reset': return this.reset();
      case 'close': this.socket.destroy(); throw new Over('closed');
      case 'end': this.socket.end(); return undefined;
      case 'stall': return pause(time);
      case 'vanish': await pause(time); return this.reset();
      case 'dribble': this.#dribbles = true; return undefined;
      case 'garbage': return this.write(this.random.bytes(this.random.int(1, 300)));
      default: throw new Error(`unknown fault ${kind}`);
    }
  }

  reset() {
    this.raw.resetAndDestroy();
    throw new Over('reset');
  }
}
