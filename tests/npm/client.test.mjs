// Tests AgentConnectClient of the installed npm package, in this process, against the sandbox.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { after, before as beforeAll, beforeEach, describe, it } from 'node:test';
import { DIRECT, PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { freePort, serve } from '../e2e/harness/temp.mjs';
import { until } from '../e2e/harness/until.mjs';
import { Project, proxiesWith, sandboxVariables, zombiesOf } from './project.mjs';

const file = new Scope();
let sandbox;
let project;
let names;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  project = await Project.install(file);
  names = project.load();
  Object.assign(process.env, sandboxVariables(sandbox), { XDG_RUNTIME_DIR: project.runtime });
});
after(() => file.close());
beforeEach(async () => {
  await sandbox.faults({});
  await sandbox.user({ rules: [PROXIED] });
});

/** A client whose process carries the sandbox's URL in its arguments; it is stopped when the test ends. */
function client(t, options = {}) {
  const made = new names.AgentConnectClient({ token: sandbox.token, apiBaseUrl: sandbox.api, logLevel: 'silent', ...options });
  t.after(() => made.stop());
  return made;
}

async function assertNothingRuns() {
  assert.deepEqual(await proxiesWith(sandbox.api), []);
  assert.deepEqual(await zombiesOf(process.pid), []);
}

async function assertNothingLeft() {
  await assertNothingRuns();
  assert.deepEqual(await project.leftFiles(), []);
}

const is = (name, message) => (error) => error instanceof names[name] && error.name === name && message.test(error.message);

function viaOf(session, url) {
  return new Promise((resolve, reject) => {
    const request = { host: session.host, port: session.port, path: url, headers: { host: new URL(url).host }, agent: false };
    http.get(request, (response) => resolve(response.resume().headers['x-sandbox-via'])).on('error', reject);
  });
}

describe('The constructor', () => {
  it('Throws MissingUserTokenError without a token', () => {
    for (const token of [undefined, null, '', ' \n']) {
      assert.throws(() => new names.AgentConnectClient({ token }), is('MissingUserTokenError', /required/));
    }
    assert.throws(() => new names.AgentConnectClient(), is('MissingUserTokenError', /required/));
  });

  it('Names an unknown option and what a bad value has to be, and never the value', () => {
    const cases = [
      [{ localport: 1 }, /^unknown option 'localport'$/], [{ localPort: '1' }, /localPort: .* from 0 to 65535/],
      [{ localPort: 65536 }, /localPort/], [{ localPort: 1.5 }, /localPort/], [{ gatewayPort: 0 }, /gatewayPort: .* from 1/],
      [{ pollIntervalMs: 999 }, /pollIntervalMs: .* from 1000/], [{ pollIntervalMs: Number.NaN }, /pollIntervalMs/],
      [{ gatewayProtocol: 'ftp' }, /gatewayProtocol: .*'http', 'https'/], [{ logLevel: 'warn' }, /logLevel/],
      [{ budgets: '5GB/day' }, /budgets: it takes an array of strings/], [{ block: [1] }, /block: it takes an array of strings/],
      [{ apiBaseUrl: '' }, /apiBaseUrl: it takes a string/], [{ token: 42 }, /token: it takes a string/],
    ];
    for (const [options, message] of cases) {
      assert.throws(() => new names.AgentConnectClient({ token: 'secret', ...options }), (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret|42/);
        return true;
      });
    }
  });

  it('Takes undefined for an option that is not given', (t) => {
    client(t, { localPort: undefined, gatewayPort: undefined });
  });
});

describe('start() and stop()', () => {
  it('Give a session whose proxy follows the rules, and leave nothing', async (t) => {
    const port = await freePort();
    const one = client(t, { localPort: port, gatewayProtocol: 'http', pollIntervalMs: 5000 });
    const session = await one.start();
    assert.deepEqual([session.host, session.port, session.url], ['127.0.0.1', port, `http://127.0.0.1:${port}`]);
    assert.equal(await viaOf(session, sandbox.http(PROXIED)), 'gateway');
    assert.equal(await viaOf(session, sandbox.http('other.example')), 'direct');
    await session.stop();
    await assertNothingLeft();
    await session.stop();
    await one.stop();
    assert.equal((await one.start()).port, port, 'it starts again on the same port');
  });

  it('Shares one proxy among five concurrent calls, and returns it again later', async (t) => {
    const one = client(t);
    const sessions = await Promise.all(Array.from({ length: 5 }, () => one.start()));
    assert.equal(new Set(sessions).size, 1);
    assert.equal(await one.start(), sessions[0]);
    assert.equal((await proxiesWith(sandbox.api)).length, 1);
    await Promise.all([one.stop(), one.stop(), sessions[0].stop(), sessions[0].close()]);
    await assertNothingLeft();
  });

  it('Rejects a start during which stop() is called, and then starts again', async (t) => {
    const one = client(t);
    const started = one.start();
    const rejected = assert.rejects(started, is('ProxyStartError', /stop\(\) was called/));
    await one.stop();
    await rejected;
    await assertNothingLeft();
    const stopping = [one.start(), one.stop(), one.start()];
    await assert.rejects(stopping[0], is('ProxyStartError', /stop\(\)/));
    assert.ok((await stopping[2]).port > 0);
    const last = [one.stop(), one.start(), one.stop()];
    await assert.rejects(last[1], is('ProxyStartError', /stop\(\)/), 'a start that waits for the end of the last proxy');
    await last[2];
    await assertNothingLeft();
  });

  it('Does not make an unhandled rejection of a start that nothing waits for', async (t) => {
    const one = client(t, { token: 'wrong' });
    one.start();
    await until('the failed start ends', async () => (await proxiesWith(sandbox.api)).length === 0);
    await one.stop();
  });

  it('Passes the token neither in arguments nor in the environment', async (t) => {
    await client(t).start();
    const [pid] = await proxiesWith(sandbox.api);
    for (const name of ['cmdline', 'environ']) {
      const text = await readFile(`/proc/${pid}/${name}`, 'utf8');
      assert.ok(text.length > 0);
      assert.ok(!text.includes(sandbox.token), name);
    }
  });

  it('Kills a proxy that does not stop', { timeout: 30_000 }, async (t) => {
    const one = client(t);
    await one.start();
    const [pid] = await proxiesWith(sandbox.api);
    process.kill(pid, 'SIGSTOP');
    await one.stop();
    await assertNothingRuns();
    await project.removeLeftFiles(); // a killed process cannot remove its socket
  });
});

describe('A start that fails', () => {
  const cases = [
    ['a rejected token', { kind: 'status', status: 401, body: '{}' }, 'InvalidUserTokenError', /token/],
    ['a token of the wrong kind', { kind: 'status', status: 403, body: '{}' }, 'InvalidUserTokenError', /./],
    ['an API that is down', { kind: 'status', status: 503, body: '{}' }, 'ApiError', /503/, 503],
    ['an account without balance', { kind: 'status', status: 402, body: '{}' }, 'ApiError', /402/, 402],
    ['an API that resets', { kind: 'reset' }, 'ApiError', /./],
    ['an API that makes no sense', { kind: 'status', status: 200, body: 'nonsense' }, 'ApiError', /./, 200],
  ];
  for (const [title, fault, name, message, statusCode] of cases) {
    it(`Names ${title}`, async (t) => {
      await sandbox.faults({ api: fault });
      const error = await client(t).start().catch((reason) => reason);
      assert.ok(is(name, message)(error), `${error.name}: ${error.message}`);
      assert.equal(error.statusCode, statusCode);
      await assertNothingLeft();
    });
  }

  it('Names an API that cannot be reached', async (t) => {
    const apiBaseUrl = `http://127.0.0.1:${await freePort()}`;
    await assert.rejects(client(t, { apiBaseUrl }).start(), is('ApiError', /connect/));
  });

  it('Names a port in use', async (t) => {
    const localPort = await serve(Scope.of(t), net.createServer());
    await assert.rejects(client(t, { localPort }).start(), is('ProxyStartError', new RegExp(`:${localPort}\\b.*in use`)));
    await assertNothingLeft();
  });

  it('Names an argument that cannot be passed', async (t) => {
    await assert.rejects(client(t, { apiBaseUrl: 'http://a\0b' }).start(), /null bytes/);
  });
});

describe('Changes and questions', () => {
  it('Change rules, session and geo at the API, in force when they return', async (t) => {
    const one = client(t);
    const session = await one.start();
    assert.deepEqual((await one.updateRules(['new.example', '-not.new.example'])).rules, ['new.example', '-not.new.example']);
    assert.equal(await viaOf(session, sandbox.http('new.example')), 'gateway');
    assert.deepEqual((await one.updateRules([])).rules, []);
    assert.equal(await viaOf(session, sandbox.http('new.example')), 'direct');
    assert.equal((await one.updateSessionId('checkout42')).session_id, 'checkout42');
    assert.match((await one.rotate()).session_id, /^[a-z0-9]{16}$/);
    assert.equal((await one.updateSessionId(null)).session_id, null);
    assert.equal((await one.updateTargetGeo('us-ny')).target_geo, 'us-ny');
    assert.equal((await one.updateTargetGeo(null)).target_geo, null);
  });

  it('Explain the route of a URL', async (t) => {
    const one = client(t);
    await one.start();
    const explained = await one.explain(`https://${PROXIED}/path`);
    assert.deepEqual([explained.host, explained.port, explained.route, explained.rule], [PROXIED, 443, 'gateway', PROXIED]);
  });

  it('Tell the traffic', async (t) => {
    const one = client(t);
    const session = await one.start();
    await viaOf(session, sandbox.http(PROXIED));
    const used = await one.usage({ by: 'rule', since: '1h' });
    assert.deepEqual([used.by, used.rows[0].rule, used.rows[0].gateway.requests, used.rows[0].share], ['rule', PROXIED, 1, 1]);
    assert.ok(used.total.gateway.bytes_up > 0 && used.total.gateway.bytes_down > 0);
    assert.equal((await one.usage()).rows[0].host, PROXIED);
    await assert.rejects(one.usage({ since: 'ever' }), TypeError);
  });

  it('Report a block', async (t) => {
    const one = client(t);
    const reports = [];
    one.on('blocked', (report) => reports.push(report));
    await one.start();
    const report = { url: `https://${PROXIED}/`, status: 403, reason: '--port 1 "x"' };
    const { host, route, reports: count } = await one.reportBlocked(report);
    assert.deepEqual([host, route, count], [PROXIED, 'gateway', 1]);
    await assert.rejects(one.reportBlocked({ url: 'http://', status: 1 }), TypeError);
    assert.deepEqual(reports, [report]);
  });

  it('Send the next request to a reported host through the gateway, where AUTO learns', async (t) => {
    await sandbox.user({ rules: ['AUTO'] });
    const one = client(t, { auto: 'learn' });
    const session = await one.start();
    assert.equal(await viaOf(session, sandbox.http(DIRECT)), 'direct');
    assert.equal((await one.reportBlocked({ url: sandbox.http(DIRECT), status: 403 })).effect, 'learned');
    assert.equal(await viaOf(session, sandbox.http(DIRECT)), 'gateway');
    assert.equal((await one.reportBlocked({ url: sandbox.http(DIRECT) })).effect, 'none');
  });

  it('Reject what is no rule, session or URL, and what the program could take for an option', async (t) => {
    const one = client(t);
    await one.start();
    for (const wrong of [() => one.updateRules(['a b/c']), () => one.updateRules(['--local']), () => one.updateRules(['']), () => one.updateRules([1]),
      () => one.updateSessionId('not a session'), () => one.updateSessionId('--clear'), () => one.explain('http://'), () => one.explain('a\0b')]) {
      await assert.rejects(wrong(), TypeError, String(wrong));
    }
    assert.equal((await one.explain(PROXIED)).rule, PROXIED);
  });

  it('Give the API\'s errors', async (t) => {
    const one = client(t);
    await one.start();
    await sandbox.faults({ api: { kind: 'status', status: 401, body: '{}' } });
    await assert.rejects(one.rotate(), is('InvalidUserTokenError', /./));
    await sandbox.faults({ api: { kind: 'status', status: 503, body: '{}' } });
    await assert.rejects(one.rotate(), is('ApiError', /./));
  });

  it('Need a running proxy', async (t) => {
    const one = client(t);
    await assert.rejects(one.rotate(), /call start\(\) first/);
    const session = await one.start();
    await one.stop();
    await assert.rejects(one.explain(PROXIED), /call start\(\) first/);
    assert.throws(() => session.env());
  });
});

describe('Events', () => {
  it('Tell of each configuration, and of each request with the fields of the access log', async (t) => {
    const one = client(t);
    const seen = [];
    one.on('config', ({ event, rules }) => seen.push([event, rules]));
    one.on('request', (record) => seen.push(record));
    const session = await one.start();
    await one.updateRules(['a.example', 'b.example']);
    await viaOf(session, sandbox.http('a.example'));
    await until('the request is told', () => seen.length === 3);
    const [loaded, changed, { time, client: from, duration_ms, bytes_up, bytes_down, ...request }] = seen;
    assert.deepEqual([loaded, changed], [['config_loaded', 1], ['config_changed', 2]]);
    assert.ok(Date.parse(time) > 0 && duration_ms > 0 && bytes_up > 0 && bytes_down > 0);
    const { event, method, host, route, rule, action, status, error, config_version: version } = request;
    assert.deepEqual([event, method, host, route, rule, action, status, error, version],
      ['request', 'GET', 'a.example', 'gateway', 'a.example', 'forward', 200, null, 2]);
    assert.ok('id' in request && 'first_byte_ms' in request && 'reason' in request && from !== undefined);
  });

  it('Leave the requests to a file that the user names', async (t) => {
    const path = project.path('access.log');
    process.env.ALUVIA_ACCESS_LOG = path;
    t.after(() => delete process.env.ALUVIA_ACCESS_LOG);
    const one = client(t);
    one.on('request', () => assert.fail('request'));
    const session = await one.start();
    await viaOf(session, sandbox.http('a.example'));
    await one.stop();
    assert.match(await readFile(path, 'utf8'), /^\{"time":[^\n]*"host":"a\.example"[^\n]*\}\n$/);
  });

  it('Tell that the proxy ended, expected or not; the next start() is a new one', async (t) => {
    const one = client(t);
    const exits = [];
    one.on('exit', (exit) => exits.push(exit));
    const first = await one.start();
    process.kill((await proxiesWith(sandbox.api))[0], 'SIGKILL');
    await until('the end is noticed', () => exits.length === 1);
    const second = await one.start();
    assert.notEqual(second, first);
    await first.stop();
    assert.equal(await viaOf(second, sandbox.http(PROXIED)), 'gateway', 'the old session stops only its own proxy');
    await one.stop();
    assert.deepEqual(exits, [{ code: null, signal: 'SIGKILL', expected: false }, { code: 0, signal: null, expected: true }]);
    await assertNothingLeft(); // the second proxy removed the socket of the killed one
  });

  it('Are not told of a start that fails', async (t) => {
    const one = client(t, { token: 'wrong' });
    one.on('exit', () => assert.fail('exit'));
    await assert.rejects(one.start());
  });
});
