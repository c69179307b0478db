// The origin and the gateway, in one program: an HTTP proxy responds to plain requests like an origin, and either may end a tunnel.
import net from 'node:net';
import { TLSSocket } from 'node:tls';
import { bodyOf, planOf } from './plan.mjs';
import { Random } from './random.mjs';
import { Hang, Over, Wire } from './wire.mjs';

const PIECE = 64 * 1024;

/** The beginnings of a false second response: sent in one piece with the first, or some time later. */
export const EXTRA = 'HTTP/1.1 200 Extra\r\n';
export const LATE = 'HTTP/1.1 200 Late\r\n';

export class Server {
  /**
   * `party` is origin or gateway; `report` is called for events that must never happen; `secrets` are what an origin must not see;
   * with `certificate` it speaks TLS.
   */
  constructor({ seed, party, report, tally, secrets = [], certificate }) {
    Object.assign(this, { seed, party, report, secrets, certificate, tally });
    this.connections = 0;
    this.sockets = new Set();
    this.listener = net.createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  /** Ends every connection, idle ones included. */
  drop() {
    for (const socket of this.sockets) socket.destroy();
  }

  async #serve(raw) {
    this.sockets.add(raw);
    raw.on('close', () => this.sockets.delete(raw));
    raw.on('error', () => {});
    const socket = this.certificate ? new TLSSocket(raw, { isServer: true, ...this.certificate }) : raw;
    const wire = new Wire(socket, this.tally, raw);
    // A plan does not cover events before the first byte; and an origin that refuses an exchange
    // that was planned to be clean would be taken for a fault of the proxy.
    const random = new Random(this.seed, this.party, this.connections++);
    const kinds = this.party === 'origin' ? ['stall'] : ['reset', 'close', 'stall', 'vanish'];
    if (random.chance(0.04)) wire.injectFaults({ step: 'accepted', kind: random.pick(kinds), pause: 200 }, random);
    try {
      await wire.at('accepted');
      while (await this.#exchange(wire));
      socket.end();
    } catch (fault) {
      if (fault instanceof Hang) socket.destroy(); // the daemon may keep idle connections
      else if (!(fault instanceof Over)) throw fault;
      if (!socket.destroyed) socket.destroy();
    }
  }

  /** Serves one request; whether another may follow. */
  async #exchange(wire) {
    const first = await wire.some(1);
    if (first[0] === 0x54 /* T */ && this.party === 'origin') return this.#tunnel(wire, await wire.line());
    const head = first.toString('latin1') + await wire.head();
    this.#look_for_secrets(head);
    return head.startsWith('CONNECT') ? this.#connect(wire, head) : this.#answer(wire, head);
  }

  #look_for_secrets(head) {
    const authorization = /^proxy-authorization:.*$/im.exec(head);
    if (this.party === 'origin' && authorization) this.report(`the origin was sent ${authorization[0]}`);
    for (const secret of this.secrets) {
      if (this.party === 'origin' && head.includes(secret)) this.report('the origin was sent a secret');
    }
  }

  #plan(text) {
    return planOf(this.seed, Number(text));
  }

  #injectFaults(wire, plan) {
    wire.injectFaults(plan[this.party], new Random(this.seed, this.party, plan.number));
  }

  async #connect(wire, head) {
    const number = /^CONNECT p(\d+)\./.exec(head)?.[1];
    if (!number) return this.report(`a CONNECT without an exchange: ${head.split('\r\n')[0]}`);
    const plan = this.#plan(number);
    this.#injectFaults(wire, plan);
    await wire.at('after head');
    await this.#send_head(wire, [`HTTP/1.1 ${plan.connectStatus} As planned`, ...(plan.connectStatus < 300 ? [] : ['Content-Length: 0'])]);
    if (plan.connectStatus < 200 || plan.connectStatus > 299) return plan.connectStatus > 299;
    return this.#tunnel(wire, (await wire.line()).slice(1));
  }

  async #send_head(wire, lines) {
    const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    const half = bytes.length >> 1;
    await wire.write(bytes.subarray(0, half));
    await wire.at('in answer head');
    await wire.write(bytes.subarray(half));
    await wire.at('after answer head');
  }

  // "T<number>" and then both sides send at once what the plan says.
  async #tunnel(wire, number) {
    if (!/^\d+$/.test(number)) throw new Over('a client sent garbage');
    const plan = this.#plan(number);
    if (!wire.plannedFault && this.party === 'origin') this.#injectFaults(wire, plan);
    await Promise.all([this.#swallow(wire, plan), this.#send_body(wire, plan, bodyOf(plan, 'd', plan.down))]);
    wire.socket.end();
    while (await wire.more()) wire.take(wire.size);
    return false;
  }

  async #swallow(wire, plan, count = plan.up) {
    const expected = bodyOf(plan, 'u', plan.up);
    for (let at = 0; at < count;) {
      const bytes = await wire.some(count - at);
      const isOurs = plan.client?.kind === 'garbage' || bytes.equals(expected.subarray(at, at + bytes.length));
      if (!isOurs) this.report(`exchange ${plan.number}: bytes ${at}… on their way up are not those that were sent`);
      at += bytes.length;
    }
  }

  async #send_body(wire, plan, body) {
    for (let at = 0; at < body.length; at += PIECE) {
      await wire.write(body.subarray(at, at + PIECE));
      if (at + PIECE >= body.length >> 1) await wire.at('in body');
    }
    await wire.at('after body');
  }

  async #answer(wire, head) {
    const number = /^x-plan: (\d+)/im.exec(head)?.[1];
    if (!number) return this.report(`a request without an exchange: ${head.split('\r\n')[0]}`);
    const plan = this.#plan(number);
    this.#injectFaults(wire, plan);
    await wire.at('after head');
    await this.#read_request_body(wire, plan, head);
    const body = bodyOf(plan, 'd', plan.down);
    await (plan.lie ? this.#lie(wire, plan, body) : this.#tell(wire, plan, body));
    return plan.framing !== 'close';
  }

  async #read_request_body(wire, plan, head) {
    const length = /^content-length: (\d+)/im.exec(head);
    if (length) return this.#swallow(wire, plan, Number(length[1]));
    if (!/^transfer-encoding:/im.test(head)) return undefined;
    for (;;) {
      const size = parseInt(await wire.line(), 16);
      for (let left = size; left > 0;) left -= (await wire.some(left)).length;
      await wire.line();
      if (!(size > 0)) return undefined;
    }
  }

  #first_lines(plan) {
    return ['HTTP/1.1 200 As planned', `X-Plan: ${plan.number}`];
  }

  async #tell(wire, plan, body) {
    if (plan.framing === 'chunked') {
      await this.#send_head(wire, [...this.#first_lines(plan), 'Transfer-Encoding: chunked']);
      return this.#send_body(wire, plan, chunked(body));
    }
    const framing = plan.framing === 'length' ? `Content-Length: ${body.length}` : 'Connection: close';
    await this.#send_head(wire, [...this.#first_lines(plan), framing]);
    await this.#send_body(wire, plan, body);
    if (plan.framing === 'close') wire.socket.end();
  }

  async #lie(wire, plan, body) {
    this.tally[plan.lie] = (this.tally[plan.lie] ?? 0) + 1;
    const lines = this.#first_lines(plan);
    const length = `Content-Length: ${body.length}`;
    const chunks = 'Transfer-Encoding: chunked';
    const send = async (more, bytes) => {
      await this.#send_head(wire, [...lines, ...more]);
      await this.#send_body(wire, plan, bytes);
    };
    switch (plan.lie) {
      case 'length too long': await send([`Content-Length: ${body.length + 10}`], body); break;
      case 'length too short': await send([length], Buffer.concat([body, Buffer.from(`${EXTRA}Content-Length: 0\r\n\r\n`)])); return;
      case 'two lengths': await send([length, `Content-Length: ${body.length + 1}`], body); break;
      case 'length and chunks': await send([length, chunks], chunked(body)); break;
      case 'bad chunk': await send([chunks], Buffer.from('5\r\nhello\r\n-3\r\nxyz\r\n0\r\n\r\n')); break;
      case 'no last chunk': await send([chunks], chunked(body).subarray(0, -3)); break;
      case 'head without end': await wire.write(`${lines.join('\r\n')}\r\nX-Endless: `); await wire.write(Buffer.alloc(100_000, 'x')); break;
      case 'control in a field': await send([length, 'X-Bad: a\x01b\x00c'], body); break;
      case 'two answers': await send([length], body); await wire.write(`${LATE}Content-Length: 0\r\n\r\n`); break;
      case 'many 103s': for (let i = 0; i < 20; ++i) await wire.write('HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n'); await send([length], body); return;
      case 'switches protocols': await wire.write('HTTP/1.1 101 Switched\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'); break;
      default: throw new Error(`unknown lie ${plan.lie}`);
    }
    throw new Over('lied');
  }
}

export function chunked(body) {
  const parts = [];
  for (let at = 0; at < body.length; at += 10_000) {
    const piece = body.subarray(at, at + 10_000);
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from('0\r\n\r\n'));
  return Buffer.concat(parts);
}
