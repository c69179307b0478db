// Tests that the direct route is invisible: a site receives the same bytes from a client with the proxy as without it.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before as beforeAll, describe, it } from 'node:test';
import axios from 'axios';
import { launchBrowser, launchBrowserWithoutProxy } from './harness/browser.mjs';
import { firefoxPath, loadWithFirefox } from './harness/firefox.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { RecordingSite } from './harness/recording_site.mjs';
import { DIRECT, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';

const PAGE = `<!doctype html><title>a page</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css?a=b%20c">
<img src="/image"><form method="post" action="/form" target="frame"><input name="a" value="b c"></form><iframe name="frame" src="/frame"></iframe>
<script src="/script.js"></script>`;
// Synchronous, so that the page is not loaded before they are answered.
const SCRIPT = `const ask = (method, path, fields, body) => {
  const request = new XMLHttpRequest();
  request.open(method, path, false);
  for (const [name, value] of Object.entries(fields)) request.setRequestHeader(name, value);
  request.send(body);
};
ask('POST', '/json', { 'Content-Type': 'application/json', 'X-Empty': '' }, '{"a":1}');
ask('PUT', '/empty', {});
ask('DELETE', '/thing', { 'x-lower': '1' });`;
const PATHS = ['/', '/style.css?a=b%20c', '/image', '/frame', '/script.js', '/json', '/empty', '/thing'];

const file = new Scope();
let proxy;
let site;

beforeAll(async () => {
  const sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
  site = await RecordingSite.start(file, { '/': ['text/html', PAGE], '/script.js': ['text/javascript', SCRIPT], '/style.css?a=b%20c': ['text/css', ''] });
});
after(() => file.close());

/** The requests that the site sees when `ask(url, proxy)` runs, without and with the proxy. */
async function seen(ask, url) {
  await ask(url, undefined);
  const without = site.take();
  await ask(url, proxy);
  return { without, through: site.take() };
}

/** The same requests, byte for byte; their number must be known, so that none is overlooked. */
async function assertSame(count, ask, url = `http://127.0.0.1:${site.port}`) {
  const { without, through } = await seen(ask, url);
  assert.equal(without.length, count, without.join('---\n'));
  assert.deepEqual(through, without);
  return without;
}

/** The same for a browser, which asks for the parts of a page in any order. */
async function assertSamePage(load) {
  const { without, through } = await seen(load, `http://${DIRECT}:${site.port}/`);
  const byPath = (requests) => Object.fromEntries(requests.map((text) => [text.split(' ', 2)[1], text]));
  assert.deepEqual(Object.keys(byPath(without)).sort(), [...PATHS].sort());
  assert.deepEqual(byPath(through), byPath(without));
  assert.equal(through.length, without.length);
  assert.match(byPath(through)['/'], /^Connection: keep-alive\r$/m);
}

describe('A site sees the same bytes with and without the proxy from', () => {
  it('Chromium', (t) => assertSamePage(async (url, way) => {
    const scope = Scope.of(t);
    const browser = await (way ? launchBrowser(scope, way) : launchBrowserWithoutProxy(scope));
    const page = await browser.newPage();
    await page.goto(url, { waitUntil: 'load' });
    await browser.close();
  }));

  it('Firefox', async (t) => {
    if (!(await firefoxPath())) {
      t.skip('no Firefox: install Debian\'s package firefox-esr, or set FIREFOX to its path');
      return;
    }
    await assertSamePage((url, way) => loadWithFirefox(Scope.of(t), url, DIRECT, way));
  });

  it('curl', async () => {
    const each = [
      ['/a?b=c', '/again'],
      ['-I', '/head'],
      ['--compressed', '-A', 'other', '-b', 'a=b', '-e', 'http://x.example/', '/fields'],
      ['-d', 'a=b&c=d', '/form'],
      ['-T', '-', '/upload'],
      ['-H', 'X-Empty;', '-H', 'x-lower:  two  spaces ', '-H', 'X-Tab:\ta', '/odd'],
      ['-H', 'Connection: close', '/close'],
      ['-H', 'Connection: keep-alive', '/keep'],
      ['-H', 'Connection: Keep-Alive', '-H', 'Keep-Alive:', '/Keep'],
      ['-X', 'PURGE', '--path-as-is', '/a/../b//c?|"{}'],
    ];
    await assertSame(11, async (url, way) => {
      for (const args of each) {
        const line = args.map((arg) => (arg.startsWith('/') ? url + arg : arg));
        const ended = await run('curl', ['-q', '-sS', '-g', ...(way ? ['--proxy', way.url] : ['--noproxy', '*']), ...line], { input: 'uploaded' });
        assert.equal(ended.code, 0, ended.stderr);
      }
    });
  });

  it('wget', async () => {
    const each = [['/a?b=c', '/again'], ['--no-http-keep-alive', '/close'], ['--post-data=a=b', '/form'], ['--header=X-A: b', '--user-agent=x', '/fields']];
    await assertSame(5, async (url, way) => {
      for (const args of each) {
        const line = args.map((arg) => (arg.startsWith('/') ? url + arg : arg));
        const through = way ? ['-e', 'use_proxy=yes', '-e', `http_proxy=${way.url}`] : ['--no-proxy'];
        const ended = await run('wget', ['--no-config', '-q', '-O', '/dev/null', ...through, ...line]);
        assert.equal(ended.code, 0, ended.stderr);
      }
    });
  });

  it('Python\'s requests', async () => {
    const PROGRAM = `
import requests, sys
url, proxy = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.proxies = {'http': proxy} if proxy else {}
session.get(url + '/a', params={'b': 'c d'}).raise_for_status()
session.get(url + '/again', headers={'X-A': 'b', 'Cookie': 'a=b'}).raise_for_status()
session.post(url + '/json', json={'a': 1}).raise_for_status()
session.post(url + '/chunks', data=iter([b'one', b'two'])).raise_for_status()
session.head(url + '/head', headers={'Connection': 'close'}).raise_for_status()
`;
    await assertSame(5, async (url, way) => {
      const ended = await run('python3', ['-c', PROGRAM, url, way?.url ?? '']);
      assert.equal(ended.code, 0, ended.stderr);
    });
  });

  it('Node\'s http, with and without kept connections', async () => {
    await assertSame(8, async (url, way) => {
      for (const keepAlive of [true, false]) {
        const agent = new http.Agent({ keepAlive, maxSockets: 1 });
        const ask = (path, options = {}, pieces = []) => new Promise((resolve, reject) => {
          const target = url + path;
          // As Node's own clients and every proxy agent do it: the whole URL in place of the path.
          const place = way ? { host: '127.0.0.1', port: way.port, path: target, headers: { Host: new URL(url).host, ...options.headers } } : {};
          const request = http.request(...(way ? [{ ...options, ...place, agent }] : [target, { ...options, headers: { Host: new URL(url).host, ...options.headers }, agent }]));
          request.on('error', reject);
          request.on('response', (response) => response.resume().on('end', resolve));
          for (const piece of pieces) request.write(piece);
          request.end();
        });
        await ask('/a?b=c');
        await ask('/json', { method: 'POST', headers: { 'content-type': 'application/json', 'Content-Length': 2 } }, ['{}']);
        await ask('/chunks', { method: 'POST', headers: { 'X-Empty': '' } }, ['one', 'two']);
        await ask('/fields', { headers: { 'x-LOWER': '1', Cookie: ['a=b', 'c=d'] } });
        agent.destroy();
      }
    });
  });

  it('axios, by its own support for proxies', async () => {
    await assertSame(2, async (url, way) => {
      const client = axios.create({ proxy: way ? { protocol: 'http', host: '127.0.0.1', port: way.port } : false, headers: { Host: new URL(url).host } });
      await client.get(`${url}/a?b=c`);
      await client.post(`${url}/json`, { a: 1 });
    });
  });
});

describe('The exceptions', () => {
  it('Raw UTF-8 in a URL, as curl sends it, is percent-encoded', async () => {
    const { without, through } = await seen(async (url, way) => {
      await run('curl', ['-q', '-sS', ...(way ? ['--proxy', way.url] : ['--noproxy', '*']), `${url}/stra\u00dfe?q=\u20ac`]);
    }, `http://127.0.0.1:${site.port}`);
    assert.match(without[0], /^GET \/stra\S+e\?q=\xe2\x82\xac HTTP/, 'curl itself encodes no query');
    assert.match(through[0], /^GET \/stra%C3%9Fe\?q=%E2%82%AC HTTP/i);
    assert.match(through[0], /q=%E2%82%AC HTTP/, 'by the proxy, in capitals');
    assert.equal(through[0].split('\r\n').slice(1).join('\n'), without[0].split('\r\n').slice(1).join('\n'));
  });
});
