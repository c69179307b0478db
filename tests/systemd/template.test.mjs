// Tests aluvia-connect@.service, which runs several proxies, and the hardening of the units.
import assert from 'node:assert/strict';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { curl } from '../e2e/harness/curl.mjs';
import { blocks, readDocument } from '../e2e/harness/markdown.mjs';
import { run } from '../e2e/harness/process.mjs';
import { DIRECT, PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { freePort } from '../e2e/harness/temp.mjs';
import { homeFolder, ownFile, ownUnit, prepare, runtimeFolder, show, systemctl } from './manager.mjs';
import { environmentOf } from './places.mjs';

const UNITS = new URL('../../systemd/', import.meta.url);

/** The instance of the template with that name, started for a sandbox of its own. */
async function instance(scope, name, rules, lines = []) {
  const sandbox = await Sandbox.start(scope, { rules });
  const port = await freePort();
  const unit = `aluvia-connect@${name}.service`;
  await ownFile(scope, `${name}.token`, sandbox.token);
  await ownFile(scope, `${name}.env`, environmentOf(sandbox, { ALUVIA_PORT: port }));
  await prepare(scope, unit, lines);
  await systemctl('start', unit);
  return { unit, sandbox, port, proxy: { url: `http://127.0.0.1:${port}`, port } };
}

describe('aluvia-connect@.service', () => {
  it('Is a proxy for each name, with its own token, port and rules', async (t) => {
    const scope = Scope.of(t);
    const shop = await instance(scope, 'shop', [PROXIED]);
    const news = await instance(scope, 'news', [DIRECT]);
    assert.equal((await curl(shop.proxy, [shop.sandbox.http(PROXIED)])).via, 'gateway');
    assert.equal((await curl(news.proxy, [news.sandbox.http(PROXIED)])).via, 'direct');
    await systemctl('stop', shop.unit);
    assert.equal((await curl(news.proxy, [news.sandbox.http(DIRECT)])).via, 'gateway');
    assert.deepEqual(await readdir(join(runtimeFolder, 'aluvia-connect')), [`${news.port}.sock`],
      'the first that ends leaves the folder of the control sockets to the others');
  });

  it('Is aluvia-connect.service except for names', async () => {
    const directives = async (name) => (await readFile(new URL(name, UNITS), 'utf8')).split('\n')
      .filter((line) => /^[[A-Z]/.test(line) && !/^(Description|EnvironmentFile|StateDirectory|LoadCredential|Environment=ALUVIA_PORT)=?/.test(line));
    assert.deepEqual(await directives('aluvia-connect@.service'), await directives('aluvia-connect.service'));
  });
});

describe('The sandbox', () => {
  it('Holds: no privileges, a filter on system calls, only its three directories are writable', async (t) => {
    const scope = Scope.of(t);
    const { unit } = await instance(scope, 'boxed', []);
    const { MainPID } = await show(unit);
    const process = `/proc/${MainPID}`;
    const status = await readFile(`${process}/status`, 'utf8');
    const field = (name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)[1];
    assert.equal(field('NoNewPrivs'), '1');
    assert.equal(field('Seccomp'), '2');
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb']) assert.equal(Number.parseInt(field(set), 16), 0, set);
    assert.notEqual(await readlink(`${process}/ns/user`), await readlink('/proc/self/ns/user'));
    assert.notEqual(await readlink(`${process}/ns/uts`), await readlink('/proc/self/ns/uts'));

    // As the process sees it; its home is an empty directory in memory.
    const { uid } = await stat(runtimeFolder);
    const inside = async (test, paths) => {
      const script = `for path; do test ${test} "$path" && echo "$path"; done; true`;
      const { stdout } = await run('nsenter', ['-t', MainPID, '-m', '-U', '-S', uid, '-G', uid, 'sh', '-c', script, 'sh', ...paths]);
      return stdout.trim().split('\n');
    };
    const folders = [join(runtimeFolder, 'aluvia-connect'), join(homeFolder, '.cache/aluvia-connect'),
      join(homeFolder, '.config/aluvia-connect-state/boxed'), '/tmp', '/var/tmp'];
    const others = ['/', '/etc', '/usr', '/var', '/run', join(homeFolder, '.config/aluvia-connect')];
    assert.deepEqual(await inside('-w', [...folders, ...others]), folders, 'what can be written');
    const hidden = [join(runtimeFolder, 'systemd/private'), join(homeFolder, '.config/systemd'), '/dev/kmsg'];
    const shown = [join(runtimeFolder, 'systemd/notify'), join(homeFolder, '.config/aluvia-connect/boxed.token')];
    assert.deepEqual(await inside('-e', [...shown, ...hidden]), shown, 'what can be seen');
  });
});

/** The block of docs/systemd.md that has a line. */
const documented = async (line) => {
  const found = blocks(await readDocument('docs/systemd.md')).filter(({ text }) => text.split('\n').includes(line));
  assert.equal(found.length, 1, `one block of docs/systemd.md has ${line}`);
  return found[0].text;
};

describe('docs/systemd.md', () => {
  it('Has a socket for one name of the template', async (t) => {
    const scope = Scope.of(t);
    const port = await freePort();
    const socket = (await documented('ListenStream=127.0.0.1:8081')).replace('8081', port);
    await ownUnit(scope, 'aluvia-connect@shop.socket', socket);
    const sandbox = await Sandbox.start(scope);
    await ownFile(scope, 'shop.token', sandbox.token);
    await ownFile(scope, 'shop.env', environmentOf(sandbox, { ALUVIA_PORT: port }));
    await prepare(scope, 'aluvia-connect@shop.service');
    scope.defer(() => systemctl('stop', 'aluvia-connect@shop.socket', 'aluvia-connect@shop.service'));
    await systemctl('start', 'aluvia-connect@shop.socket');
    const proxy = { url: `http://127.0.0.1:${port}`, port };
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
  });

  it('Has lines that work without user namespaces', async (t) => {
    const scope = Scope.of(t);
    const lines = (await documented('PrivateUsers=no')).trim().split('\n');
    const { unit, sandbox, proxy } = await instance(scope, 'bare', [PROXIED], lines);
    assert.equal((await curl(proxy, [sandbox.http(PROXIED)])).via, 'gateway');
    const process = `/proc/${(await show(unit)).MainPID}`;
    for (const space of ['user', 'mnt', 'uts', 'ipc']) {
      assert.equal(await readlink(`${process}/ns/${space}`), await readlink(`/proc/self/ns/${space}`), space);
    }
  });
});
