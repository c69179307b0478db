// What no well-behaved client sends, and what it sends at once or slowly: raw bytes to the proxy's port.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { alphabet, MEGABYTE, sha256 } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { serve } from './harness/temp.mjs';
import { until, untilSteady } from './harness/until.mjs';
import { ACCEPT, textFrame, textFrameOfServer, UPGRADE } from './harness/websocket.mjs';

const file = new Scope();
const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];
let sandbox;
let proxy;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
});
after(() => file.close());

const connect = (t) => RawClient.connect(Scope.of(t), proxy.port);

/** A GET of the built-in origin under `host`; `fields` are complete lines. */
function get(host, path = '/', fields = '') {
  const authority = `${host}:${sandbox.origin_port}`;
  return `GET http://${authority}${path} HTTP/1.1\r\nHost: ${authority}\r\n${fields}\r\n`;
}

/** A CONNECT whose port is the plain origin's, so that the tunnel can be read without TLS. */
function connectTo(host, port = sandbox.origin_port) {
  return `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
}

describe('a malformed request gets its status and a closed connection, and goes nowhere', () => {
  // %A stands for the origin's authority, with the host of the route under test.
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
      it(`${name}: ${[status].flat().join(' or ')} (${route})`, async (t) => {
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
      ['a chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
      ['a chunk that ends with a bare LF', '5\nhello\n0\n\n'],
    ]) {
      it(`${name}: 400 and the request never completes (${route})`, async (t) => {
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

  it('a request for the proxy itself, as if it were a site, is told so', async (t) => {
    const client = await connect(t);
    client.send(`GET /page HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n\r\n`);
    const { status, body } = await client.answer();
    assert.equal(status, 400);
    assert.match(body, /proxy/);
  });

  it('the answer to a HEAD that fails has no body', async (t) => {
    const client = await connect(t);
    client.send('HEAD http://nothing.invalid/ HTTP/1.1\r\nHost: nothing.invalid\r\n\r\n');
    assert.equal((await client.head()).status, 502);
    assert.equal(await client.rest(), '');
  });

  it('a head with too many fields is refused with 431', async (t) => {
    const client = await connect(t);
    client.send(get(DIRECT, '/', 'A: b\r\n'.repeat(5_000)));
    assert.equal((await client.head()).status, 431);
    await client.rest();
  });

  it('a client that ends before its head is complete is let go', async (t) => {
    const client = await connect(t);
    client.send('GET http://direct.example/ HT');
    client.sendEnd();
    await client.rest();
  });

  it('and one malformed request does not disturb the connection beside it', async (t) => {
    const [bad, good] = [await connect(t), await connect(t)];
    good.send(get(DIRECT));
    assert.equal((await good.answer()).status, 200);
    bad.send('\r\n\r\n:::\r\n\r\n');
    await bad.rest();
    good.send(get(DIRECT, '/again'));
    assert.equal((await good.answer()).status, 200);
  });
});

for (const [route, host] of ROUTES) {
  describe(`by the route ${route}`, () => {
    it('requests sent in one packet are answered in their order', async (t) => {
      const client = await connect(t);
      const other = host === DIRECT ? PROXIED : DIRECT;
      client.send(get(host, '/bytes/3') + get(other, '/bytes/4') + get(host, '/bytes/5', 'Connection: close\r\n'));
      assert.deepEqual([(await client.answer()).body, (await client.answer()).body, (await client.answer()).body], ['abc', 'abcd', 'abcde']);
      await client.rest();
    });

    it('a request that comes byte by byte is answered', async (t) => {
      const client = await connect(t);
      client.socket.setNoDelay(true);
      for (const byte of get(host, '/bytes/3')) client.send(byte);
      assert.equal((await client.answer()).body, 'abc');
    });

    it('a WebSocket opened by an upgrade in absolute form echoes', async (t) => {
      const client = await connect(t);
      client.send(get(host, '/ws', UPGRADE));
      const answer = await client.head();
      assert.equal(answer.status, 101);
      assert.equal(answer.field('sec-websocket-accept'), ACCEPT);
      for (const text of ['one', 'two']) {
        client.send(textFrame(text));
        const echo = textFrameOfServer(text);
        assert.deepEqual(await client.bytes(echo.length), echo);
      }
    });

    it('bytes sent together with the CONNECT reach the other end', async (t) => {
      const client = await connect(t);
      client.send(`${connectTo(host)}GET /bytes/4 HTTP/1.1\r\nHost: inside.example\r\n\r\n`);
      const opened = await client.head();
      assert.equal(opened.status, 200);
      const answer = await client.answer();
      assert.deepEqual([answer.body, answer.field('x-sandbox-via')], ['abcd', route]);
    });

    it('chunk extensions and trailers of a request do not disturb its body', async (t) => {
      const client = await connect(t);
      const authority = `${host}:${sandbox.origin_port}`;
      client.send(`POST http://${authority}/sink HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n`
        + '5;name="va;lue"\r\nhello\r\n00006\r\n world\r\n0\r\nX-End: yes\r\n\r\n' + get(host, '/bytes/3'));
      assert.equal(JSON.parse((await client.answer()).body).body_sha256, sha256('hello world'));
      assert.equal((await client.answer()).body, 'abc');
    });

    it('an HTTP/1.0 client keeps its connection when it asks for that', async (t) => {
      const client = await connect(t);
      const authority = `${host}:${sandbox.origin_port}`;
      for (let round = 0; round < 2; round += 1) {
        client.send(`GET http://${authority}/bytes/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
        const answer = await client.answer();
        assert.deepEqual([answer.body, answer.field('connection')?.toLowerCase()], ['abc', 'keep-alive']);
      }
    });

    it('an HTTP/1.0 client that does not ask for it gets a closed connection', async (t) => {
      const client = await connect(t);
      const authority = `${host}:${sandbox.origin_port}`;
      client.send(`GET http://${authority}/bytes/3 HTTP/1.0\r\n\r\n`);
      assert.equal((await client.answer()).body, 'abc');
      assert.equal(await client.rest(), '');
    });

    it('the answer to CONNECT has neither length nor coding', async (t) => {
      const client = await connect(t);
      client.send(connectTo(host));
      const opened = await client.head();
      assert.equal(opened.field('content-length'), undefined);
      assert.equal(opened.field('transfer-encoding'), undefined);
    });

    it('a client that ends its direction of a tunnel still gets all of the answer', async (t) => {
      const client = await connect(t);
      client.send(connectTo(host));
      assert.equal((await client.head()).status, 200);
      client.send('GET /close/100000 HTTP/1.1\r\nHost: inside.example\r\n\r\n');
      client.sendEnd();
      assert.equal((await client.head()).status, 200);
      assert.equal(await client.rest(), alphabet(100_000).toString());
    });
  });
}

describe('a tunnel', () => {
  it('passes on the client\'s end, and then the answer to it', async (t) => {
    const scope = Scope.of(t);
    const port = await serve(scope, net.createServer({ allowHalfOpen: true }, (socket) => {
      let count = 0;
      socket.on('data', (bytes) => { count += bytes.length; });
      socket.on('end', () => socket.end(`seen ${count}`));
    }));
    const client = await connect(t);
    client.send(`${connectTo(DIRECT, port)}12345`);
    assert.equal((await client.head()).status, 200);
    client.send('678');
    client.sendEnd();
    assert.equal(await client.rest(), 'seen 8');
  });

  it('passes on the origin\'s end, and what the client still sends after it', async (t) => {
    const received = [];
    let ended = false;
    const port = await serve(Scope.of(t), net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (bytes) => received.push(bytes));
      socket.on('end', () => { ended = true; });
      socket.end('bye');
    }));
    const client = await connect(t);
    client.send(connectTo(DIRECT, port));
    assert.equal((await client.head()).status, 200);
    assert.equal(await client.rest(), 'bye');
    client.send('still here');
    await until('the late bytes', () => Buffer.concat(received).toString() === 'still here');
    client.sendEnd();
    await until('the end', () => ended);
  });

  it('ends at both sides when one side resets it', async (t) => {
    let origin;
    const port = await serve(Scope.of(t), net.createServer((socket) => { origin = socket; }));
    const client = await connect(t);
    client.send(connectTo(DIRECT, port));
    assert.equal((await client.head()).status, 200);
    await until('the origin has it', () => origin);
    client.socket.resetAndDestroy();
    await until('the origin sees the end', () => origin.closed || origin.destroyed);
  });

  it('hands over what the gateway sent together with its 200', async (t) => {
    const scope = Scope.of(t);
    const own = await Sandbox.start(scope);
    const through = await Proxy.start(scope, own);
    await own.faults({ gateway: { kind: 'raw', raw: 'HTTP/1.1 200 OK\r\n\r\nfirst bytes of the origin' } });
    const client = await RawClient.connect(scope, through.port);
    client.send(connectTo(PROXIED, own.origin_port));
    assert.equal((await client.head()).status, 200);
    assert.equal(await client.text('first bytes of the origin'), 'first bytes of the origin');
  });
});

describe('one slow party delays nobody else', () => {
  it('a name that never resolves', async (t) => {
    const waiting = await Promise.all(Array.from({ length: 20 }, () => connect(t)));
    waiting.forEach((client, index) => client.send(index % 2 ? get('silent.example') : connectTo('silent.example', 443)));
    for (let index = 0; index < 20; index += 1) {
      const client = await connect(t);
      client.send(get(`fresh${index}.example`, '/bytes/3'));
      assert.equal((await client.answer(1_000)).body, 'abc');
    }
  });

  it('an origin that never answers, and clients that never finish their heads', async (t) => {
    const waiting = await Promise.all(Array.from({ length: 20 }, () => connect(t)));
    waiting.forEach((client, index) => client.send(index % 2 ? get(DIRECT, '/silent') : 'GET http://half'));
    for (const [, host] of ROUTES) {
      const client = await connect(t);
      client.send(get(host, '/bytes/3'));
      assert.equal((await client.answer(1_000)).body, 'abc');
    }
  });
});

describe('a reader that stops does not make the proxy\'s memory grow', () => {
  const size = 200 * MEGABYTE;

  /** An origin that offers `size` bytes for every connection and counts what it could get rid of. */
  async function origin(scope) {
    const facts = { sent: 0 };
    const block = alphabet(65_536);
    facts.port = await serve(scope, http.createServer(async (request, response) => {
      response.writeHead(200, { 'Content-Length': size });
      for (let left = size; left > 0 && !response.destroyed; left -= block.length) {
        facts.sent += Math.min(left, block.length);
        if (!response.write(block.subarray(0, left))) {
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
        }
      }
      response.end();
    }));
    return facts;
  }

  async function drain(client) {
    let count = 0;
    client.socket.removeAllListeners('data');
    client.socket.on('data', (bytes) => { count += bytes.length; });
    client.socket.resume();
    await until('all of it', () => count >= size, { within: 30_000 });
    return count;
  }

  for (const [name, request] of [
    ['of a plain answer', ({ port }) => `GET http://${DIRECT}:${port}/ HTTP/1.1\r\nHost: ${DIRECT}:${port}\r\n\r\n`],
    ['of a tunnel', ({ port }) => `${connectTo(DIRECT, port)}GET / HTTP/1.1\r\nHost: inside\r\n\r\n`],
  ]) {
    it(name, async (t) => {
      const scope = Scope.of(t);
      const own = await Proxy.start(scope, sandbox);
      const facts = await origin(scope);
      const memory = await own.peakMemory();
      const client = await RawClient.connect(scope, own.port);
      client.socket.pause();
      client.send(request(facts));
      await until('the origin sends', () => facts.sent > 0);
      const waiting = await untilSteady('what the origin could send', () => facts.sent);
      assert.ok(waiting < size / 2, `${waiting} bytes left the origin while nobody read`);
      assert.ok(await drain(client) >= size);
      const grown = await own.peakMemory() - memory;
      assert.ok(grown < 16 * MEGABYTE, `the proxy grew by ${grown} bytes`);
    });
  }
});

describe('an origin that stops reading does not make the proxy\'s memory grow', () => {
  for (const [name, request] of [
    ['with an upload', (port) => `POST http://${DIRECT}:${port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${200 * MEGABYTE}\r\n\r\n`],
    ['with a tunnel', (port) => connectTo(DIRECT, port)],
  ]) {
    it(name, async (t) => {
      const scope = Scope.of(t);
      const own = await Proxy.start(scope, sandbox);
      let origin;
      const port = await serve(scope, net.createServer({ pauseOnConnect: true }, (socket) => { origin = socket; }));
      const client = await RawClient.connect(scope, own.port);
      const memory = await own.peakMemory();
      client.send(request(port));
      await until('the origin has the connection', () => origin);
      const block = alphabet(65_536);
      const more = () => { while (client.socket.bytesWritten < 200 * MEGABYTE && client.socket.write(block)); };
      client.socket.on('drain', more);
      more();
      const waiting = await untilSteady('what the client could send', () => client.socket.bytesWritten - client.socket.writableLength);
      assert.ok(waiting < 100 * MEGABYTE, `${waiting} bytes left the client while nobody read`);
      const grown = await own.peakMemory() - memory;
      assert.ok(grown < 16 * MEGABYTE, `the proxy grew by ${grown} bytes`);
    });
  }
});

describe('connections that come and go', () => {
  it('leave no descriptor behind', async (t) => {
    const scope = Scope.of(t);
    const own = await Proxy.start(scope, sandbox);
    const descriptors = () => readdirSync(`/proc/${own.process.pid}/fd`).length;
    const hundred = () => Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const client = await RawClient.connect(scope, own.port);
      client.send(index % 2 ? get(DIRECT, '/bytes/1', 'Connection: close\r\n') : `${connectTo(DIRECT)}x`);
      await client.head();
      client.socket.destroy();
    }));
    const before = descriptors();
    for (let round = 0; round < 5; round += 1) await hundred();
    // What may stay are idle connections to the origin, kept for the next request.
    await until('they are given back', () => descriptors() <= before + 50);
  });
});
