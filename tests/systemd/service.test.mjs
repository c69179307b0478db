// Tests aluvia-connect.service under a real user manager.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { curl } from '../e2e/harness/curl.mjs';
import { RawClient } from '../e2e/harness/raw.mjs';
import { DIRECT, PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { freePort } from '../e2e/harness/temp.mjs';
import { until } from '../e2e/harness/until.mjs';
import { log, ownFile, prepare, show, systemctl, untilUnit } from './manager.mjs';
import { environmentOf, isClosed } from './places.mjs';

const UNIT = 'aluvia-connect.service';

/** A sandbox, and the service set up for it with token and environment file; not started. */
async function service(t, { options = '', variables = {}, lines = [] } = {}) {
  const scope = Scope.of(t);
  const sandbox = await Sandbox.start(scope);
  const port = await freePort();
  await ownFile(scope, 'token', `${sandbox.token}\n`);
  await ownFile(scope, 'aluvia-connect.env',
    environmentOf(sandbox, { ALUVIA_PORT: port, ALUVIA_POLL_INTERVAL: 3_600_000, ALUVIA_OPTIONS: options, ...variables }));
  await prepare(scope, UNIT, lines);
  return { scope, sandbox, port, proxy: { url: `http://127.0.0.1:${port}`, port } };
}

const isActive = ({ ActiveState }) => ActiveState === 'active';
const isOver = ({ ActiveState }) => ActiveState === 'failed' || ActiveState === 'inactive';

describe('aluvia-connect.service', () => {
  it('Is started when the proxy accepts requests, and shows its state', async (t) => {
    const { sandbox, proxy } = await service(t);
    await systemctl('start', UNIT);
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
    const { StatusText } = await untilUnit(UNIT, 'has a status', (unit) => unit.StatusText.startsWith('ready'));
    assert.match(StatusText, /^ready: 2 rules, \d+ direct and \d+ gateway requests, last poll at \d\d:\d\d:\d\d UTC$/);
  });

  it('Is not started before there is a configuration', async (t) => {
    const { sandbox, port } = await service(t, { options: '--wait-for-api 60' });
    await sandbox.faults({ api: { kind: 'status', status: 503 } });
    await systemctl('start', '--no-block', UNIT);
    await until('two requests to the API', async () => (await sandbox.requests()).polls >= 2);
    const waiting = await untilUnit(UNIT, 'says why it waits', ({ StatusText }) => /^starting: waiting for the API: .*503/.test(StatusText));
    assert.equal(waiting.ActiveState, 'activating');
    assert.ok(await isClosed(port), 'the port is still closed');
    await sandbox.faults({});
    await untilUnit(UNIT, 'is active', isActive);
    assert.ok(!await isClosed(port));
  });

  it('May use the time of --wait-for-api to start, whatever TimeoutStartSec= says', async (t) => {
    const { sandbox } = await service(t, { options: '--wait-for-api 60', lines: ['TimeoutStartSec=1s'] });
    await sandbox.faults({ api: { kind: 'status', status: 503 } });
    const began = Date.now();
    await systemctl('start', '--no-block', UNIT);
    await until('three seconds of waiting', async () => Date.now() - began > 3_000, { every: 100 });
    assert.equal((await show(UNIT)).ActiveState, 'activating');
    await sandbox.faults({});
    await untilUnit(UNIT, 'is active', isActive);
  });

  it('Reloads: is reloading as long as the API takes, and then the new rules are in force', async (t) => {
    const { sandbox, proxy } = await service(t);
    await systemctl('start', UNIT);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).via, 'direct');
    await sandbox.user({ rules: [DIRECT] });
    await sandbox.faults({ api: { kind: 'dribble', pace_ms: 10, times: 1 } });
    await systemctl('reload', '--no-block', UNIT);
    await untilUnit(UNIT, 'is reloading by its own word',
      ({ ActiveState, ControlPID }) => ActiveState === 'reloading' && ControlPID === '0', { within: 20_000, every: 5 });
    await untilUnit(UNIT, 'is active again', isActive);
    assert.equal((await curl(proxy, [sandbox.http(DIRECT)])).via, 'gateway');
    await untilUnit(UNIT, 'tells the new rules', (unit) => unit.StatusText.startsWith('ready: 1 rule,'));
  });

  it('Is active again after a reload that failed, and the status says why', async (t) => {
    const { sandbox, proxy } = await service(t);
    await systemctl('start', UNIT);
    await sandbox.faults({ api: { kind: 'status', status: 503 } });
    await systemctl('reload', UNIT);
    await untilUnit(UNIT, 'is active and tells of the failure',
      (unit) => isActive(unit) && / failed: .*503/.test(unit.StatusText));
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
  });

  it('Counts the requests of each route in its status, with every poll', async (t) => {
    const { sandbox, proxy } = await service(t, { variables: { ALUVIA_POLL_INTERVAL: 1000 } });
    await systemctl('start', UNIT);
    for (const host of [DIRECT, DIRECT, PROXIED]) await curl(proxy, [sandbox.http(host)]);
    await untilUnit(UNIT, 'has counted', ({ StatusText }) => StatusText.includes(' 2 direct and 1 gateway requests'));
    assert.doesNotMatch((await show(UNIT)).StatusText, new RegExp(sandbox.token));
  });

  it('Stays alive while its loop runs, and is killed and restarted when the loop hangs', async (t) => {
    const { sandbox, proxy } = await service(t, { lines: ['WatchdogSec=2s', 'RestartSec=100ms'] });
    await systemctl('start', UNIT);
    const first = await show(UNIT);
    // The manager gets heartbeats long after the first two seconds, although no poll has come.
    const sign = ({ WatchdogTimestampMonotonic }) => Number(WatchdogTimestampMonotonic);
    await untilUnit(UNIT, 'gives signs of life', (unit) => sign(unit) - sign(first) > 3_000_000);
    assert.equal((await show(UNIT)).MainPID, first.MainPID);

    process.kill(Number(first.MainPID), 'SIGSTOP');
    const second = await untilUnit(UNIT, 'runs anew', (unit) => isActive(unit) && unit.MainPID !== first.MainPID);
    assert.equal(second.NRestarts, '1');
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
  });

  it('Lets an open tunnel finish when it stops, whatever TimeoutStopSec= says', async (t) => {
    const { scope, sandbox, port } = await service(t, { options: '--shutdown-grace 60', lines: ['TimeoutStopSec=1s'] });
    await systemctl('start', UNIT);
    const client = await RawClient.connect(scope, port);
    const origin = `${DIRECT}:${sandbox.origin_port}`;
    client.send(`CONNECT ${origin} HTTP/1.1\r\nHost: ${origin}\r\n\r\n`);
    assert.equal((await client.head()).status, 200);
    await systemctl('stop', '--no-block', UNIT);
    const stopping = await untilUnit(UNIT, 'is stopping by its own word', (unit) => unit.StatusText.startsWith('stopping'));
    assert.equal(stopping.ActiveState, 'deactivating');
    const began = Date.now();
    await until('three seconds of grace', async () => Date.now() - began > 3_000, { every: 100 });
    client.send(`GET / HTTP/1.1\r\nHost: ${origin}\r\nConnection: close\r\n\r\n`);
    assert.match(await client.rest(), /^HTTP\/1\.1 200/);
    client.sendEnd();
    const over = await untilUnit(UNIT, 'has ended', isOver);
    assert.equal(over.Result, 'success');
    assert.equal(over.ExecMainStatus, '0');
  });

  it('Ends a tunnel that stays open once the grace is over, with status 0', async (t) => {
    const { scope, sandbox, port } = await service(t, { options: '--shutdown-grace 1' });
    await systemctl('start', UNIT);
    const client = await RawClient.connect(scope, port);
    client.send(`CONNECT ${DIRECT}:${sandbox.origin_port} HTTP/1.1\r\nHost: ${DIRECT}\r\n\r\n`);
    assert.equal((await client.head()).status, 200);
    await systemctl('stop', UNIT);
    const over = await show(UNIT);
    assert.equal(over.Result, 'success');
    assert.equal(over.ExecMainStatus, '0');
    await client.rest();
  });

  it('Writes its log where the unit says, and no secret into it', async (t) => {
    const { sandbox } = await service(t, { variables: { ALUVIA_LOG_LEVEL: 'debug' } });
    await systemctl('start', UNIT);
    const text = await log(UNIT);
    assert.match(text, /listening on http:\/\/127\.0\.0\.1:/);
    assert.ok(!text.includes(sandbox.token));
  });
});
