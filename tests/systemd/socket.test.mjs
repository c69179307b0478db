// Tests aluvia-connect.socket: no client ever meets a closed port.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { curl } from '../e2e/harness/curl.mjs';
import { PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { sentence } from '../e2e/harness/sentence.mjs';
import { freePort } from '../e2e/harness/temp.mjs';
import { asUser, edit, log, ownFile, prepare, show, systemctl, untilUnit } from './manager.mjs';
import { environmentOf, isClosed } from './places.mjs';

const SERVICE = 'aluvia-connect.service';
const SOCKET = 'aluvia-connect.socket';

/** A sandbox, and socket and service set up for it; the socket is started, the service is not. */
async function listening(t, { variables = {}, listen = (port) => [`ListenStream=127.0.0.1:${port}`] } = {}) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  const port = await freePort();
  await ownFile(scope, 'token', sandbox.token);
  await ownFile(scope, 'aluvia-connect.env', environmentOf(sandbox, { ALUVIA_PORT: port, ...variables }));
  await prepare(scope, SERVICE, ['RestartSec=100ms']);
  await edit(scope, SOCKET, ['[Socket]', 'ListenStream=', ...listen(port)]);
  scope.defer(async () => {
    await systemctl('stop', SOCKET, SERVICE);
    await asUser('systemctl', '--user', 'reset-failed', SOCKET, SERVICE);
  });
  await systemctl('start', SOCKET);
  return { scope, sandbox, port, proxy: { url: `http://127.0.0.1:${port}`, port } };
}

/** Requests one after the other, each on a connection of its own, until told to stop; what each came to. */
function requests(proxy, url) {
  const answers = [];
  let over = false;
  const asking = (async () => {
    while (!over) answers.push(await curl(proxy, [url]));
  })();
  return { answers, end: async () => { over = true; await asking; return answers; } };
}

describe('aluvia-connect.socket', () => {
  it('Starts the proxy with the first connection, and its request is answered', async (t) => {
    const { sandbox, port, proxy } = await listening(t);
    assert.equal((await show(SERVICE)).ActiveState, 'inactive');
    const first = await curl(proxy, [sandbox.http(PROXIED)]);
    assert.equal(first.status, 200, first.stderr);
    assert.equal(first.via, 'gateway');
    assert.equal((await show(SERVICE)).ActiveState, 'active');
    assert.match(await log(SERVICE), new RegExp(`listening on http://127\\.0\\.0\\.1:${port},`));
  });

  it('Holds clients that connect while the proxy fetches the configuration', async (t) => {
    const { sandbox, proxy } = await listening(t, { variables: { ALUVIA_OPTIONS: '--wait-for-api 60' } });
    await sandbox.faults({ api: { kind: 'status', status: 503, times: 3 } });
    const first = await curl(proxy, [sandbox.http(PROXIED)]);
    assert.equal(first.status, 200, first.stderr);
    assert.ok((await sandbox.requests()).polls > 3);
  });

  it('Answers every request during a restart of the service, three times', async (t) => {
    const { sandbox, proxy } = await listening(t);
    const asking = [1, 2, 3].map(() => requests(proxy, sandbox.http(PROXIED)));
    for (let round = 0; round < 3; ++round) {
      await systemctl('restart', SERVICE);
      await pause(200); // requests go on in between; nothing waits for this
    }
    const answers = (await Promise.all(asking.map((one) => one.end()))).flat();
    assert.ok(answers.length >= 6, `${answers.length} requests`);
    for (const { status, via, stderr } of answers) assert.equal(`${status} ${via}`, '200 gateway', stderr);
  });

  it('Answers a client after the proxy was killed', async (t) => {
    const { sandbox, port, proxy } = await listening(t);
    await curl(proxy, [sandbox.http(PROXIED)]);
    const { MainPID } = await show(SERVICE);
    process.kill(Number(MainPID), 'SIGKILL');
    assert.ok(!await isClosed(port));
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).status, 200);
    assert.notEqual((await show(SERVICE)).MainPID, MainPID);
  });

  it('Closes the port only when it is stopped itself', async (t) => {
    const { sandbox, port, proxy } = await listening(t);
    await curl(proxy, [sandbox.http(PROXIED)]);
    await systemctl('stop', SERVICE);
    assert.ok(!await isClosed(port));
    await systemctl('stop', SOCKET);
    await systemctl('stop', SERVICE); // the look at the port has started it
    assert.ok(await isClosed(port));
  });
});

describe('An unusable socket ends the proxy with 64 and the reason', () => {
  const wrong = [
    ['another port than ALUVIA_PORT', { variables: { ALUVIA_PORT: '1' } }, /cannot use ALUVIA_PORT: 1 is not where the socket that was passed listens, 127\.0\.0\.1 port \d+; give the same /],
    ['two ports', { listen: (port) => [`ListenStream=127.0.0.1:${port}`, `ListenStream=[::1]:${port}`] }, /2 sockets were passed .* leave one ListenStream=/],
    ['a Unix socket', { listen: () => ['ListenStream=%t/proxy.sock'] }, /is a Unix socket/],
    ['datagrams', { listen: (port) => [`ListenDatagram=127.0.0.1:${port}`] }, /use ListenStream= instead of ListenDatagram=/],
    ['all addresses, without a guard', { listen: (port) => [`ListenStream=0.0.0.0:${port}`] }, /0\.0\.0\.0, the socket that was passed,.*proxy-auth or allow-from/],
  ];
  for (const [what, settings, words] of wrong) {
    it(sentence(what), async (t) => {
      await listening(t, settings);
      await asUser('systemctl', '--user', 'start', SERVICE);
      const unit = await untilUnit(SERVICE, 'has failed', ({ ActiveState }) => ActiveState === 'failed');
      assert.equal(unit.ExecMainStatus, '64');
      assert.match(unit.StatusText, words);
    });
  }

  it('All addresses are accepted with access control', async (t) => {
    const { sandbox, proxy } = await listening(t,
      { listen: (port) => [`ListenStream=0.0.0.0:${port}`], variables: { ALUVIA_ALLOW_FROM: '192.0.2.0/24' } });
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
  });
});
