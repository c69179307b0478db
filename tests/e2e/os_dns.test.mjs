// Tests false DNS answers: no request reaches an address that was not the answer to its query, a false answer only costs time, and
// a failed look-up is reported in bounded time.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before as beforeAll, describe, it } from 'node:test';
import { A, answer, message, NameServer, record, wireName } from './harness/name_server.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { serve } from './harness/temp.mjs';

const BOUND = 15_000;
const HERE = { addresses: ['127.0.0.1'] };
const LIE = { addresses: ['127.0.0.66'] }; // also this machine: a proxy that uses the address gets a response that shows it
const file = new Scope();
let site;
let misled = 0;
let sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  site = await serve(file, http.createServer((request, response) => response.end('true')));
  const elsewhere = http.createServer((request, response) => { misled += 1; response.end('a lie'); });
  await new Promise((resolve, reject) => elsewhere.once('error', reject).listen(site, LIE.addresses[0], resolve));
  file.defer(() => elsewhere.close());
});
after(() => file.close());

async function lookUp(t, script) {
  const scope = Scope.of(t);
  const names = await NameServer.start(scope, script);
  const proxy = await Proxy.start(scope, sandbox, ['--dns-server', names.address]);
  const client = await RawClient.connect(scope, proxy.port);
  client.send(`GET http://site.example:${site}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return { ...await client.head(BOUND), rest: await client.rest(BOUND) };
}

const otherId = ({ id }) => id ^ 1;
const otherName = ({ wire }) => Buffer.concat([wireName('other.example'), wire.subarray(-4)]);
const foreign = (question) => message({ ...question, records: [record(A, 60, Buffer.from([127, 0, 0, 66]), wireName('other.example'))] });
// The record's name points at itself.
const loop = (question) => message({ ...question, records: [record(A, 60, Buffer.from([127, 0, 0, 66]), Buffer.from([0xc0, 12 + question.wire.length]))] });
const cutShort = (question) => answer(question, LIE).subarray(0, -3);
const noise = ({ id }) => Buffer.concat([Buffer.from([id >> 8, id & 255]), Buffer.alloc(500, 0xff)]);

const LIES = {
  'with another question\'s number': (question) => answer(question, { ...LIE, id: otherId(question) }),
  'to another question': (question) => answer(question, { ...LIE, wire: otherName(question) }),
  'of noise': noise,
  'of one byte': () => Buffer.from([0]),
  'of nothing': () => Buffer.alloc(0),
};
const NONSENSE = { 'whose record is another name\'s': foreign, 'whose names never end': loop, 'that is cut short': cutShort };

describe('A name server', { concurrency: true }, () => {
  for (const [what, lie] of Object.entries(LIES)) {
    it(`The true answer is used although a false one comes first: an answer ${what}`, async (t) => {
      const { status, rest, text } = await lookUp(t, (question) => [lie(question), answer(question, HERE)]);
      assert.equal(status, 200, text);
      assert.match(rest, /true/);
    });
  }

  for (const [what, lie] of Object.entries({ ...LIES, ...NONSENSE })) {
    it(`An answer ${what}, and no other, is a failure of the name servers`, async (t) => {
      const { status, text } = await lookUp(t, (question) => [lie(question)]);
      assert.ok([502, 504].includes(status), text);
      assert.match(text, /^Proxy-Status: aluvia-connect; error=dns_(error|timeout);/m);
    });
  }

  it('An answer that the name does not exist is believed', async (t) => {
    const { status, text } = await lookUp(t, (question) => [answer(question, { code: 3 })]);
    assert.equal(status, 502);
    assert.match(text, /error=dns_error; details="the name of site\.example:\d+ does not exist[^"]*"/);
  });

  it('A slow or silent answer is waited for', async (t) => {
    let times = 0;
    const { status, text } = await lookUp(t, (question) => (question.type === A && (times += 1) > 1 ? [answer(question, HERE)] : []));
    assert.equal(status, 200, text);
  });
});

it('No request has reached a false address', () => assert.equal(misled, 0));
