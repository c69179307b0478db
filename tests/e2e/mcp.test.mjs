// Tests `aluvia-connect mcp` as an agent uses it: the official client of the Model Context Protocol, and a running proxy.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { mcpClient } from './harness/mcp.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, RULES, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';

const SLOW = ['--poll-interval', '600000']; // no change in this file comes from a poll
const READING = ['status', 'explain', 'rules_list', 'policy', 'usage', 'wait'];
const CHANGING = ['rules_add', 'rules_remove', 'rotate', 'geo', 'blocked'];

const ownFolders = async (scope) => ({ XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) });

/** Folders of its own, a sandbox, a proxy and a client; `call` returns { isError, text, ...structured } of a tool. */
async function fixture(t, { args = [], proxyArgs = [] } = {}) {
  const scope = Scope.of(t);
  const env = await ownFolders(scope);
  const sandbox = await Sandbox.start(scope);
  const proxy = await Proxy.start(scope, sandbox, [...SLOW, ...proxyArgs], { env });
  const client = await mcpClient(scope, { args, env });
  return { scope, env, sandbox, proxy, client, call: callerOf(client) };
}

const callerOf = (client) => async (name, args = {}) => {
  const result = await client.callTool({ name, arguments: args });
  assert.equal(result.content.length, 1);
  assert.equal(result.content[0].type, 'text');
  const value = JSON.parse(result.content[0].text);
  if (result.isError) assert.ok(!('structuredContent' in result), 'an error has no structured content');
  else assert.deepEqual(value, result.structuredContent);
  return { isError: result.isError, ...value };
};

const viaOf = async (proxy, sandbox, host) => (await curl(proxy, [sandbox.http(host)])).via;

describe('mcp with the official client', { concurrency: true }, () => {
  it('An agent finds out why a page failed, adds a rule, and the next request takes the gateway', async (t) => {
    const { sandbox, proxy, client, call } = await fixture(t);
    const page = sandbox.http('shop.invalid', '/cart');
    assert.equal((await curl(proxy, [page])).status, 502, 'the page fails');
    assert.match(client.getInstructions(), /explain its URL first/);
    const why = await call('explain', { url: page });
    assert.deepEqual({ route: why.route, rule: why.rule }, { route: 'direct', rule: 'no rule matches' });
    assert.match(why.trouble, /the name of shop\.invalid:\d+ does not exist/);
    assert.equal((await call('blocked', { url: page, status: 502, reason: 'no such name' })).route, 'direct');
    const added = await call('rules_add', { rules: ['shop.invalid'] });
    assert.deepEqual(added.local_rules, ['shop.invalid']);
    const now = await call('explain', { url: page });
    assert.deepEqual({ route: now.route, rule: now.rule }, { route: 'gateway', rule: 'shop.invalid' });
    const next = await curl(proxy, [page]);
    assert.deepEqual({ status: next.status, via: next.via }, { status: 200, via: 'gateway' });
    const { rows } = await call('usage');
    assert.equal(rows.find(({ name, host }) => (name ?? host) === 'shop.invalid').gateway.requests, 1);
  });

  it('Lists its tools with schemas and hints, and each answers by its schema', async (t) => {
    const { client, call } = await fixture(t);
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), [...READING, ...CHANGING]);
    for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
      assert.ok(title && description.length < 250, name);
      assert.equal(inputSchema.additionalProperties, false, name);
      assert.ok(Object.keys(outputSchema.properties).length > 0, name);
      assert.equal(annotations.readOnlyHint, READING.includes(name), name);
    }
    assert.deepEqual(tools.filter(({ annotations }) => annotations.destructiveHint).map(({ name }) => name), ['rules_remove', 'rotate', 'geo']);
    // The client checks each result against the output schema, because it has listed the tools.
    const url = `https://${PROXIED}/`;
    for (const [name, args] of [['status'], ['explain', { url }], ['explain', { url: 'http://localhost' }], ['rules_list'], ['policy'], ['usage'],
      ['usage', { by: 'route', since: '24h', limit: 1 }], ['wait'], ['rules_add', { rules: ['a.test'] }],
      ['rules_remove', { rules: ['a.test'] }], ['rotate'], ['geo'], ['geo', { code: 'us' }], ['blocked', { url, status: 403 }]]) {
      assert.equal((await call(name, args)).isError, false, `${name} ${JSON.stringify(args)}`);
    }
  });

  it('Has no tool that widens what the person allows', async (t) => {
    const { client } = await fixture(t);
    const { tools } = await client.listTools();
    for (const { name } of tools) assert.doesNotMatch(name, /budget|(policy|block|only|allow).*(add|remove|set|clear)|stop|refresh/);
  });

  it('Leaves out all tools that change something with --read-only', async (t) => {
    const { client, proxy, sandbox } = await fixture(t, { args: ['--read-only'] });
    assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), READING);
    assert.doesNotMatch(client.getInstructions(), /rules_add|rotate|blocked/);
    for (const name of CHANGING) {
      await assert.rejects(client.callTool({ name, arguments: { rules: ['a.test'] } }), { code: -32602 }, name);
    }
    assert.equal(await viaOf(proxy, sandbox, DIRECT), 'direct');
  });

  it('Changes the rules of this proxy, and those of the account only if asked', async (t) => {
    const { sandbox, proxy, call } = await fixture(t);
    assert.deepEqual((await call('rules_add', { rules: ['a.test', '-b.a.test'] })).rules, RULES);
    const all = await call('rules_add', { rules: ['c.test'], local: false });
    assert.deepEqual({ rules: all.rules, local: all.local_rules }, { rules: [...RULES, 'c.test'], local: ['a.test', '-b.a.test'] });
    assert.equal(await viaOf(proxy, sandbox, 'a.test'), 'gateway');
    assert.deepEqual((await call('rules_list', { contains: 'a.test' })).local_rules_total, 2);
    assert.deepEqual((await call('rules_remove', { rules: ['a.test'] })).local_rules, ['-b.a.test']);
    assert.equal(await viaOf(proxy, sandbox, 'a.test'), 'direct');
    const wrong = await call('rules_add', { rules: ['two rules'] });
    assert.equal(wrong.isError, true);
    assert.match(wrong.error.message, /contains a space/);
  });

  it('Shows and changes geo and session', async (t) => {
    const { call } = await fixture(t);
    assert.equal((await call('geo')).target_geo, null);
    assert.equal((await call('geo', { code: 'us_ca' })).target_geo, 'us_ca');
    assert.equal((await call('geo')).target_geo, 'us_ca');
    assert.equal((await call('geo', { clear: true })).target_geo, null);
    assert.equal((await call('rotate', { id: 'checkout42' })).session_id, 'checkout42');
    assert.notEqual((await call('rotate')).session_id, 'checkout42');
    assert.equal((await call('rotate', { clear: true })).session_id, null);
    assert.equal((await call('geo', { code: 'us', clear: true })).error.code, 'bad_arguments');
    assert.equal((await call('rotate', { id: 'a', clear: true })).error.code, 'bad_arguments');
  });

  it('Tells a part of long lists, and their length', async (t) => {
    const { call } = await fixture(t);
    const many = (first) => Array.from({ length: 100 }, (_, i) => `h${first + i}.test`);
    for (const first of [0, 100, 200]) await call('rules_add', { rules: many(first) });
    const { local_rules: rules, local_rules_total: total } = await call('rules_list');
    assert.deepEqual({ listed: rules.length, total }, { listed: 200, total: 300 });
  });
});

describe('The proxy of mcp', { concurrency: true }, () => {
  it('May start after the server, end, and start again on another port', async (t) => {
    const scope = Scope.of(t);
    const env = await ownFolders(scope);
    const call = callerOf(await mcpClient(scope, { env }));
    const none = await call('status');
    assert.equal(none.isError, true);
    assert.equal(none.error.code, 'no_proxy');
    assert.match(none.error.message, /start one with aluvia-connect run/);
    assert.equal(none.next, 'aluvia-connect run');
    const sandbox = await Sandbox.start(scope);
    for (let i = 0; i < 2; ++i) {
      const waited = call('wait', { timeout_s: 60 });
      const proxy = await Proxy.start(scope, sandbox, SLOW, { env });
      assert.equal((await waited).url, proxy.url);
      assert.equal((await call('status')).url, proxy.url);
      await proxy.process.stop();
      assert.equal((await call('status')).error.code, 'no_proxy');
    }
  });

  it('Is that of --port or of the environment; without either one of several is not chosen', async (t) => {
    const { scope, env, sandbox, proxy, call } = await fixture(t);
    const other = await Proxy.start(scope, sandbox, SLOW, { env });
    const several = await call('status');
    assert.equal(several.error.code, 'several_proxies');
    assert.match(several.error.message, /in the configuration of the MCP client/);
    assert.ok(!('next' in several));
    const chosen = callerOf(await mcpClient(scope, { args: ['--port', String(other.port)], env }));
    assert.equal((await chosen('status')).url, other.url);
    const meant = callerOf(await mcpClient(scope, { env: { ...env, ALUVIA_PROXY_URL: proxy.url } }));
    assert.equal((await meant('status')).url, proxy.url);
  });

  it('Is named with its port where it does not run', async (t) => {
    const scope = Scope.of(t);
    const port = await freePort();
    const call = callerOf(await mcpClient(scope, { args: ['--port', String(port)], env: await ownFolders(scope) }));
    const answer = await call('wait', { timeout_s: 0 });
    assert.match(answer.error.message, new RegExp(`not ready within 0s: no proxy of yours runs on port ${port}`));
  });

  it('Belongs to this user: another user is rejected', { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
    const { scope, env, call } = await fixture(t);
    await run('chown', ['65534', `${env.XDG_RUNTIME_DIR}/aluvia-connect`]);
    scope.defer(() => run('chown', ['0', `${env.XDG_RUNTIME_DIR}/aluvia-connect`]));
    assert.equal((await call('status')).error.code, 'not_yours');
  });

  it('Is asked while a wait runs', async (t) => {
    const scope = Scope.of(t);
    const env = await ownFolders(scope);
    const client = await mcpClient(scope, { env });
    const stop = new AbortController();
    const waited = client.callTool({ name: 'wait', arguments: { timeout_s: 300 } }, undefined, { signal: stop.signal });
    waited.catch(() => {});
    assert.equal((await callerOf(client)('status')).error.code, 'no_proxy');
    await client.ping();
    stop.abort();
    await assert.rejects(waited);
    await client.ping();
  });
});

describe('mcp --help', () => {
  it('Has the options', async () => {
    const { stdout } = await run(aluviaConnect, ['mcp', '--help']);
    assert.match(stdout, /--read-only/);
    assert.match(stdout, /--port PORT/);
    assert.doesNotMatch(stdout, /--json/);
    const wrong = await run(aluviaConnect, ['mcp', 'status']);
    assert.deepEqual({ code: wrong.code, out: wrong.stdout }, { code: 64, out: '' });
  });
});
