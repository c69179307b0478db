// Provides a name server on UDP whose answers, true or false, come from a script (RFC 1035 §4).
import dgram from 'node:dgram';

export const A = 1;

/** `script` returns the messages to send, or none; the server ends with the scope. */
export class NameServer {
  asked = []; // { name, type }

  static async start(scope, script, host = '127.0.0.1') {
    const server = new NameServer();
    const socket = dgram.createSocket('udp4');
    socket.on('message', async (bytes, from) => {
      const question = read(bytes);
      server.asked.push(question);
      for (const message of await script(question)) socket.send(message, from.port, from.address, () => {});
    });
    await new Promise((resolve, reject) => socket.once('error', reject).bind(0, host, resolve));
    socket.on('error', () => {});
    scope.defer(() => socket.close());
    server.address = `${host}:${socket.address().port}`;
    return server;
  }
}

function read(bytes) {
  const labels = [];
  let at = 12;
  for (; bytes[at] !== 0; at += 1 + bytes[at]) labels.push(bytes.toString('latin1', at + 1, at + 1 + bytes[at]));
  return { id: bytes.readUInt16BE(0), name: labels.join('.').toLowerCase(), type: bytes.readUInt16BE(at + 1), wire: bytes.subarray(12, at + 5) };
}

/** An answer to `question`: as many addresses as it asked for with A, none for other types. */
export function answer(question, { addresses = [], code = 0, ttl = 60, id = question.id, wire = question.wire } = {}) {
  const records = (question.type === A ? addresses : []).map((address) => record(A, ttl, Buffer.from(address.split('.').map(Number))));
  return message({ id, code, wire, records });
}

/** A message with `records` behind a question section as it is given. */
export function message({ id, code = 0, wire, records }) {
  const head = Buffer.alloc(12);
  [id, 0x8180 | code, 1, records.length].forEach((word, index) => head.writeUInt16BE(word, 2 * index));
  return Buffer.concat([head, wire, ...records]);
}

/** A record of the question's name, or of `owner`, in wire form. */
export function record(type, ttl, data, owner = Buffer.from([0xc0, 12])) {
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(type, 0);
  fields.writeUInt16BE(1, 2);
  fields.writeUInt32BE(ttl, 4);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fields, data]);
}

export function wireName(name) {
  return Buffer.concat([...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
}
