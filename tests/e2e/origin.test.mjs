// Tests origins that violate HTTP: a client sees only what belongs to its own request.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before as beforeAll, describe, it } from 'node:test';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { DIRECT, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { serve } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
let sandbox;
let proxy;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
});
after(() => file.close());

/**
 * An origin on 127.0.0.1 that calls `answer(socket, number, head)` for each request head and records `connections` and
 * `heads`.
 */
async function origin(scope, answer) {
  const facts = { connections: 0, heads: [], sockets: [] };
  facts.port = await serve(scope, net.createServer((socket) => {
    facts.connections += 1;
    facts.sockets.push(socket);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end + 4);
        text = text.slice(end + 4);
        facts.heads.push(head);
        answer(socket, facts.heads.length, head);
      }
    });
  }));
  return facts;
}

const request = (port, line = 'GET', fields = '', path = '/') =>
  `${line} http://${DIRECT}:${port}${path} HTTP/1.1\r\nHost: ${DIRECT}:${port}\r\n${fields}\r\n`;

async function pair(t, answer) {
  const scope = Scope.of(t);
  const facts = await origin(scope, answer);
  return { facts, scope, client: await RawClient.connect(scope, proxy.port) };
}

describe('An ambiguous response becomes 502', () => {
  const answers = [
    ['both Content-Length and Transfer-Encoding', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['Content-Lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a Content-Length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello'],
    ['a bare CR in a field', 'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 5\r\n\r\nhello'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello'],
    ['a line folded behind a bare LF', 'HTTP/1.1 200 OK\nX: a\n\tb\nContent-Length: 5\n\nhello'],
    ['chunks and the coding gzip', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['another protocol', 'ICY 200 OK\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_500_000)}\r\n\r\n`],
    ['101 without an upgrade request', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
  ];
  for (const [name, text] of answers) {
    it(sentence(name), async (t) => {
      const { client, facts } = await pair(t, (socket) => socket.end(text));
      client.send(request(facts.port));
      const answer = await client.answer();
      assert.equal(answer.status, 502, answer.text);
      assert.match(answer.field('proxy-status'), /^aluvia-connect; error=http_/);
      await client.rest();
    });
  }
});

describe('A loosely written response reaches the client in canonical form', () => {
  const head = (fields) => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`;
  const many = Array.from({ length: 999 }, (_, index) => `Set-Cookie: c${index}=1`).join('\r\n');
  const answers = [
    ['bare LF', 'HTTP/1.1 200 OK\nX-A: b\nContent-Length: 5\n\nhello', `${head('X-A: b\r\nContent-Length: 5')}hello`],
    ['bare LF in some lines', 'HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 5\r\n\nhello', `${head('X-A: b\r\nContent-Length: 5')}hello`],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello', `${head('Content-Length: 5')}hello`],
    ['a status above 599', 'HTTP/1.1 999 Odd\r\nContent-Length: 5\r\n\r\nhello', 'HTTP/1.1 999 Odd\r\nContent-Length: 5\r\n\r\nhello'],
    ['1,000 fields', `${head(`${many}\r\nContent-Length: 5`)}hello`, `${head(`${many}\r\nContent-Length: 5`)}hello`],
    ['the coding identity', `${head('Transfer-Encoding: identity\r\nContent-Length: 5')}hello`, `${head('Content-Length: 5')}hello`],
    ['identity and chunked', `${head('Transfer-Encoding: identity, chunked')}5\r\nhello\r\n0\r\n\r\n`,
      `${head('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`],
    ['forbidden trailers', `${head('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\nSet-Cookie: a\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n`,
      `${head('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`],
  ];
  for (const [name, text, seen] of answers) {
    it(sentence(name), async (t) => {
      const { client, facts } = await pair(t, (socket) => socket.write(text));
      for (let round = 0; round < 2; round += 1) {
        client.send(request(facts.port));
        assert.equal((await client.bytes(seen.length)).toString('latin1'), seen);
      }
      assert.equal(facts.connections, 1, 'its end was found');
    });
  }
});

describe('A truncated response', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\n';
  const responses = [
    ['in a body with a length', `${HEAD}Content-Length: 50\r\n\r\n`, 'hello', ''],
    ['in a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '32\r\nhello', ''],
    ['with a bad chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '5\r\nhello\r\n', 'zz\r\n'],
  ];
  for (const [name, head, good, bad] of responses) {
    it(sentence(`${name} does not look complete to the client`), async (t) => {
      let site;
      const { client, facts } = await pair(t, (socket) => {
        site = socket;
        socket.write(head + good);
      });
      client.send(request(facts.port));
      assert.equal((await client.head()).status, 200);
      assert.equal(await client.text(good), good);
      site.end(bad); // only now, or the proxy could still respond with 502
      assert.equal(await client.rest(), '', 'no last chunk was made up');
    });
  }
});

describe('A kept connection to an origin', () => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

  it('Is used for the next request, also one of another client', async (t) => {
    const { client, facts, scope } = await pair(t, (socket) => socket.write(OK));
    for (let round = 0; round < 3; round += 1) {
      client.send(request(facts.port));
      assert.equal((await client.answer()).body, 'ok');
    }
    const other = await RawClient.connect(scope, proxy.port);
    other.send(request(facts.port));
    assert.equal((await other.answer()).body, 'ok');
    assert.equal(facts.connections, 1);
  });

  it('Is not used again when bytes came that no request asked for', async (t) => {
    const forged = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';
    const { client, facts } = await pair(t, (socket, number) => socket.write(number === 1 ? OK + forged : OK));
    for (let round = 0; round < 3; round += 1) {
      client.send(request(facts.port));
      assert.equal((await client.answer()).body, 'ok');
    }
  });

  it('Is not used again when such bytes come late', async (t) => {
    const { client, facts } = await pair(t, (socket) => socket.write(OK));
    client.send(request(facts.port));
    assert.equal((await client.answer()).body, 'ok');
    facts.sockets[0].write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    await until('the proxy gives the connection up', () => facts.sockets[0].destroyed || facts.sockets[0].readableEnded);
    client.send(request(facts.port));
    assert.equal((await client.answer()).body, 'ok');
  });

  it('A dead one is replaced without the client noticing', async (t) => {
    const { client, facts } = await pair(t, (socket, number) => (number % 2 ? socket.write(OK) : socket.destroy()));
    client.send(request(facts.port));
    assert.equal((await client.answer()).body, 'ok');
    client.send(request(facts.port)); // on the kept connection, which the origin cuts; repeated on a new one
    assert.equal((await client.answer()).body, 'ok');
    assert.deepEqual([facts.heads.length, facts.connections], [3, 2]);
  });

  it('Is not tried a second time with a POST that the origin may have acted on', async (t) => {
    const { client, facts } = await pair(t, (socket) => socket.destroy());
    client.send(request(facts.port, 'POST', 'Content-Length: 0\r\n'));
    assert.equal((await client.answer()).status, 502);
    assert.equal(facts.heads.length, 1);
  });

  it('Is not kept when either side says close', async (t) => {
    const closing = OK.replace('Content-Length', 'Connection: close\r\nContent-Length');
    const { client, facts } = await pair(t, (socket) => socket.write(closing));
    for (let round = 0; round < 2; round += 1) {
      client.send(request(facts.port));
      const answer = await client.answer();
      assert.equal(answer.body, 'ok');
      assert.equal(answer.field('connection'), undefined, 'that was meant for the proxy');
    }
    assert.equal(facts.connections, 2);
  });

  it('Is closed when the client goes away in the middle of an answer', async (t) => {
    const { client, facts } = await pair(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n');
      const more = () => { while (socket.writable && socket.write(Buffer.alloc(65_536))); };
      socket.on('drain', more);
      more();
    });
    client.send(request(facts.port));
    await client.head();
    client.socket.destroy();
    await until('the origin is told', () => facts.sockets[0].destroyed || facts.sockets[0].readableEnded);
  });
});

describe('A request to an origin', () => {
  const echoHead = (socket, number, head) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${head.length}\r\n\r\n${head}`);

  async function seen(t, text) {
    const { client, facts } = await pair(t, echoHead);
    client.send(text.replaceAll('%A', `${DIRECT}:${facts.port}`));
    const { body } = await client.answer();
    return { lines: body.trimEnd().split('\r\n'), authority: `${DIRECT}:${facts.port}` };
  }

  it('Has the host of the target, whatever the client sent in Host', async (t) => {
    const { lines, authority } = await seen(t, 'GET http://%A/path HTTP/1.1\r\nHost: evil.example\r\n\r\n');
    assert.deepEqual(lines, ['GET /path HTTP/1.1', `Host: ${authority}`]);
  });

  for (const [name, target, line] of [
    ['no path', 'GET http://%A', 'GET / HTTP/1.1'],
    ['a query and no path', 'GET http://%A?q=1', 'GET /?q=1 HTTP/1.1'],
    ['OPTIONS of the whole server', 'OPTIONS http://%A', 'OPTIONS * HTTP/1.1'],
    ['a scheme in capitals', 'GET HTTP://%A/x', 'GET /x HTTP/1.1'],
  ]) {
    it(`Is in origin-form for ${name}`, async (t) => {
      assert.equal((await seen(t, `${target} HTTP/1.1\r\nHost: %A\r\n\r\n`)).lines[0], line);
    });
  }

  it('Keeps order and case of the fields, and repeated ones', async (t) => {
    const fields = ['x-LOWER: 1', 'Cookie: a=b', 'X-Twice: 1', 'COOKIE: c=d', 'X-Twice: 2', 'Accept: text/html, */*;q=0.1'];
    const { lines } = await seen(t, `GET http://%A/ HTTP/1.1\r\nHost: %A\r\n${fields.join('\r\n')}\r\n\r\n`);
    assert.deepEqual(lines.slice(2), fields);
  });

  it('Has no hop-by-hop fields', async (t) => {
    const hop = ['Proxy-Connection: keep-alive', 'Connection: keep-alive, X-Mine', 'X-Mine: 1', 'Keep-Alive: 5', 'TE: gzip',
      'Proxy-Authorization: Basic eDp5', 'Proxy-Authenticate: x'];
    const { lines } = await seen(t, `GET http://%A/ HTTP/1.1\r\nHost: %A\r\n${hop.join('\r\n')}\r\nX-End: 1\r\n\r\n`);
    assert.deepEqual(lines.slice(2), ['Connection: keep-alive', 'X-End: 1']);
  });
});
