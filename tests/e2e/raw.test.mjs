// Tests bytes that arrive at once, one by one, or late, and the ends of tunnels, with raw sockets on both sides.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { alphabet, sha256 } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { serve } from './harness/temp.mjs';
import { until } from './harness/until.mjs';
import { ACCEPT, textFrame, textFrameOfServer, UPGRADE } from './harness/websocket.mjs';

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

for (const [route, host] of ROUTES) {
  describe(`By the route ${route}`, () => {
    it('Requests sent in one packet are answered in their order', async (t) => {
      const client = await connect(t);
      const other = host === DIRECT ? PROXIED : DIRECT;
      client.send(get(sandbox, host, '/bytes/3') + get(sandbox, other, '/bytes/4') + get(sandbox, host, '/bytes/5', 'Connection: close\r\n'));
      assert.deepEqual([(await client.answer()).body, (await client.answer()).body, (await client.answer()).body], ['abc', 'abcd', 'abcde']);
      await client.rest();
    });

    it('A request that comes byte by byte is answered', async (t) => {
      const client = await connect(t);
      client.socket.setNoDelay(true);
      for (const byte of get(sandbox, host, '/bytes/3')) client.send(byte);
      assert.equal((await client.answer()).body, 'abc');
    });

    it('A WebSocket opened by an upgrade in absolute form echoes', async (t) => {
      const client = await connect(t);
      client.send(get(sandbox, host, '/ws', UPGRADE));
      const answer = await client.head();
      assert.equal(answer.status, 101);
      assert.equal(answer.field('sec-websocket-accept'), ACCEPT);
      for (const text of ['one', 'two']) {
        client.send(textFrame(text));
        const echo = textFrameOfServer(text);
        assert.deepEqual(await client.bytes(echo.length), echo);
      }
    });

    it('Bytes sent together with the CONNECT reach the other end', async (t) => {
      const client = await connect(t);
      client.send(`${connectTo(host, sandbox.origin_port)}GET /bytes/4 HTTP/1.1\r\nHost: inside.example\r\n\r\n`);
      const opened = await client.head();
      assert.equal(opened.status, 200);
      const answer = await client.answer();
      assert.deepEqual([answer.body, answer.field('x-sandbox-via')], ['abcd', route]);
    });

    it('Chunk extensions and trailers of a request do not disturb its body', async (t) => {
      const client = await connect(t);
      const authority = `${host}:${sandbox.origin_port}`;
      client.send(`POST http://${authority}/sink HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n`
        + '5 ;name = "va;lue\\" \u00fc"\t;x\r\nhello\r\n00006\r\n world\r\n0\r\nX-End: yes\r\n\r\n' + get(sandbox, host, '/bytes/3'));
      assert.equal(JSON.parse((await client.answer()).body).body_sha256, sha256('hello world'));
      assert.equal((await client.answer()).body, 'abc');
    });

    it('An HTTP/1.0 client gets a closed connection, also when it asks to keep it', async (t) => {
      const authority = `${host}:${sandbox.origin_port}`;
      for (const fields of ['', 'Connection: keep-alive\r\n']) {
        const client = await connect(t);
        client.send(`GET http://${authority}/bytes/3 HTTP/1.0\r\n${fields}\r\n`);
        const answer = await client.answer();
        assert.deepEqual([answer.body, answer.field('connection')], ['abc', 'close']);
        assert.equal(await client.rest(), '');
      }
    });

    it('The answer to CONNECT has neither length nor coding', async (t) => {
      const client = await connect(t);
      client.send(connectTo(host, sandbox.origin_port));
      const opened = await client.head();
      assert.equal(opened.field('content-length'), undefined);
      assert.equal(opened.field('transfer-encoding'), undefined);
    });

    it('A client that ends its direction of a tunnel still gets all of the answer', async (t) => {
      const client = await connect(t);
      client.send(connectTo(host, sandbox.origin_port));
      assert.equal((await client.head()).status, 200);
      client.send('GET /close/100000 HTTP/1.1\r\nHost: inside.example\r\n\r\n');
      client.sendEnd();
      assert.equal((await client.head()).status, 200);
      assert.equal(await client.rest(), alphabet(100_000).toString());
    });
  });
}

describe('A tunnel', () => {
  it('Forwards the client\'s end, and then the response to it', async (t) => {
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

  it('Forwards the origin\'s end, and what the client still sends after it', async (t) => {
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

  it('Ends at both sides when one side resets it', async (t) => {
    let origin;
    const port = await serve(Scope.of(t), net.createServer((socket) => { origin = socket; }));
    const client = await connect(t);
    client.send(connectTo(DIRECT, port));
    assert.equal((await client.head()).status, 200);
    await until('the origin has it', () => origin);
    client.socket.resetAndDestroy();
    await until('the origin sees the end', () => origin.closed || origin.destroyed);
  });

  it('Delivers bytes that the gateway sent together with its 200', async (t) => {
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

describe('One slow peer delays no other', () => {
  it('A name that never resolves', async (t) => {
    const waiting = await Promise.all(Array.from({ length: 20 }, () => connect(t)));
    waiting.forEach((client, index) => client.send(index % 2 ? get(sandbox, 'silent.example') : connectTo('silent.example', 443)));
    for (let index = 0; index < 20; index += 1) {
      const client = await connect(t);
      client.send(get(sandbox, `fresh${index}.example`, '/bytes/3'));
      assert.equal((await client.answer(1_000)).body, 'abc');
    }
  });

  it('An origin that never answers, and clients that never finish their heads', async (t) => {
    const waiting = await Promise.all(Array.from({ length: 20 }, () => connect(t)));
    waiting.forEach((client, index) => client.send(index % 2 ? get(sandbox, DIRECT, '/silent') : 'GET http://half'));
    for (const [, host] of ROUTES) {
      const client = await connect(t);
      client.send(get(sandbox, host, '/bytes/3'));
      assert.equal((await client.answer(1_000)).body, 'abc');
    }
  });
});
