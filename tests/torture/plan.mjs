// Plans one exchange: its steps, and who injects which fault at which step. Client, gateway and origin compute the same plan from
// seed and number, so that the client knows the possible responses.
import { Random } from './random.mjs';

export const STEPS = {
  client: ['connected', 'in head', 'after head', 'in body', 'after body', 'in answer head', 'in answer', 'after answer'],
  gateway: ['after head', 'in answer head', 'after answer head', 'in body', 'after body'],
  origin: ['after head', 'in answer head', 'after answer head', 'in body', 'after body'],
};

// reset: RST. close: both sides ended at once. end: only the own side. stall: a pause, then continuing.
// vanish: a pause, then RST. dribble: the next bytes one by one. garbage: random bytes in between.
const KINDS = ['reset', 'close', 'end', 'stall', 'vanish', 'dribble', 'garbage'];

// False responses as a whole, of origin or gateway. `mayBeWhole` says how a client may see each.
const LIES = {
  'length too long': { mayBeWhole: false },
  'length too short': { mayBeWhole: true },
  'two lengths': { mayBeWhole: false },
  'length and chunks': { mayBeWhole: false },
  'bad chunk': { mayBeWhole: false },
  'no last chunk': { mayBeWhole: false },
  'head without end': { mayBeWhole: false },
  'control in a field': { mayBeWhole: false },
  'two answers': { mayBeWhole: true },
  'many 103s': { mayBeWhole: true },
  'switches protocols': { mayBeWhole: false },
};

// Big ones do not fit into the buffers of a socket, so that both directions come to wait.
const SIZES = [0, 1, 200, 5_000, 70_000, 400_000, 3_000_000];

function plannedFault(random, party, rate) {
  if (!random.chance(rate)) return undefined;
  return { step: random.pick(STEPS[party]), kind: random.pick(KINDS), pause: random.int(1, 400) };
}

export function planOf(seed, number) {
  const random = new Random(seed, number);
  const shape = random.pick(['get', 'get', 'post', 'post', 'tunnel', 'tunnel', 'tunnel']);
  const route = random.pick(['direct', 'gateway', 'gateway']);
  const plan = {
    number,
    shape,
    route,
    up: shape === 'get' ? 0 : random.pick(SIZES),
    down: random.pick(SIZES),
    upFraming: random.pick(['length', 'chunked']),
    framing: random.pick(['length', 'length', 'chunked', 'chunked', 'close']),
    client: plannedFault(random, 'client', 0.35),
    gateway: route === 'gateway' ? plannedFault(random, 'gateway', 0.3) : undefined,
    origin: plannedFault(random, 'origin', 0.3),
    lie: shape !== 'tunnel' && random.chance(0.15) ? random.pick(Object.keys(LIES)) : undefined,
    connectStatus: route === 'gateway' && random.chance(0.1) ? random.pick([407, 403, 404, 502, 503, 504, 299, 101]) : 200,
    // Few hosts, so that upstream connections are used again; and hosts of one exchange, where none can be.
    host: random.chance(0.7) ? `h${random.int(0, 5)}` : `n${number}`,
  };
  // The gateway itself responds to a plain request through it, as an HTTP proxy does.
  if (route === 'gateway') plan.origin = undefined;
  return plan;
}

/** True if no fault is planned and no changing rule matches: the exchange has to succeed. */
export function mustSucceed(plan) {
  const isClean = !plan.client && !plan.gateway && !plan.origin && !plan.lie;
  // A server that is used again may just be ending the connection, and a POST cannot be sent twice; or it has sent
  // something behind an answer that comes now, and is taken for the next one.
  const mayMeetAnother = plan.shape !== 'tunnel' && plan.host.startsWith('h');
  return isClean && plan.route === 'direct' && !mayMeetAnother;
}

/** Returns true if an answer that looks complete can be one: the server's bytes were framed correctly to their end. */
export function mayBeWhole(plan) {
  return !plan.lie || LIES[plan.lie].mayBeWhole;
}

/** The body that a plan's client or server sends: its number repeated, so that mixed-up bytes show. */
export function bodyOf(plan, direction, size) {
  return Buffer.alloc(size, `${direction}${plan.number};`);
}
