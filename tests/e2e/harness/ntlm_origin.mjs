// Provides an HTTP origin that authenticates connections by NTLM, as IIS does: a type 3 message that answers the challenge of its
// connection sets the user of every later request on it. It does not check passwords.
import http from 'node:http';
import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import { serve } from './temp.mjs';

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
// NTLMSSP_NEGOTIATE_UNICODE, REQUEST_TARGET, NTLM, TARGET_TYPE_DOMAIN, EXTENDED_SESSIONSECURITY, TARGET_INFO ([MS-NLMP] 2.2.2.5).
const FLAGS = 0x00000001 | 0x00000004 | 0x00000200 | 0x00010000 | 0x00080000 | 0x00800000;

/** The computer of a challenge's target information, which a client copies into its answer (NTLMv2). */
const computer = (connection) => Buffer.from(`connection-${connection}.test`, 'utf16le');

/** The CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2) of a connection, in the domain TEST. */
function challengeMessage(connection) {
  const domain = Buffer.from('TEST', 'utf16le');
  const info = Buffer.concat([pair(2, domain), pair(3, computer(connection)), pair(0, Buffer.alloc(0))]);
  const head = Buffer.alloc(48);
  SIGNATURE.copy(head);
  head.writeUInt32LE(2, 8);
  writeSpan(head, 12, domain.length, head.length);
  head.writeUInt32LE(FLAGS, 20);
  head.writeUInt32LE(connection, 24);
  writeSpan(head, 40, info.length, head.length + domain.length);
  return Buffer.concat([head, domain, info]);
}

function pair(id, value) {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function writeSpan(buffer, at, length, offset) {
  buffer.writeUInt16LE(length, at);
  buffer.writeUInt16LE(length, at + 2);
  buffer.writeUInt32LE(offset, at + 4);
}

/** The Authorization of a client that begins. */
export const NEGOTIATE = 'NTLM TlRMTVNTUAABAAAABoIIAAAAAAAAAAAAAAAAAAAAAAA=';

/** The Authorization of `user` as the answer to a WWW-Authenticate with a challenge; its proofs are made up. */
export function authenticateAs(user, challenge) {
  const name = Buffer.from(user, 'latin1');
  const head = Buffer.alloc(64);
  SIGNATURE.copy(head);
  head.writeUInt32LE(3, 8);
  writeSpan(head, 36, name.length, head.length);
  const copied = Buffer.from(challenge.split(' ')[1], 'base64');
  return `NTLM ${Buffer.concat([head, name, copied]).toString('base64')}`;
}

/** { type, user, answers } of a message of a client, where answers(connection) tells whose challenge it answers. */
function parseMessage(authorization) {
  const bytes = Buffer.from(/^NTLM +(\S+)$/i.exec(authorization)?.[1] ?? '', 'base64');
  if (bytes.length < 12 || !bytes.subarray(0, 8).equals(SIGNATURE)) return { type: 0 };
  const type = bytes.readUInt32LE(8);
  if (type !== 3) return { type };
  const user = bytes.subarray(bytes.readUInt32LE(40)).subarray(0, bytes.readUInt16LE(36));
  return {
    type,
    user: user.toString(bytes.readUInt32LE(60) & 1 ? 'utf16le' : 'latin1'),
    answers: (connection) => bytes.includes(computer(connection)),
  };
}

function reply(response, status, headers, text = '') {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(text) }).end(text);
}

/**
 * Starts one that ends with the scope. Answers 200 with { user, connection, body } as JSON, where `connection` numbers the
 * TCP connections and `body` the request's bytes. `beforeChallenge` is awaited before a type 1 message is answered.
 */
export async function startNtlmOrigin(scope, { host = '127.0.0.1', beforeChallenge = async () => {} } = {}) {
  const connections = new Map();
  const server = http.createServer(async (request, response) => {
    let body = 0;
    for await (const bytes of request) body += bytes.length;
    const connection = connections.get(request.socket);
    const { type, user, answers } = parseMessage(request.headers.authorization ?? '');
    if (type === 1) {
      await beforeChallenge();
      Object.assign(connection, { challenged: true, user: undefined });
      const challenge = challengeMessage(connection.number).toString('base64');
      reply(response, 401, { 'WWW-Authenticate': `NTLM ${challenge}` });
      return;
    }
    if (type === 3 && connection.challenged && answers(connection.number)) Object.assign(connection, { challenged: false, user });
    if (connection.user === undefined) {
      reply(response, 401, { 'WWW-Authenticate': 'NTLM' }, 'who are you?');
      return;
    }
    const page = JSON.stringify({ user: connection.user, connection: connection.number, body });
    reply(response, 200, { 'Content-Type': 'application/json' }, page);
  });
  server.on('connection', (socket) => {
    connections.set(socket, { number: connections.size + 1, user: undefined, challenged: false });
  });
  const port = await serve(scope, server, host);
  return { port, connections: () => connections.size };
}

/**
 * A name or address of this machine that a gateway on it reaches and that is not loopback by its spelling, with the address
 * to listen on: { name, address }. Undefined where the machine has none.
 */
export async function ownName() {
  const name = hostname().toLowerCase();
  const found = await lookup(name, { family: 4 }).catch(() => undefined);
  if (found && name !== 'localhost' && !name.endsWith('.localhost')) return { name, address: found.address };
  const outside = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal);
  return outside && { name: outside.address, address: outside.address };
}
