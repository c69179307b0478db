// Tests that malformed and ambiguous requests are rejected and never forwarded as a guess.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { get } from './harness/request_text.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';

const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];
const file = new Scope();
let sandbox;
let proxy;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
});
after(() => file.close());

const connect = (t) => RawClient.connect(Scope.of(t), proxy.port);

describe('A malformed request gets its status and a closed connection, and goes nowhere', () => {
  // %A is the origin's authority, with the host of the route under test.
  const post = (fields, body = '') => `POST http://%A/sink HTTP/1.1\r\nHost: %A\r\n${fields}\r\n${body}`;
  const line = (requestLine, host = '%A') => `${requestLine}\r\nHost: ${host}\r\n\r\n`;
  const requests = [
    ['Content-Length and Transfer-Encoding', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
    ['Transfer-Encoding and Content-Length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'), 400],
    ['two Content-Lengths that differ', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!'), 400],
    ['a list of Content-Lengths that differ', post('Content-Length: 5, 6\r\n', 'hello!'), 400],
    ['a negative Content-Length', post('Content-Length: -5\r\n', 'hello'), 400],
    ['a Content-Length with a sign', post('Content-Length: +5\r\n', 'hello'), 400],
    ['a Content-Length in hexadecimal', post('Content-Length: 0x5\r\n', 'hello'), 400],
    ['a Content-Length beyond 64 bits', post('Content-Length: 18446744073709551621\r\n', 'hello'), 400],
    ['an unknown transfer coding', post('Transfer-Encoding: gzip\r\n', 'hello'), [400, 501]],
    ['chunked that is not the last coding', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), [400, 501]],
    ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), [400, 501]],
    ['Transfer-Encoding with a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'), 400],
    ['bare LF at the ends of lines', 'GET http://%A/ HTTP/1.1\nHost: %A\n\n', 400],
    ['bare LF in one line', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\nA: b\nC: d\r\n\r\n', 400],
    ['bare CR in a field', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\nA: b\rC: d\r\n\r\n', 400],
    ['NUL in a field', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\nA: b\0c\r\n\r\n', 400],
    ['a folded line', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\nA: b\r\n c\r\n\r\n', 400],
    ['a first field line that starts with a space', 'GET http://%A/ HTTP/1.1\r\n Host: %A\r\n\r\n', 400],
    ['a space before the colon', 'GET http://%A/ HTTP/1.1\r\nHost : %A\r\n\r\n', 400],
    ['a line with no colon', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\nnonsense\r\n\r\n', 400],
    ['an empty field name', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\n: x\r\n\r\n', 400],
    ['no Host', 'GET http://%A/ HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET http://%A/ HTTP/1.1\r\nHost: %A\r\nHost: other.example\r\n\r\n', 400],
    ['a method that is no token', line('G(ET http://%A/ HTTP/1.1'), 400],
    ['two spaces in the request line', line('GET  http://%A/ HTTP/1.1'), 400],
    ['raw UTF-8 in the host', line('GET http://b\u00fccher.%H/ HTTP/1.1'), 400],
    ['raw UTF-8 in the host of CONNECT', line('CONNECT b\u00fccher.%H:443 HTTP/1.1'), 400],
    ['a space in the target', line('GET http://%A/a b HTTP/1.1'), 400],
    ['HTTP/2.0 in the request line', line('GET http://%A/ HTTP/2.0'), 505],
    ['HTTP/0.9', 'GET http://%A/\r\n\r\n', [400, 505]],
    ['a version that is none', line('GET http://%A/ HTTP/1.x'), 400],
    ['userinfo in the target', line('GET http://user:pass@%A/ HTTP/1.1'), 400],
    ['an empty host', line('GET http:///path HTTP/1.1'), 400],
    ['an empty host with a port', line('GET http://:%P/path HTTP/1.1'), 400],
    ['port 0', line('GET http://%H:0/ HTTP/1.1', '%H:0'), 400],
    ['port 65536', line('GET http://%H:65536/ HTTP/1.1', '%H:65536'), 400],
    ['port text', line('GET http://%H:80a/ HTTP/1.1', '%H:80a'), 400],
    ['CONNECT with port 0', line('CONNECT %H:0 HTTP/1.1', '%H:0'), 400],
    ['CONNECT with port 65536', line('CONNECT %H:65536 HTTP/1.1', '%H:65536'), 400],
    ['CONNECT with no port', line('CONNECT %H HTTP/1.1', '%H'), 400],
    ['CONNECT with an empty host', line('CONNECT :443 HTTP/1.1', ':443'), 400],
    ['CONNECT with userinfo', line('CONNECT user@%A HTTP/1.1'), 400],
    ['CONNECT with a path', line('CONNECT %A/path HTTP/1.1'), 400],
    ['CONNECT to a broken IPv6 literal', line('CONNECT [::1:443 HTTP/1.1', '[::1:443'), 400],
    ['an https:// target', line('GET https://%A/ HTTP/1.1'), 501],
    ['an ftp:// target', line('GET ftp://%A/ HTTP/1.1'), [400, 501]],
    ['a head of more than a megabyte', `GET http://%A/ HTTP/1.1\r\nHost: %A\r\nA: ${'x'.repeat(1_200_000)}\r\n\r\n`, 431],
    ['the first bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefgh\r\n\r\n', 400],
  ];
  for (const [route, host] of ROUTES) {
    for (const [name, text, status] of requests) {
      it(sentence(`${name}: ${[status].flat().join(' or ')} (${route})`), async (t) => {
        await sandbox.clear();
        const client = await connect(t);
        client.send(text.replaceAll('%A', '%H:%P').replaceAll('%H', host).replaceAll('%P', sandbox.origin_port));
        const answer = await client.head();
        assert.ok([status].flat().includes(answer.status), answer.text);
        assert.match(answer.field('connection') ?? 'none', /close/i);
        await client.rest();
        const seen = await sandbox.requests();
        assert.deepEqual([seen.requests, seen.connects, seen.gateway_connections], [[], [], 0]);
      });
    }

    for (const [name, chunks] of [
      ['a chunk size that is no number', 'xyz\r\nhello\r\n0\r\n\r\n'],
      ['a chunk size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
      ['a chunk size beyond 64 bits', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
      ['a chunk extension without a name', '5;\r\nhello\r\n0\r\n\r\n'],
      ['a chunk extension whose quotes do not close', '5;a="b\r\nhello\r\n0\r\n\r\n'],
      ['a chunk extension of no token', '5;bad[=x\r\nhello\r\n0\r\n\r\n'],
      ['a chunk extension outside ASCII', '5;\u00fc\r\nhello\r\n0\r\n\r\n'],
      ['a space behind a chunk size', '5 \r\nhello\r\n0\r\n\r\n'],
      ['a chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
      ['a chunk that ends with a bare LF', '5\nhello\n0\n\n'],
    ]) {
      it(sentence(`${name}: 400 and the request never completes (${route})`), async (t) => {
        const client = await connect(t);
        const authority = `${host}:${sandbox.origin_port}`;
        client.send(`POST http://${authority}/sink HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
        const answer = await client.head();
        assert.equal(answer.status, 400, answer.text);
        assert.equal(answer.field('x-sandbox-via'), undefined, 'the proxy\'s own answer');
        await client.rest();
      });
    }
  }

  it('A request for the proxy itself, as if it were a site, gets the reason', async (t) => {
    const client = await connect(t);
    client.send('GET /page HTTP/1.1\r\nHost: shop.example\r\n\r\n');
    const { status, body } = await client.answer();
    assert.equal(status, 421);
    assert.match(body, /this is a proxy/i);
  });

  it('The answer to a HEAD that fails has no body', async (t) => {
    const client = await connect(t);
    client.send('HEAD http://nothing.invalid/ HTTP/1.1\r\nHost: nothing.invalid\r\n\r\n');
    assert.equal((await client.head()).status, 502);
    assert.equal(await client.rest(), '');
  });

  it('A head with too many fields is rejected with 431', async (t) => {
    const client = await connect(t);
    client.send(get(sandbox, DIRECT, '/', 'A: b\r\n'.repeat(5_000)));
    assert.equal((await client.head()).status, 431);
    await client.rest();
  });

  it('A client that ends before its head is complete is dropped', async (t) => {
    const client = await connect(t);
    client.send('GET http://direct.example/ HT');
    client.sendEnd();
    await client.rest();
  });

  it('One malformed request does not disturb another connection', async (t) => {
    const [bad, good] = [await connect(t), await connect(t)];
    good.send(get(sandbox, DIRECT));
    assert.equal((await good.answer()).status, 200);
    bad.send('\r\n\r\n:::\r\n\r\n');
    await bad.rest();
    good.send(get(sandbox, DIRECT, '/again'));
    assert.equal((await good.answer()).status, 200);
  });
});
