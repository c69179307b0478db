// Tests every limit that an option sets, with the response that a client gets beyond it, and the behavior of the proxy when the
// system has no more descriptors or the log has no reader.
import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { deafPort } from './harness/deaf_port.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { serve, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
const LIMIT = 20_000; // milliseconds; far more than any limit in this file
const EARLY = 0.8; // a timeout may end this part of its time early, because clocks are coarse
const SHORTEST_DEFAULT = 10_000; // milliseconds, of --dial-timeout
let sandbox;

beforeAll(async () => { sandbox = await Sandbox.start(file); });
after(() => file.close());

const echo = (scope) => serve(scope, net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
const silent = (scope) => serve(scope, net.createServer(() => {}));

/** A client whose CONNECT has been answered with 200. */
async function tunnel(scope, proxy, port) {
  const client = await RawClient.connect(scope, proxy.port);
  client.send(connectTo(DIRECT, port));
  assert.equal((await client.head()).status, 200);
  return client;
}

describe('A limit that is set', { concurrency: true }, () => {
  /** The response to `request` by a proxy with these options, and the milliseconds until it came. */
  async function answered(t, options, request, { on = sandbox } = {}) {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, on, options);
    const client = await RawClient.connect(scope, proxy.port);
    client.send(await request(scope));
    const begin = performance.now();
    const answer = await client.answer(LIMIT);
    const took = performance.now() - begin;
    await client.rest(LIMIT);
    return { ...answer, took };
  }

  /** A timeout that ends at once would give the same status, so this looks at the time, too. */
  function assertTimedOut({ status, took }, expected, timeout, before = SHORTEST_DEFAULT) {
    assert.equal(status, expected);
    assert.ok(took >= timeout * EARLY, `too early: ${took} ms`);
    assert.ok(took < before, `the option had no effect: ${took} ms`);
  }

  it('--max-head-bytes: a longer head gets 431, a longer request line 414', async (t) => {
    const head = `GET http://${DIRECT}/ HTTP/1.1\r\nHost: ${DIRECT}\r\nX: ${'x'.repeat(2000)}\r\n\r\n`;
    assert.equal((await answered(t, ['--max-head-bytes', '2000'], () => head)).status, 431);
    assert.equal((await answered(t, ['--max-head-bytes', '2000'], () => `GET http://${DIRECT}/${'x'.repeat(2000)}`)).status, 414);
  });

  it('--max-head-bytes: a longer head of a response gets 502', async (t) => {
    const site = (scope) => serve(scope, net.createServer((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(2000)}\r\n\r\n`)));
    const answer = await answered(t, ['--max-head-bytes', '2000'], async (scope) => get({ origin_port: await site(scope) }, DIRECT));
    assert.equal(answer.status, 502);
  });

  it('--max-head-fields: more of them get 431', async (t) => {
    const head = `GET http://${DIRECT}/ HTTP/1.1\r\nHost: ${DIRECT}\r\n${'X: y\r\n'.repeat(10)}\r\n`;
    assert.equal((await answered(t, ['--max-head-fields', '10'], () => head)).status, 431);
  });

  for (const [option, fields, status] of [[[], 999, 200], [[], 1001, 502], [['--max-head-fields', '10'], 999, 200], [['--max-head-fields', '1100'], 1099, 200]]) {
    it(sentence(`${option.join(' ') || 'without options'}: a response with ${fields} fields and a length gets ${status}`), async (t) => {
      const text = `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(fields)}Content-Length: 0\r\n\r\n`;
      const site = (scope) => serve(scope, net.createServer((socket) => socket.write(text)));
      const answer = await answered(t, option, async (scope) => get({ origin_port: await site(scope) }, DIRECT, '/', 'Connection: close\r\n'));
      assert.equal(answer.status, status);
    });
  }

  it('--head-timeout: a head that does not end gets 408', async (t) => {
    assertTimedOut(await answered(t, ['--head-timeout', '0.3'], () => `GET http://${DIRECT}/ HTTP/1.1\r\n`), 408, 300);
  });

  it('--stall-timeout: a site that says nothing gets 504', async (t) => {
    const request = async (scope) => get({ origin_port: await silent(scope) }, DIRECT);
    assertTimedOut(await answered(t, ['--stall-timeout', '0.3'], request), 504, 300);
  });

  it('--dial-timeout: an address that swallows connections gets 504', async (t) => {
    const request = async (scope) => connectTo(DIRECT, (await deafPort(scope)).port);
    assertTimedOut(await answered(t, ['--dial-timeout', '0.3'], request), 504, 300);
  });

  it('--gateway-timeout: a gateway that does not answer CONNECT gets 504', async (t) => {
    const own = await Sandbox.start(Scope.of(t));
    await own.faults({ gateway: { kind: 'hang' } });
    // Three tries with their pauses take 1.7 s.
    assertTimedOut(await answered(t, ['--gateway-timeout', '0.3'], () => connectTo(PROXIED, 443), { on: own }), 504, 300);
  });

  it('--keep-alive-timeout: a kept connection without a request ends', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--keep-alive-timeout', '2']);
    const client = await RawClient.connect(scope, proxy.port);
    for (let i = 0; i < 2; ++i) { // the second one shows that the connection is kept
      client.send(get(sandbox, DIRECT));
      assert.equal((await client.answer()).status, 200);
    }
    const begin = performance.now();
    assert.equal(await client.rest(LIMIT), '');
    assert.ok(performance.now() - begin >= 2000 * EARLY, 'closed too early');
  });

  it('--tunnel-idle-timeout: a quiet tunnel ends, a busy one does not', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--tunnel-idle-timeout', '2']);
    const port = await echo(scope);
    const [quiet, busy] = [await tunnel(scope, proxy, port), await tunnel(scope, proxy, port)];
    const begin = performance.now();
    let over;
    const end = quiet.rest(LIMIT).then(() => { over = performance.now(); });
    const busyWorks = async () => {
      busy.send('x');
      assert.equal(await busy.text('x'), 'x');
    };
    await until('the quiet one ends', async () => {
      await busyWorks();
      return over;
    }, { within: LIMIT, every: 100 });
    await end;
    assert.ok(over - begin >= 2000 * EARLY, `ended after ${over - begin} ms`);
    await busyWorks();
  });

  it('--half-closed-timeout: a half-closed tunnel ends', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--half-closed-timeout', '0.3']);
    const site = await serve(scope, net.createServer({ allowHalfOpen: true }, (socket) => socket.on('end', () => socket.write('late')).resume()));
    const client = await tunnel(scope, proxy, site);
    const begin = performance.now();
    client.sendEnd();
    assert.equal(await client.text('late'), 'late'); // the other direction is still open
    await client.rest(LIMIT);
    assert.ok(performance.now() - begin >= 300 * EARLY, 'ended too early');
  });

  it('--max-connections: a client beyond the limit gets 503 with the reason; the log counts them and is not flooded', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--max-connections', '2']);
    const port = await echo(scope);
    const [first, second] = [await tunnel(scope, proxy, port), await tunnel(scope, proxy, port)];
    const others = await Promise.all(Array.from({ length: 150 }, () => RawClient.connect(scope, proxy.port)));
    for (const client of others) client.send(connectTo(DIRECT, port));
    for (const client of others) {
      const answer = await client.answer(LIMIT);
      assert.equal(answer.status, 503);
      assert.match(answer.text, /error=connection_limit_reached; details="2 connections are open[^"]*"/);
      await client.rest(LIMIT);
    }
    second.send('still');
    assert.equal(await second.text('still'), 'still');

    first.socket.destroy();
    let refused = others.length;
    await until('a place', async () => {
      const next = await RawClient.connect(scope, proxy.port);
      next.send(connectTo(DIRECT, port));
      const { status } = await next.head();
      refused += status === 503 ? 1 : 0;
      return status === 200;
    });
    await proxy.process.stop();
    const told = proxy.process.stderr.split('\n').filter((line) => line.includes('another one is rejected'));
    const counted = told.map((line) => Number(/(\d+) lines? like .* suppressed$/.exec(line)?.[1] ?? 1));
    assert.equal(counted.reduce((sum, count) => sum + count, 0), refused, told.join('\n'));
    assert.ok(told.length < refused / 2, told.join('\n'));
  });
});

describe('The limit of open files', { concurrency: true }, () => {
  const under = (soft, hard = soft) => ['prlimit', `--nofile=${soft}:${hard}`];
  const softLimit = async (pid) => Number(/^Max open files +(\d+)/m.exec(await readFile(`/proc/${pid}/limits`, 'utf8'))[1]);

  it('Is raised to what --max-connections needs', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--max-connections', '500'], { under: under(64, 4000) });
    assert.equal(await softLimit(proxy.process.pid), 2024);
    assert.doesNotMatch(proxy.process.stderr, /limit of open files/);
  });

  it('Is unchanged for the command of exec', async () => {
    const [first, ...rest] = [...under(64, 4000), aluviaConnect, 'exec', ...sandbox.runOptions, '--log-level', 'silent', '--', 'sh', '-c', 'ulimit -Sn; ulimit -Hn'];
    const { code, stdout, stderr } = await run(first, rest);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '64\n4000\n');
  });

  it('A limit that is too low gives one warning, with how many connections fit and what to do', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, [], { under: under(1024) });
    await proxy.process.stop(); // now all of its log is here
    const told = proxy.process.stderr.split('\n').filter((line) => line.includes('limit of open files'));
    assert.equal(told.length, 1, proxy.process.stderr);
    for (const expected of [/1024/, / 448 connections/, /10000/, /ulimit -n/, /LimitNOFILE=/]) assert.match(told[0], expected);
  });

  it('A limit below the need of the default gives no warning while a thousand fit, unless more were requested', async (t) => {
    const scope = Scope.of(t);
    const warnings = async (...args) => {
      const proxy = await Proxy.start(scope, sandbox, args, { under: under(4000) });
      await proxy.process.stop();
      return proxy.process.stderr.split('\n').filter((line) => line.includes('limit of open files'));
    };
    assert.deepEqual(await warnings(), []);
    assert.match((await warnings('--max-connections', '2000'))[0], /warn .* 1936 connections/);
  });

  it('With a limit of forty each of many clients gets its tunnel or 503, and the proxy recovers when they have gone', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, [], { under: under(40) });
    const port = await echo(scope);
    for (let round = 0; round < 3; ++round) {
      const clients = await Promise.all(Array.from({ length: 60 }, () => RawClient.connect(scope, proxy.port)));
      for (const client of clients) client.send(connectTo(DIRECT, port));
      const statuses = await Promise.all(clients.map(async (client) => (await client.head(LIMIT)).status));
      assert.ok(statuses.every((status) => status === 200 || status === 503), statuses.join());
      assert.ok(statuses.includes(200) && statuses.includes(503), statuses.join());
      for (const client of clients) client.socket.destroy();
      await until('all works again', async () => {
        const one = await RawClient.connect(scope, proxy.port);
        one.send(get(sandbox, DIRECT));
        const { status } = await one.head();
        one.socket.destroy();
        return status === 200;
      });
    }
  });

  it('When the limit is used up, every client is answered at once, the log reports it, and the proxy recovers', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--core-dumps']); // so that the test can read its descriptors
    const { pid } = proxy.process;
    const limitTo = async (count) => assert.equal((await run('prlimit', ['--pid', String(pid), `--nofile=${count}:`])).code, 0);
    const before = await softLimit(pid);
    const taken = new Set((await readdir(`/proc/${pid}/fd`)).map(Number));
    const free = Array.from({ length: taken.size + 2 }, (_, number) => number).filter((number) => !taken.has(number));
    await limitTo(free[1]); // one client finds a descriptor, and none for its site
    const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(scope, proxy.port)));
    for (const client of clients) client.send(get(sandbox, DIRECT));
    for (const client of clients) {
      const answer = await client.answer(LIMIT);
      assert.equal(answer.status, 503);
      assert.match(answer.text, /error=connection_limit_reached/);
      assert.match(answer.body, /open.*ulimit -n/s);
      await client.rest(LIMIT);
    }
    await limitTo(before);
    await until('all works again', async () => {
      const one = await RawClient.connect(scope, proxy.port);
      one.send(get(sandbox, DIRECT));
      return (await one.head()).status === 200;
    });
    await proxy.process.stop();
    assert.match(proxy.process.stderr, /no connection can be accepted as it should: Too many open files/);
    assert.ok(proxy.process.stderr.split('\n').length < 60, 'a flood of lines did not come');
  });
});

describe('A log that cannot be written does not block the proxy', { concurrency: true }, () => {
  const SH = (redirection) => ['sh', '-c', `exec "$0" "$@" ${redirection}`];

  async function traffic(scope, proxy, count) {
    const client = await RawClient.connect(scope, proxy.port);
    for (let i = 0; i < count; ++i) {
      client.send(get(sandbox, DIRECT));
      assert.equal((await client.answer()).status, 200);
    }
  }

  for (const [name, redirection] of [['to a full device', '2>/dev/full'], ['to nowhere', '2>&-']]) {
    it(sentence(name), async (t) => {
      const scope = Scope.of(t);
      const proxy = await Proxy.start(scope, sandbox, ['--log-level', 'debug'], { under: SH(redirection) });
      await traffic(scope, proxy, 200);
    });
  }

  it('A pipe without a reader; a later reader learns how much is missing', async (t) => {
    const scope = Scope.of(t);
    const path = join(await temporaryFolder(scope), 'log');
    assert.equal((await run('mkfifo', [path])).code, 0);
    // The program holds the reading end itself, so that there always is one.
    const proxy = await Proxy.start(scope, sandbox, ['--log-level', 'debug'], { under: SH('3<>"$LOG" 2>"$LOG"'), env: { LOG: path } });
    const pipe = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    scope.defer(() => pipe.close());
    const read = async () => {
      let out = '';
      for (;;) {
        const { bytesRead, buffer } = await pipe.read().catch((error) => {
          if (error.code === 'EAGAIN') return { bytesRead: 0 };
          throw error;
        });
        if (bytesRead === 0) return out;
        out += buffer.toString('latin1', 0, bytesRead);
      }
    };
    await traffic(scope, proxy, 2000);
    assert.ok((await read()).length > 60_000, 'the pipe was full');
    await traffic(scope, proxy, 1);
    let later = '';
    await until('a line about the missing ones', async () => {
      later += await read();
      return /\d+ log lines were dropped/.test(later);
    });
  });
});
