// Tests the access log with real clients: every kind of request, each format, rotation by logrotate, and files that cannot be used.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { after, before as beforeAll, describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { launchRun, Proxy } from './harness/proxy.mjs';
import { blocks, codeSpans, readDocument, rows, section } from './harness/markdown.mjs';
import { curl } from './harness/curl.mjs';
import { RawClient } from './harness/raw.mjs';
import { run } from './harness/process.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';
import { UPGRADE } from './harness/websocket.mjs';

const file = new Scope();
let sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start(file);
});
after(() => file.close());

const linesOf = (text) => text.split('\n').filter(Boolean);
const read = async (path) => linesOf(await readFile(path, 'utf8')).map((line) => JSON.parse(line));

/** A proxy with an access log at `path`. `records` returns its lines once there are as many as expected. */
async function logging(t, args = []) {
  const scope = Scope.of(t);
  const path = `${await temporaryFolder(scope)}/access.log`;
  const proxy = await Proxy.start(scope, sandbox, ['--access-log', path, ...args]);
  const records = (count) => until(`${count} lines in the access log`, async () => {
    const lines = await read(path);
    return lines.length >= count ? lines : undefined;
  });
  return { scope, path, proxy, records };
}

async function upgrade(scope, proxy) {
  const client = await RawClient.connect(scope, proxy.port);
  const host = `${DIRECT}:${sandbox.origin_port}`;
  client.send(`GET http://${host}/ws HTTP/1.1\r\nHost: ${host}\r\n${UPGRADE}\r\n`);
  assert.equal((await client.head()).status, 101);
  client.socket.destroy();
}

async function nonsense(scope, proxy) {
  const client = await RawClient.connect(scope, proxy.port);
  client.send('nonsense\r\n\r\n');
  assert.equal((await client.head()).status, 400);
  client.socket.destroy();
}

/** Sends one request of every kind, one after the other. */
async function everyKind(scope, proxy) {
  await curl(proxy, [sandbox.http(PROXIED, '/path?query=secret')]);
  await curl(proxy, ['-k', sandbox.https(PROXIED)]);
  await curl(proxy, ['-k', sandbox.https(DIRECT)]);
  await run('curl', ['-q', '-sS', '-k', '--proxy', `socks5h://127.0.0.1:${proxy.port}`, sandbox.https(PROXIED)]);
  await upgrade(scope, proxy);
  await curl(proxy, [`http://${DIRECT}:1/`]);
  await curl(proxy, [`https://${DIRECT}:1/`]);
  await nonsense(scope, proxy);
}
const KINDS = 8;

/** The fields of docs/access-log.md in their order. */
async function documented() {
  const table = rows(section(await readDocument('docs/access-log.md'), 'Fields'));
  return table.flatMap(([names]) => codeSpans(names));
}

describe('The access log', () => {
  it('Has one line with all documented fields for each request, tunnel, upgrade, SOCKS request, failure and refusal', async (t) => {
    const { scope, proxy, records } = await logging(t);
    await everyKind(scope, proxy);
    const lines = await records(KINDS);
    const fields = (await documented()).filter((name) => name !== 'path');
    for (const line of lines) assert.deepEqual(Object.keys(line), fields);
    const facts = lines.map(({ event, method, host, port, route, rule, action, status, error }) => [event, method, host, port, route, rule, action, status, error]);
    const { origin_port: plain, origin_tls_port: tls } = sandbox;
    const none = 'no rule matches';
    assert.deepEqual(facts, [
      ['request', 'GET', PROXIED, plain, 'gateway', PROXIED, 'forward', 200, null],
      ['tunnel', 'CONNECT', PROXIED, tls, 'gateway', PROXIED, 'forward', 200, null],
      ['tunnel', 'CONNECT', DIRECT, tls, 'direct', none, 'forward', 200, null],
      ['tunnel', 'SOCKS', PROXIED, tls, 'gateway', PROXIED, 'forward', 200, null],
      ['tunnel', 'GET', DIRECT, plain, 'direct', none, 'forward', 101, null],
      ['request', 'GET', DIRECT, 1, 'direct', none, 'forward', 502, 'connection_refused'],
      ['request', 'CONNECT', DIRECT, 1, 'direct', none, 'forward', 502, 'connection_refused'],
      ['request', null, null, null, null, null, 'refuse', 400, 'http_request_error'],
    ]);
    for (const line of lines) {
      assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(line.duration_ms >= 0 && line.duration_ms < 60_000, `${line.duration_ms}`);
      assert.equal(line.config_version, line.route ? 1 : null);
    }
    for (const line of lines.slice(0, 5)) assert.ok(line.bytes_up > 0 && line.bytes_down > 0 && line.tries === 1, JSON.stringify(line));
    for (const { client, id } of lines) assert.match(`${client} ${id}`, /^127\.0\.0\.1:\d+ [0-9a-f]{6}-\d+$/);
    assert.equal(new Set(lines.map(({ id }) => id)).size, KINDS);
    assert.ok(!JSON.stringify(lines).includes('secret'), 'no path and no query');
  });

  it('Sums up, by route, to the bytes of the metrics and of usage', async (t) => {
    const { scope, proxy, records } = await logging(t);
    await everyKind(scope, proxy);
    await curl(proxy, ['-d', 'x'.repeat(100_000), sandbox.http(PROXIED, '/echo')]);
    await curl(proxy, ['-k', '-d', 'x'.repeat(100_000), sandbox.https(DIRECT, '/echo')]);
    const lines = await records(KINDS + 2);
    const metrics = (await run('curl', ['-q', '-sS', `${proxy.url}/metrics`])).stdout;
    const usage = JSON.parse((await run(aluviaConnect, ['usage', '--json', '--port', String(proxy.port)])).stdout).total;
    for (const route of ['direct', 'gateway']) {
      for (const [metric, field] of [['sent', 'bytes_up'], ['received', 'bytes_down']]) {
        const counted = Number(new RegExp(`^aluvia_connect_${metric}_bytes_total\\{route="${route}"\\} (\\d+)$`, 'm').exec(metrics)[1]);
        const logged = lines.filter((line) => line.route === route).reduce((sum, line) => sum + line[field], 0);
        assert.ok(logged > 1000, `${route} ${metric}: ${logged}`);
        assert.deepEqual([logged, usage[route][field]], [counted, counted], `${route} ${metric}`);
      }
    }
  });

  it('Has paths of plain HTTP where they are asked for', async (t) => {
    const { proxy, records } = await logging(t, ['--access-log-path']);
    await curl(proxy, [sandbox.http(PROXIED, '/path?query=1')]);
    await curl(proxy, ['-k', sandbox.https(PROXIED, '/hidden')]);
    const lines = await records(2);
    assert.deepEqual(lines.map(({ path }) => path), ['/path?query=1', null]);
    assert.deepEqual(Object.keys(lines[0]), await documented());
  });

  it('Has a line for a tunnel that opens where it is asked for', async (t) => {
    const { scope, proxy, records } = await logging(t, ['--access-log-open']);
    const client = await RawClient.connect(scope, proxy.port);
    const target = `${PROXIED}:${sandbox.origin_tls_port}`;
    client.send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    assert.equal((await client.head()).status, 200);
    const [open] = await records(1);
    assert.deepEqual([open.event, open.host, open.route, open.duration_ms, open.bytes_down], ['tunnel_open', PROXIED, 'gateway', null, null]);
    client.socket.destroy();
    const [, end] = await records(2);
    assert.deepEqual([end.event, end.id], ['tunnel', open.id]);
  });

  it('Has the id that the answer to a failed request has', async (t) => {
    const { scope, proxy, records } = await logging(t);
    const url = `http://${DIRECT}:1/`;
    const page = await curl(proxy, [url]);
    const tunnel = await curl(proxy, [`https://${DIRECT}:1/`]);
    const client = await RawClient.connect(scope, proxy.port);
    client.send('nonsense\r\n\r\n');
    const texts = [page.body, page.head, tunnel.head, (await client.head()).text];
    const ids = texts.map((text) => /request ([0-9a-f]{6}-\d+)/.exec(text)?.[1]);
    const lines = await records(3);
    assert.deepEqual(ids, [lines[0].id, lines[0].id, lines[1].id, lines[2].id]);
    assert.equal(new Set(ids).size, 3);
    const explained = await (await fetch(`${proxy.url}/explain?url=${DIRECT}`)).json();
    assert.deepEqual([explained.last_failure.id, explained.last_failure.error], [lines[1].id, 'connection_refused']);
    assert.ok(Math.abs(explained.last_failure.time_ms - Date.parse(lines[1].time)) <= 1);
    const { stdout } = await run(aluviaConnect, ['explain', DIRECT, '--port', String(proxy.port)]);
    assert.ok(stdout.includes(`the last failed request of this host is ${lines[1].id}: cannot connect to ${DIRECT}:1: Connection refused`), stdout);
    for (const line of lines) assert.match(line.client, /^127\.0\.0\.1:\d+$/);
  });

  it('Is ECS and text in the other formats', async (t) => {
    const ecs = await logging(t, ['--access-log-format', 'ecs']);
    await curl(ecs.proxy, [sandbox.http(PROXIED)]);
    const [line] = await ecs.records(1);
    assert.deepEqual([line['ecs.version'], line['destination.domain'], line['http.response.status_code'], line['aluvia.route']], ['8.11.0', PROXIED, 200, 'gateway']);
    const text = await logging(t, ['--access-log-format', 'text']);
    await curl(text.proxy, [sandbox.http(PROXIED)]);
    const lines = await until('a line', async () => linesOf(await readFile(text.path, 'utf8'))[0]);
    assert.match(lines, /^\S+Z \S+-\d+ request \S+ GET proxied\.example:\d+ gateway \(proxied\.example\) 200, \d+ bytes up, \d+ down, [\d.]+ ms$/);
  });

  it('Goes to stderr beside the JSON log, line by line', async (t) => {
    const scope = Scope.of(t);
    const proxy = await Proxy.start(scope, sandbox, ['--access-log', '-', '--log-format', 'json', '--log-level', 'debug']);
    await Promise.all(Array.from({ length: 50 }, () => curl(proxy, [sandbox.http(PROXIED)])));
    await proxy.process.stop();
    const records = linesOf(proxy.process.stderr).map((line) => JSON.parse(line));
    assert.equal(records.filter(({ event }) => event === 'request').length, 50);
    assert.equal(records.filter(({ event }) => event === 'request_finished').length, 50);
  });
});

describe('Rotation', () => {
  it('By logrotate with the example of the package loses no line and writes none twice', async (t) => {
    const { scope, path, proxy } = await logging(t);
    const folder = await temporaryFolder(scope);
    const config = `${folder}/logrotate.conf`;
    const example = await readDocument('packaging/logrotate/aluvia-connect');
    const mine = example.replace(/^\/home\S+/m, path).replace(/systemctl .*/, `kill -USR1 ${proxy.process.pid}`).replace('    daily', '    size 1').replace('rotate 14', 'rotate 1000').replace(/^ +(delay)?compress$/gm, '');
    assert.ok(mine.includes(`kill -USR1 ${proxy.process.pid}`) && mine.includes(`${path} {`));
    await writeFile(config, mine);
    await chmod(config, 0o600);
    let sent = 0;
    const load = async () => {
      for (let i = 0; i < 40; ++i) {
        const got = await curl(proxy, Array.from({ length: 10 }, () => sandbox.http(PROXIED)).flatMap((url) => ['-o', '/dev/null', url]));
        sent += got.transfers.length;
      }
    };
    let isOver = false;
    const loading = load().finally(() => { isOver = true; });
    let rotations = 0;
    while (!isOver) {
      if ((await stat(path).catch(() => ({ size: 0 }))).size > 0) {
        const got = await run('/usr/sbin/logrotate', ['--state', `${folder}/state`, config]);
        assert.equal(got.code, 0, got.stderr);
        rotations += 1;
        await until('the new file', () => stat(path).catch(() => false));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await loading;
    await proxy.process.stop();
    const lines = [];
    for (let i = rotations; i >= 0; --i) lines.push(...await read(i === 0 ? path : `${path}.${i}`));
    assert.ok(rotations > 1, `${rotations} rotations`);
    assert.equal(lines.length, sent);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });
});

describe('A file that cannot be used', () => {
  async function failed(t, path) {
    const program = launchRun(Scope.of(t), [...sandbox.runOptions, '--access-log', path]);
    const { code } = await program.end();
    assert.equal(code, 64);
    return program.stderr;
  }

  it('Fails the start with file, reason and advice', async (t) => {
    const folder = await temporaryFolder(Scope.of(t));
    const missing = `${folder}/none/access.log`;
    assert.match(await failed(t, missing), new RegExp(`cannot use --access-log: ${missing} cannot be opened: No such file or directory; make its folder first`));
    assert.match(await failed(t, folder), /cannot be opened: Is a directory; name a file, not a folder/);
  });

  it('Is a link in a folder that every user may write to', async (t) => {
    const folder = `${await temporaryFolder(Scope.of(t))}/shared`;
    await mkdir(folder);
    await chmod(folder, 0o777);
    await symlink('/etc/hosts', `${folder}/access.log`);
    assert.match(await failed(t, `${folder}/access.log`), /is a symbolic link, and every user may write to its folder; name a file in a folder of your own/);
  });

  it('Is full: requests are served, and the log says so once', async (t) => {
    const proxy = await Proxy.start(Scope.of(t), sandbox, ['--access-log', '/dev/full']);
    for (let i = 0; i < 3; ++i) assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).status, 200);
    await until('a line about the file', () => proxy.process.stderr.includes('cannot write the access log /dev/full: No space left on device'));
    await proxy.process.stop();
    assert.equal(proxy.process.stderr.match(/No space left on device/g).length, 1);
    assert.match(proxy.process.stderr, /cannot write the last lines of the access log \/dev\/full: it takes none; 3 lines lost/);
  });
});

describe('docs/access-log.md', () => {
  it('Has jq examples that find the requests', async (t) => {
    const { scope, path, proxy, records } = await logging(t);
    await everyKind(scope, proxy);
    await records(KINDS);
    const examples = blocks(await readDocument('docs/access-log.md')).filter(({ text }) => text.startsWith('jq '));
    assert.equal(examples.length, 4);
    const answers = [];
    for (const { text } of examples) {
      const { code, stdout, stderr } = await run('bash', ['-c', text], { cwd: path.replace('/access.log', '') });
      assert.equal(code, 0, stderr);
      answers.push(stdout);
    }
    const [failures, bytes, rules, slow] = answers;
    assert.equal(linesOf(failures).length, 3, failures);
    assert.match(failures, /direct\.example connection_refused: cannot connect to direct\.example:1: Connection refused/);
    assert.match(bytes, /^\d+ proxied\.example\n$/);
    assert.deepEqual(linesOf(rules), ['4 no rule matches', '3 proxied.example']);
    assert.equal(slow, '');
  });
});
