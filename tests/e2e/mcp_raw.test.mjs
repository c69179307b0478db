// Tests `aluvia-connect mcp` byte by byte: messages that no client should send, both generations, and every way to end.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { RawMcp, stateless } from './harness/mcp.mjs';
import { Proxy } from './harness/proxy.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';
import { until, untilSteady } from './harness/until.mjs';

const ownFolders = async (scope) => ({ XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) });

/** A server; with `proxy` also a sandbox and a proxy. `initialized`: a session has begun. */
async function fixture(t, { args = [], proxy = false, initialized = true } = {}) {
  const scope = Scope.of(t);
  const env = await ownFolders(scope);
  const running = proxy ? await Proxy.start(scope, await Sandbox.start(scope), ['--poll-interval', '600000'], { env }) : undefined;
  const mcp = new RawMcp(scope, { args, env });
  if (initialized) await mcp.initialize();
  return { scope, env, mcp, proxy: running };
}

const codeOf = (reply) => reply.error?.code;

describe('Messages', { concurrency: true }, () => {
  it('That are no JSON, or no messages, are errors, and the next one is answered', async (t) => {
    const { mcp } = await fixture(t);
    const bad = [['{', -32700], ['nonsense', -32700], ['{"jsonrpc":"2.0","id":1,"method":"ping"} x', -32700], ['\xFF', -32700],
      ['{"jsonrpc":"2.0","id":1,"method":"ping"}\0', -32700], ['[]', -32600], ['7', -32600], ['{}', -32600],
      ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600], ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
      ['{"jsonrpc":"2.0","method":"a","method":"b"}', -32600]];
    for (const [line, code] of bad) {
      const before = mcp.replies.length;
      mcp.write(Buffer.from(`${line}\n`, 'latin1'));
      const reply = await until(line, () => mcp.replies[before]);
      assert.equal(codeOf(reply), code, line);
      assert.ok(reply.id === null || reply.id === 1, line);
    }
    assert.deepEqual((await mcp.ask('ping')).result, {});
    assert.equal(mcp.process.stderr, '');
  });

  it('Of any length up to a MiB are read; longer ones are skipped', async (t) => {
    const { mcp } = await fixture(t);
    const head = '{"jsonrpc":"2.0","id":"long","method":"ping","params":{"x":"';
    mcp.write(`${head}${'x'.repeat(1024 * 1024 - head.length - 3)}"}}\n`);
    assert.deepEqual((await mcp.replyTo('long')).result, {});
    mcp.write(`{"jsonrpc":"2.0","id":"longer","method":"ping","params":{"x":"${'x'.repeat(64 * 1024 * 1024)}"}}\n`);
    const { error } = await mcp.replyTo(null);
    assert.deepEqual(error, { code: -32600, message: 'a line may have 1048576 bytes' });
    assert.deepEqual((await mcp.ask('ping')).result, {});
    const status = await readFile(`/proc/${mcp.process.pid}/status`, 'utf8');
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]);
    assert.ok(peak < 60 * 1024, `${peak} KiB`);
  });

  it('Come in pieces, several at once, and with CR LF', async (t) => {
    const { mcp } = await fixture(t);
    for (const byte of '{"jsonrpc":"2.0","id":"bytes","method":"ping"}\r\n') {
      mcp.write(byte);
      await new Promise(setImmediate);
    }
    await mcp.replyTo('bytes');
    mcp.write(['a', 'b', 'c'].map((id) => `{"jsonrpc":"2.0","id":"${id}","method":"ping"}\n`).join('\n'));
    for (const id of ['a', 'b', 'c']) await mcp.replyTo(id);
  });

  it('Without an id get no reply and run nothing', async (t) => {
    const { mcp } = await fixture(t, { proxy: true });
    const before = mcp.replies.length;
    mcp.send({ jsonrpc: '2.0', method: 'tools/call', params: { name: 'rules_add', arguments: { rules: ['a.test'] } } });
    mcp.send({ jsonrpc: '2.0', method: 'nothing' });
    mcp.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'none' } });
    mcp.send({ jsonrpc: '2.0', id: 5, result: {} });
    const { structuredContent } = await mcp.call('rules_list', {});
    assert.equal(structuredContent.local_rules_total, 0);
    assert.equal(mcp.replies.length, before + 1);
  });

  it('With an unknown method or invalid params are errors', async (t) => {
    const { mcp } = await fixture(t);
    assert.equal(codeOf(await mcp.ask('resources/list')), -32601);
    assert.equal(codeOf(await mcp.ask('tools/list', [])), -32602);
    assert.equal(codeOf(await mcp.ask('tools/list', { cursor: 'x' })), -32602);
    assert.equal(codeOf(await mcp.ask('tools/call', {})), -32602);
    assert.equal(codeOf(await mcp.ask('tools/call', { name: 'policy_remove' })), -32602);
    assert.equal(codeOf(await mcp.ask('tools/call', { name: 'status', arguments: 'x' })), -32602);
  });
});

describe('Generations', { concurrency: true }, () => {
  it('Up to 2025-11-25 begin with initialize', async (t) => {
    const { mcp } = await fixture(t, { initialized: false });
    assert.equal(codeOf(await mcp.ask('tools/list')), -32602);
    for (const version of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
      const { result } = await mcp.initialize(version);
      assert.equal(result.protocolVersion, version);
      assert.deepEqual(result.capabilities, { tools: {} });
      assert.equal(result.serverInfo.name, 'aluvia-connect');
    }
    assert.equal((await mcp.initialize('2999-01-01')).result.protocolVersion, '2025-11-25');
    assert.ok((await mcp.ask('tools/list')).result.tools.length > 5);
  });

  it('Since 2026-07-28 each request stands for itself', async (t) => {
    const { mcp } = await fixture(t, { initialized: false, proxy: true });
    const { result } = await mcp.ask('server/discover', { _meta: stateless() });
    assert.deepEqual(result.supportedVersions, ['2026-07-28']);
    assert.equal(result.resultType, 'complete');
    assert.equal(result._meta['io.modelcontextprotocol/serverInfo'].name, 'aluvia-connect');
    const list = (await mcp.ask('tools/list', { _meta: stateless() })).result;
    assert.ok(list.tools.length > 5 && list.ttlMs >= 0 && list.cacheScope === 'private');
    const call = (await mcp.ask('tools/call', { name: 'status', arguments: {}, _meta: stateless() })).result;
    assert.deepEqual({ type: call.resultType, ready: call.structuredContent.ready }, { type: 'complete', ready: true });
    assert.equal(codeOf(await mcp.ask('ping', { _meta: stateless() })), -32601);
    const { error } = await mcp.ask('tools/list', { _meta: stateless('1900-01-01') });
    assert.deepEqual({ code: error.code, data: error.data }, { code: -32022, data: { supported: ['2026-07-28'], requested: '1900-01-01' } });
    assert.equal(codeOf(await mcp.ask('tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } })), -32602);
  });

  it('Share a server', async (t) => {
    const { mcp } = await fixture(t);
    assert.ok('resultType' in (await mcp.ask('tools/list', { _meta: stateless() })).result);
    assert.ok(!('resultType' in (await mcp.ask('tools/list')).result));
  });

  it('Have batches in 2025-03-26 only', async (t) => {
    const { mcp } = await fixture(t, { initialized: false, proxy: true });
    const call = (id, name) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });
    const batch = [call('a', 'status'), { jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', id: 'b', method: 'ping' }, call('c', 'rules_list'), 7];
    await mcp.initialize('2025-03-26');
    mcp.send(batch);
    const replies = await mcp.replyTo('a');
    assert.deepEqual(replies.map(({ id }) => id).sort(), ['a', 'b', 'c', null]);
    await mcp.initialize('2025-11-25');
    mcp.send(batch);
    assert.equal(codeOf(await mcp.reply((reply) => reply.id === null)), -32600);
  });
});

describe('Arguments of tools', { concurrency: true }, () => {
  it('Are checked, and the proxy gets none that the schema forbids', async (t) => {
    const { mcp } = await fixture(t, { proxy: true });
    const bad = [
      ['explain', {}], ['explain', { url: '' }], ['explain', { url: 7 }], ['explain', { url: 'x'.repeat(1_000_000) }], ['explain', { url: 'a.test', port: 1 }],
      ['rules_add', {}], ['rules_add', { rules: 'a.test' }], ['rules_add', { rules: [] }], ['rules_add', { rules: [7] }],
      ['rules_add', { rules: ['a.test'], local: 'yes' }], ['rules_add', { rules: ['x'.repeat(300)] }], ['rules_add', { rules: Array(101).fill('a.test') }],
      ['status', { '--port': '1' }], ['usage', { by: 'color' }], ['usage', { limit: 0 }], ['usage', { limit: 1.5 }], ['wait', { timeout_s: 301 }],
      ['wait', { timeout_s: -1 }], ['blocked', { url: 'a.test', status: 99 }], ['geo', { clear: null }], ['rotate', { id: '' }],
    ];
    for (const [name, args] of bad) {
      const result = await mcp.call(name, args);
      assert.equal(result.isError, true, name);
      const { error } = JSON.parse(result.content[0].text);
      assert.equal(error.code, 'bad_arguments', name);
      assert.ok(error.message.length < 200, name);
    }
    assert.equal((await mcp.call('rules_list', {})).structuredContent.local_rules_total, 0);
  });

  it('With control characters, options or requests in them are data', async (t) => {
    const { mcp } = await fixture(t, { proxy: true });
    const hostile = ['a\r\nHost: evil', 'a b', '--local', '-h', '/etc/passwd', 'a&by=rule', '%00', '\u0000', '\u001b[31m', '../../status', 'a"],"clear":true,"x":["',
      'http://a.test/ HTTP/1.1\r\n\r\nPOST /stop HTTP/1.1\r\n\r\n', '\u202Egro.live', 'ä'.repeat(200)];
    for (const text of hostile) {
      for (const [name, args] of [['explain', { url: text }], ['rules_add', { rules: [text] }], ['rules_remove', { rules: [text] }],
        ['blocked', { url: text }], ['blocked', { url: 'a.test', reason: text.slice(0, 200) }], ['rules_list', { contains: text }], ['usage', { since: text.slice(0, 20) }]]) {
        const result = await mcp.call(name, args);
        assert.ok(result.content[0].text.length < 4_000, `${name} ${JSON.stringify(text)}`);
        JSON.parse(result.content[0].text);
      }
    }
    assert.equal((await mcp.call('status', {})).structuredContent.ready, true, 'the proxy runs');
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(mcp.process.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    assert.equal(mcp.process.stderr, '');
  });
});

describe('Calls', { concurrency: true }, () => {
  it('Run beside each other, up to a limit, and leave the input readable', async (t) => {
    const { mcp } = await fixture(t);
    const ids = Array.from({ length: 16 }, () => mcp.request('tools/call', { name: 'wait', arguments: { timeout_s: 300 } }));
    const { result } = await mcp.ask('tools/call', { name: 'wait', arguments: {} });
    assert.equal(JSON.parse(result.content[0].text).error.code, 'busy');
    assert.deepEqual((await mcp.ask('ping')).result, {});
    const answered = () => mcp.replies.filter(({ id }) => ids.includes(id));
    assert.deepEqual(answered(), []);
    for (const requestId of ids) mcp.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    await until('a place for another call', async () => JSON.parse((await mcp.call('status', {})).content[0].text).error.code === 'no_proxy', { within: 60_000 });
    assert.deepEqual(answered(), [], 'cancelled calls get no reply');
  });

  it('Have ids that are used once at a time', async (t) => {
    const { mcp } = await fixture(t);
    const call = { jsonrpc: '2.0', id: 'same', method: 'tools/call', params: { name: 'wait', arguments: { timeout_s: 300 } } };
    mcp.send(call);
    mcp.send(call);
    assert.equal(codeOf(await mcp.replyTo('same')), -32600);
  });
});

describe('The end', { concurrency: true }, () => {
  it('Of stdin ends the server with 0, after the calls that end soon', async (t) => {
    const { mcp } = await fixture(t, { proxy: true });
    const id = mcp.request('tools/call', { name: 'status', arguments: {} });
    mcp.close();
    assert.deepEqual(await mcp.process.end(), { code: 0, signal: null });
    assert.equal((await mcp.replyTo(id)).result.isError, false);
    assert.equal(mcp.process.stderr, '');
  });

  it('Of stdin does not wait for a call that takes long', async (t) => {
    const { mcp } = await fixture(t);
    mcp.request('tools/call', { name: 'wait', arguments: { timeout_s: 300 } });
    mcp.close();
    assert.deepEqual(await mcp.process.end(5_000), { code: 0, signal: null });
  });

  it('May follow a message without a line feed', async (t) => {
    const { mcp } = await fixture(t);
    mcp.write('{"jsonrpc":"2.0","id":"last","method":"ping"}');
    mcp.close();
    await mcp.process.end();
    assert.deepEqual((await mcp.replyTo('last')).result, {});
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    it(`Comes with ${signal}, also while a call runs`, async (t) => {
      const { mcp } = await fixture(t);
      mcp.request('tools/call', { name: 'wait', arguments: { timeout_s: 300 } });
      await mcp.ask('ping');
      mcp.process.signal(signal);
      assert.deepEqual(await mcp.process.end(5_000), { code: 0, signal: null });
    });
  }

  it('Comes with SIGTERM while the client does not read', async (t) => {
    const { mcp } = await fixture(t);
    mcp.process.child.stdout.pause();
    // Neither these nor the replies, of 10 KB each, fit into the buffers on the way.
    for (let i = 0; i < 2_000; ++i) mcp.request('tools/list', { _meta: { padding: 'x'.repeat(1_000) } });
    const { stdin } = mcp.process.child;
    assert.ok(await untilSteady('the input of the server', () => stdin.writableLength) > 0, 'the server waits for its reader');
    mcp.process.signal('SIGTERM');
    mcp.process.child.stdout.resume();
    assert.deepEqual(await mcp.process.end(5_000), { code: 0, signal: null });
  });

  it('Comes quietly with a closed stdout, whether a reply is due or not', async (t) => {
    for (const isDue of [false, true]) {
      const { mcp } = await fixture(t);
      mcp.process.child.stdout.destroy();
      if (isDue) mcp.request('ping');
      assert.deepEqual(await mcp.process.end(5_000), { code: 0, signal: null });
      assert.equal(mcp.process.stderr, '');
    }
  });
});
