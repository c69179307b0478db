// Tests irregular time: a wall clock that is set hours ahead and back while the proxy runs, and a process that is suspended for
// some seconds, as on a laptop that sleeps.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, NameServer } from './harness/name_server.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RawClient } from './harness/raw.mjs';
import { connectTo, get } from './harness/request_text.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const FAST = ['--poll-interval', '1000', '--log-level', 'debug'];
const file = new Scope();
let sandbox;

beforeAll(async () => { sandbox = await Sandbox.start(file); });
after(() => file.close());

async function openTunnel(scope, proxy, host) {
  const client = await RawClient.connect(scope, proxy.port);
  client.send(connectTo(host, sandbox.origin_port));
  assert.equal((await client.head()).status, 200);
  return client;
}

/** A request and its answer on a connection that is there already. */
async function echoes(client, request = 'GET /bytes/5 HTTP/1.1\r\nHost: inside\r\n\r\n') {
  client.send(request);
  const { status, body } = await client.answer();
  assert.deepEqual([status, body], [200, 'abcde']);
}

/** Connections that stay open: tunnels by both routes, and a client's kept connection. */
async function openAll(scope, proxy) {
  const tunnels = await Promise.all([DIRECT, PROXIED].map((host) => openTunnel(scope, proxy, host)));
  const kept = await RawClient.connect(scope, proxy.port);
  return async () => {
    for (const tunnel of tunnels) await echoes(tunnel);
    await echoes(kept, get(sandbox, DIRECT, '/bytes/5'));
    await echoes(kept, get(sandbox, PROXIED, '/bytes/5'));
  };
}

const polls = async () => (await sandbox.requests()).polls;
async function goesOnPolling() {
  const begin = await polls();
  await until('two polls', async () => await polls() >= begin + 2, { within: 15_000 });
}

/** Seconds of processor time that a process has used. */
async function worked({ pid }) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A library's path below /usr/lib/TRIPLET, or undefined. */
function findLibrary(name) {
  return readdirSync('/usr/lib').map((folder) => join('/usr/lib', folder, name)).find(existsSync);
}

describe('The wall clock', () => {
  // Makes a program see the wall clock of a file.
  const library = findLibrary('faketime/libfaketimeMT.so.1');
  const skip = !library && 'libfaketime is not installed (Debian\'s package faketime)';

  it('May jump hours ahead and back: nothing ends, hangs or spins, and polls continue', { skip }, async (t) => {
    const scope = Scope.of(t);
    const clock = join(await temporaryFolder(scope), 'clock');
    const set = (offset) => writeFile(clock, `${offset}\n`);
    await set('+0');
    const env = {
      LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1',
    };
    const proxy = await Proxy.start(scope, sandbox, FAST, { env });
    const allWorks = await openAll(scope, proxy);
    await allWorks();
    for (const hours of [+30, -30, +5000, 0]) {
      await set(`${hours < 0 ? '' : '+'}${hours}h`);
      await seesTime(proxy, hours);
      await allWorks();
      const before = await worked(proxy.process);
      await goesOnPolling();
      const used = await worked(proxy.process) - before;
      assert.ok(used < 0.5, `${used} s of processor time for two polls, ${hours} h away`);
    }
  });

  /** The log's last line has the false time. */
  async function seesTime(proxy, hours) {
    const expected = Date.now() + hours * 3_600_000;
    const client = await RawClient.connect(file, proxy.port);
    client.send('nonsense\r\n\r\n');
    await client.rest();
    await until(`a line of ${hours} h from now`, () => {
      const [last] = proxy.process.stderr.trimEnd().split('\n').slice(-1);
      return Math.abs(Date.parse(last.split(' ')[0]) - expected) < 600_000;
    });
  }
});

describe('A proxy that is suspended for some seconds', () => {
  it('Continues: expired requests get their error, waiting ones are served, open connections stay', async (t) => {
    const scope = Scope.of(t);
    const late = { give() {} };
    const names = await NameServer.start(scope, async (question) => {
      if (question.name === 'silent.example') return [];
      if (question.name === 'late.example') await new Promise((resolve) => { late.give = resolve; });
      return [answer(question, { addresses: ['127.0.0.1'] })];
    });
    const proxy = await Proxy.start(scope, sandbox, [...FAST, '--dns-server', names.address]);
    const allWorks = await openAll(scope, proxy);
    const asks = async (host) => {
      const client = await RawClient.connect(scope, proxy.port);
      client.send(get(sandbox, host));
      return client;
    };
    const [silent, asleep] = [await asks('silent.example'), await asks('late.example')];
    await until('both names are asked for', () => new Set(names.asked.map(({ name }) => name)).size >= 3);

    proxy.process.signal('SIGSTOP');
    late.give();
    const knocking = await asks(DIRECT);
    await pause(7_000); // the sleep itself: longer than a look-up may take
    proxy.process.signal('SIGCONT');

    assert.equal((await knocking.head()).status, 200);
    assert.equal((await asleep.head()).status, 200);
    const told = await silent.head(5_000);
    assert.equal(told.status, 504);
    assert.match(told.text, /error=dns_timeout/);
    await allWorks();
    await goesOnPolling();
  });
});
