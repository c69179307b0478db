// Tests `aluvia-connect sandbox` as a user meets it: its output, the command line to copy, and its cleanup.
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect, launch } from './harness/aluvia_connect.mjs';
import { curl } from './harness/curl.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const exists = (path) => access(path).then(() => true, () => false);

describe('aluvia-connect sandbox', () => {
  it('Prints one line of JSON with --json, and nothing else', async (t) => {
    const sandbox = await Sandbox.start(Scope.of(t));
    assert.match(sandbox.token, /^sandbox-[A-Za-z0-9]+$/);
    assert.equal(sandbox.pid, sandbox.process.pid);
    await sandbox.stop();
    assert.match(sandbox.process.stdout, /^\{.*\}\n$/);
    assert.deepEqual(await sandbox.process.end(), { code: 0, signal: null });
  });

  it('Removes its CA file at the end, and leaves one that was asked for by name', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    assert.ok(await exists(sandbox.ca_file));
    await sandbox.stop();
    assert.ok(!await exists(sandbox.ca_file));
    const path = join(await temporaryFolder(scope), 'ca.pem');
    const named = await Sandbox.start(scope, { args: ['--ca-file', path] });
    assert.equal(named.ca_file, path);
    assert.ok(await exists(path));
  });

  it('Listens on the given ports, with the given token', async (t) => {
    const port = await freePort();
    const sandbox = await Sandbox.start(Scope.of(t), { args: ['--api-port', String(port), '--token', 'my-token'] });
    assert.equal(sandbox.api, `http://127.0.0.1:${port}`);
    assert.equal(sandbox.token, 'my-token');
  });

  it('As text prints a command line that works when it is copied', async (t) => {
    const scope = Scope.of(t);
    const sandbox = launch(scope, ['sandbox', '--rule', PROXIED]);
    const line = /aluvia-connect run .*--token .*--dns-server .*/;
    const [copied] = await until('the line to copy', () => line.exec(sandbox.stdout));
    const port = await freePort();
    const proxy = await Proxy.startWith(scope, copied.trim().replace('54321', port).split(/\s+/).slice(2));
    assert.equal((await curl(proxy, [`http://${PROXIED}/`])).via, 'gateway');
    const [, site] = /http:\/\/any\.example:(\d+)/.exec(sandbox.stdout);
    assert.equal((await curl(proxy, [`http://any.example:${site}/`])).via, 'direct');
  });

  it('As text prints requests for both routes that work with the rules that it has by default', async (t) => {
    const scope = Scope.of(t);
    const sandbox = launch(scope, ['sandbox']);
    await until('the last line', () => /sandbox\/user/.test(sandbox.stdout));
    const [copied] = /aluvia-connect run .*/.exec(sandbox.stdout);
    const port = await freePort();
    await Proxy.startWith(scope, copied.replace('54321', port).split(/\s+/).slice(2));
    const requests = sandbox.stdout.match(/^ {2}(export|curl -x) .*/gm).join('\n').replaceAll('54321', port).replaceAll('curl', 'curl -qsS');
    const { stdout, stderr } = await run('sh', ['-euc', requests]);
    assert.deepEqual(stdout.trim().split('}').filter(Boolean).map((one) => JSON.parse(`${one}}`).via), ['gateway', 'direct'], stderr);
  });

  it('As JSON prints options of run that lead to it and permit its names', async (t) => {
    const scope = Scope.of(t);
    const sandbox = await Sandbox.start(scope);
    assert.ok(sandbox.run_options.includes('--allow-loopback-names'));
    const proxy = await Proxy.startWith(scope, sandbox.run_options);
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
    assert.equal((await curl(proxy, [sandbox.http('any.example')])).via, 'direct');
  });

  it('Ends with 0 on SIGINT too, and with 64 for an unknown option', async (t) => {
    const sandbox = await Sandbox.start(Scope.of(t));
    sandbox.process.signal('SIGINT');
    assert.deepEqual(await sandbox.process.end(), { code: 0, signal: null });
    const wrong = await run(aluviaConnect, ['sandbox', '--no-such-option']);
    assert.equal(wrong.code, 64);
    assert.match(wrong.stderr, /--no-such-option/);
  });

  it('Serves curl with no proxy in between as well', async (t) => {
    const sandbox = await Sandbox.start(Scope.of(t));
    const answer = await run('curl', ['-q', '-sS', '--cacert', sandbox.ca_file, '--resolve',
      `${DIRECT}:${sandbox.origin_tls_port}:127.0.0.1`, sandbox.https(DIRECT)]);
    assert.equal(JSON.parse(answer.stdout).via, 'direct');
  });
});
