// The clients: each sends requests by its plans, injects the faults of the plan, and checks the responses.
import net from 'node:net';
import { chunked, EXTRA, LATE } from './servers.mjs';
import { bodyOf, mayBeWhole, mustSucceed, planOf } from './plan.mjs';
import { Random } from './random.mjs';
import { Hang, Over, Wire } from './wire.mjs';

const PIECE = 64 * 1024;
// Statuses that the proxy itself may send: errors of RFC 9209 and of the client. Never 407.
const PROXY_STATUSES = new Set([400, 408, 413, 414, 421, 431, 501, 502, 503, 504, 505]);

// Bytes after a response, once the connection is in use again, are the next response for every HTTP/1.1 client.
const LATE_ANSWERS = [['answered by what stood behind an answer', EXTRA], ['answered by what came late', LATE]];

export class Client {
  /** `next` gives the number of the next exchange, or undefined at the end; `outcomes` counts how they ended. */
  constructor({ seed, next, proxyPort, originPort, report, tally, outcomes }) {
    Object.assign(this, { seed, next, proxyPort, originPort, report, tally, outcomes });
  }

  async run() {
    for (let number = this.next(); number !== undefined; number = this.next()) {
      const plan = planOf(this.seed, number);
      const outcome = await this.#run(plan);
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
      if (mustSucceed(plan) && outcome !== 'whole') {
        this.report(`exchange ${number} (${plan.shape}, direct): no fault was injected, and it ended as '${outcome}'`);
      }
    }
    this.wire?.socket.destroy();
  }

  async #run(plan) {
    try {
      const wire = await this.#connection();
      wire.injectFaults(plan.client, new Random(this.seed, 'client', plan.number));
      await wire.at('connected');
      return await (plan.shape === 'tunnel' ? this.#tunnel(wire, plan) : this.#request(wire, plan));
    } catch (fault) {
      this.#drop();
      if (fault instanceof Over) return plan.client ? 'ended by the client' : 'ended';
      if (!(fault instanceof Hang)) throw fault;
      if (plan.client?.kind === 'garbage') return 'ended by the client'; // no request gets no response
      this.report(`exchange ${plan.number} hangs: ${fault.message} (${JSON.stringify(plan)})`);
      return 'hang';
    }
  }

  #drop() {
    this.wire?.socket.destroy();
    this.wire = undefined;
  }

  async #connection() {
    if (this.wire && !this.wire.ended && !this.wire.broken && !this.wire.socket.writableEnded) return this.wire;
    const socket = net.connect({ port: this.proxyPort, host: '127.0.0.1', allowHalfOpen: true });
    this.tally.connections = (this.tally.connections ?? 0) + 1;
    this.wire = new Wire(socket, this.tally);
    return this.wire;
  }

  #authority(plan, name) {
    return `${name}.${plan.route === 'direct' ? 'direct' : 'proxied'}.example:${this.originPort}`;
  }

  async #send_head(wire, head) {
    await wire.write(head.slice(0, head.length >> 1));
    await wire.at('in head');
    await wire.write(head.slice(head.length >> 1));
    await wire.at('after head');
  }

  async #send_body(wire, body) {
    for (let at = 0; at < body.length; at += PIECE) {
      await wire.write(body.subarray(at, at + PIECE));
      if (at + PIECE >= body.length >> 1) await wire.at('in body');
    }
    await wire.at('after body');
  }

  async #tunnel(wire, plan) {
    const authority = this.#authority(plan, `p${plan.number}`);
    await this.#send_head(wire, `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    const answer = await this.#head(wire, plan);
    if (answer.status !== 200) {
      const end = await this.#judge_refusal(wire, plan, answer);
      return end;
    }
    await wire.write(`T${plan.number}\n`);
    const received = this.#receive_all(wire, plan);
    // A server that has closed ends the sending, but not the receiving.
    await this.#send_body(wire, bodyOf(plan, 'u', plan.up)).catch((fault) => { if (!(fault instanceof Over)) throw fault; });
    const whole = await received;
    this.#drop();
    return whole ? 'whole' : 'cut';
  }

  async #receive_all(wire, plan) {
    const expected = bodyOf(plan, 'd', plan.down);
    let at = 0;
    for (; at < plan.down; ) {
      if (wire.size === 0 && !(await wire.more())) return false;
      const bytes = wire.take(Math.min(wire.size, plan.down - at));
      if (!isGarbled(plan) && !bytes.equals(expected.subarray(at, at + bytes.length))) {
        this.report(`exchange ${plan.number}: bytes ${at}… on their way down are not those that were sent`);
      }
      at += bytes.length;
      await wire.at('in answer');
    }
    await wire.at('after answer');
    return true;
  }

  async #request(wire, plan) {
    const authority = this.#authority(plan, plan.host);
    const body = bodyOf(plan, 'u', plan.up);
    const lines = [`${plan.shape.toUpperCase()} http://${authority}/ HTTP/1.1`, `Host: ${authority}`, `X-Plan: ${plan.number}`];
    if (plan.shape === 'post') lines.push(plan.upFraming === 'length' ? `Content-Length: ${body.length}` : 'Transfer-Encoding: chunked');
    await this.#send_head(wire, `${lines.join('\r\n')}\r\n\r\n`);
    const sent = this.#send_body(wire, plan.shape === 'post' && plan.upFraming === 'chunked' ? chunked(body) : body);
    const ignored = sent.catch((fault) => { if (!(fault instanceof Over)) throw fault; });
    try {
      const answer = await this.#head(wire, plan);
      return answer.own ? await this.#judge_refusal(wire, plan, answer) : await this.#judge_answer(wire, plan, answer);
    } finally {
      // The rest of a request, or bytes after it, must not become the next one.
      if (['garbage', 'end'].includes(plan.client?.kind) || !(await isSent(sent))) this.#drop();
      await ignored;
    }
  }

  /** The final head: { status, fields, own: from the proxy itself, closes }. */
  async #head(wire, plan) {
    for (;;) {
      await wire.at('in answer head');
      const head = await wire.head();
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
      if (!status) throw new Error(`exchange ${plan.number}: no status line: ${head.slice(0, 200)}`);
      if (status < 200 && status !== 101) continue;
      if (status === 407) this.report(`exchange ${plan.number}: the client was answered 407`);
      return {
        status,
        head,
        own: /^proxy-status: *aluvia-connect/im.test(head),
        closes: /^connection:.*close/im.test(head),
        length: /^content-length: (\d+)/im.exec(head)?.[1],
        chunked: /^transfer-encoding: chunked/im.test(head),
        number: /^x-plan: (\d+)/im.exec(head)?.[1],
      };
    }
  }

  async #judge_refusal(wire, plan, answer) {
    if (!answer.own) this.report(`exchange ${plan.number}: an error response of unknown origin: ${answer.head}`);
    if (!PROXY_STATUSES.has(answer.status)) this.report(`exchange ${plan.number}: the proxy answered ${answer.status}`);
    this.#drop();
    return `refused with ${answer.status}`;
  }

  async #judge_answer(wire, plan, answer) {
    const late = LATE_ANSWERS.find(([, begin]) => answer.head.startsWith(begin));
    if (late) { this.#drop(); return late[0]; }
    if (!isGarbled(plan) && Number(answer.number) !== plan.number) {
      this.report(`exchange ${plan.number} was answered with that of ${answer.number}: ${answer.head.slice(0, 300)}`);
    }
    await wire.at('in answer');
    const { body, whole } = await this.#body(wire, answer);
    await wire.at('after answer');
    if (!whole) { this.#drop(); return 'cut'; }
    if (!isGarbled(plan)) this.#judge_body(plan, answer, body);
    if (answer.closes) this.#drop();
    return 'whole';
  }

  #judge_body(plan, answer, body) {
    const expected = bodyOf(plan, 'd', plan.down);
    const server = plan.gateway ?? plan.origin;
    // An end is the proper one of a body without a length, wherever it comes; and libuv reports a reset that comes
    // together with the last bytes as an end.
    const mayBeShort = plan.framing === 'close' && server !== undefined;
    const isRight = mayBeShort ? expected.subarray(0, body.length).equals(body) : expected.equals(body);
    if (!isRight || !mayBeWhole(plan)) {
      this.report(`exchange ${plan.number}: an answer of ${body.length} bytes looks whole and is not (${JSON.stringify(plan)})`);
    }
  }

  async #body(wire, answer) {
    if (answer.length !== undefined) return this.#exactly(wire, Number(answer.length));
    if (answer.chunked) return this.#chunks(wire);
    const parts = [];
    while (wire.size > 0 || (await wire.more())) parts.push(wire.take(wire.size));
    return { body: Buffer.concat(parts), whole: wire.ended && !wire.failed };
  }

  async #exactly(wire, size) {
    const parts = [];
    for (let left = size; left > 0;) {
      if (wire.size === 0 && !(await wire.more())) return { whole: false };
      parts.push(wire.take(Math.min(left, wire.size)));
      left -= parts.at(-1).length;
    }
    return { body: Buffer.concat(parts), whole: true };
  }

  async #chunks(wire) {
    const parts = [];
    try {
      for (;;) {
        const size = parseInt(await wire.line(), 16);
        const piece = await this.#exactly(wire, size);
        if (!piece.whole) return piece;
        parts.push(piece.body);
        await wire.line();
        if (size === 0) return { body: Buffer.concat(parts), whole: true };
      }
    } catch (fault) {
      if (fault instanceof Over) return { whole: false };
      throw fault;
    }
  }
}

// Garbage may make any message of the bytes around it.
function isGarbled(plan) {
  return [plan.client, plan.gateway, plan.origin].some((plannedFault) => plannedFault?.kind === 'garbage');
}

/** Returns true if a promise has been fulfilled by now. */
function isSent(promise) {
  return Promise.race([promise.then(() => true, () => false), new Promise((resolve) => { setImmediate(resolve, false); })]);
}
