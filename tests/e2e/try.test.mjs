// Tests `try`: an emulated Aluvia and a proxy on it, alone and around a command.
import assert from 'node:assert/strict';
import { access, readdir } from 'node:fs/promises';
import https from 'node:https';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { aluviaConnect, launch } from './harness/aluvia_connect.mjs';
import { makeAuthority, makeCertificate } from './harness/certificates.mjs';
import { run } from './harness/process.mjs';
import { Scope } from './harness/scope.mjs';
import { serve, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const PACKAGES = new URL('.', import.meta.url).pathname;
const exists = (path) => access(path).then(() => true, () => false);

/** A started one: { process, lines, url, ca, folder }. */
async function start(t, args = ['--port', '0']) {
  const scope = Scope.of(t);
  const folder = await temporaryFolder(scope);
  const process = launch(scope, ['try', ...args], { env: { TMPDIR: folder } });
  await until('the last line', () => process.stdout.includes('Stop: '));
  const lines = process.stdout.split('\n');
  return { process, lines, folder, url: /^Proxy: (http:\S+)/.exec(lines[0])[1], ca: /--cacert (\S+)/.exec(lines[2])[1] };
}

async function tryCommand(t, command, { options = ['--port', '0'], env = {} } = {}) {
  const folder = await temporaryFolder(Scope.of(t));
  const ended = await run(aluviaConnect, ['try', ...options, '--', ...command], { env: { TMPDIR: folder, ...env }, cwd: PACKAGES });
  return { ...ended, left: (await readdir(folder)).filter((name) => !name.startsWith('aluvia-connect')) };
}

const route = (text) => /^(?: {2}route +|<tr><th>route<\/th><td>)([a-z ]+)/m.exec(text)?.[1];

describe('try', () => {
  it('Prints five lines: the proxy, the page, a curl command, a line for Playwright, how to stop', async (t) => {
    const { process, lines, url } = await start(t);
    assert.equal(lines.length, 6, 'five lines and the end of the last');
    assert.equal(lines[1], `Page: ${url}/`);
    assert.match(lines[2], /^curl -x 127\.0\.0\.1:\d+ --cacert \S+ https:\/\/example\.com$/);
    assert.equal(lines[3], `let page = await browser.newPage({ proxy: { server: '${url.slice(7)}' }, ignoreHTTPSErrors: true })`);
    assert.equal(lines[4], 'Stop: Ctrl-C');
    assert.equal(process.stderr, '');
    assert.match((await run('curl', ['-qsS', '--noproxy', '*', lines[1].slice(6)])).stdout, /<title>aluvia-connect/);
  });

  it('Prints a curl command that a shell runs as it stands', async (t) => {
    const { lines } = await start(t);
    const { code, stdout, stderr } = await run('sh', ['-c', lines[2]]);
    assert.equal(code, 0, stderr);
    assert.equal(route(stdout), 'through the gateway');
    assert.match(stdout, /exit address +198\.51\.100\.\d+ /);
    assert.match(stdout, /User-Agent: curl/);
  });

  it('Leads any host to the emulated site, http and https, direct and through the gateway', async (t) => {
    const { url, ca } = await start(t);
    for (const [site, expected] of [
      ['http://example.com/', 'through the gateway'], ['https://www.example.com/a?b', 'through the gateway'],
      ['http://cart.test/', 'direct'], ['https://cart.test/', 'direct'], ['http://192.0.2.7/', 'direct'], ['http://name.invalid:8000/', 'direct'],
    ]) {
      const { stdout, stderr } = await run('curl', ['-qsS', '-x', url, '--cacert', ca, site]);
      assert.equal(route(stdout), expected, `${site}: ${stderr}`);
    }
    const html = await run('curl', ['-qsS', '-x', url, '-H', 'Accept: text/html', 'http://cart.test/']);
    assert.match(html.stdout, /^<!doctype html>/);
  });

  it('Needs no network', async () => {
    const { code, stdout, stderr } = await run('unshare', ['-rn', 'sh', '-c',
      `ip link set lo up; "${aluviaConnect}" try -- sh -c 'curl -sS https://cart.test && curl -sS https://example.com'`]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /direct[^]*through the gateway/);
  });

  it('Prints a line for Playwright that works as it stands', async (t) => {
    const { lines } = await start(t);
    const script = `import { chromium } from 'playwright';
      const browser = await chromium.launch({ args: ['--no-sandbox'], executablePath: '${process.env.CHROMIUM ?? '/usr/bin/chromium'}' });
      ${lines[3]}
      await page.goto('https://example.com/');
      console.log(await page.title());
      await browser.close();`;
    const { stdout, stderr } = await run('node', ['--input-type=module', '-e', script], { cwd: PACKAGES });
    assert.equal(stdout.trim(), 'example.com: through the gateway', stderr);
  });

  it('Gives another shell, by env, what a client needs for its sites', async (t) => {
    const { url, folder } = await start(t);
    const script = `eval "$("${aluviaConnect}" env --shell sh --port ${new URL(url).port})"
      curl -sS https://example.com/ && "${aluviaConnect}" explain example.com && echo "$ALUVIA_BROWSER_ARGS"`;
    const { code, stdout, stderr } = await run('sh', ['-c', script], { env: { TMPDIR: folder, ALUVIA_BROWSER_ARGS: '--no-sandbox' } });
    assert.equal(code, 0, stderr);
    assert.equal(route(stdout), 'through the gateway');
    assert.match(stdout, /^example\.com:443: gateway/m);
    assert.match(stdout, /--no-sandbox --ignore-certificate-errors-spki-list=\S+\n$/);
  });

  it('Takes a free port where 54321 is in use, and says so; another taken port is an error', async (t) => {
    const server = createServer((socket) => socket.destroy()).unref();
    const free = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(54321, '127.0.0.1', () => resolve(true)));
    Scope.of(t).defer(() => free && new Promise((resolve) => server.close(resolve)));
    const { process, url } = await start(t, []);
    assert.notEqual(url, 'http://127.0.0.1:54321');
    assert.match(process.stderr, /port 54321 is in use: the proxy takes a free one/);
    const { code, stderr } = await run(aluviaConnect, ['try', '--port', '54321']);
    assert.equal(code, 73);
    assert.match(stderr, /the port is in use/);
  });

  it('Stops with 0 on the first signal, at once on the second, and removes its files', async (t) => {
    for (const signals of [['SIGINT'], ['SIGTERM'], ['SIGHUP'], ['SIGINT', 'SIGINT']]) {
      const { process, url, ca } = await start(t, ['--port', '0', '--shutdown-grace', '1h']);
      assert.ok(await exists(ca));
      if (signals.length === 2) {
        const slow = run('curl', ['-qsS', '-x', url, 'http://cart.test/slow/3600000']);
        await until('the request is under way', async () => /1 connection/.test((await run('curl', ['-qsS', '--noproxy', '*', `${url}/status`])).stdout)
          || /"connections":\s*[1-9]/.test((await run('curl', ['-qsS', '--noproxy', '*', `${url}/status`])).stdout));
        process.signal(signals[0]);
        await until('the proxy stops', async () => (await run('curl', ['-qsS', '--noproxy', '*', `${url}/livez`])).code !== 0);
        assert.ok(process.running, 'the open request has its grace');
        process.signal(signals[1]);
        await slow;
      } else {
        process.signal(signals[0]);
      }
      assert.deepEqual(await process.end(), { code: 0, signal: null }, signals.join());
      assert.ok(!await exists(ca), signals.join());
    }
  });

  it('Rejects options that lead to a real account, and ignores their variables', async (t) => {
    for (const option of ['--token=x', '--api-base-url=https://a.test', '--gateway-host=b.test', '--dns-server=9.9.9.9', '--proxy-auth=a:b', '--output=json']) {
      const { code, stdout, stderr } = await run(aluviaConnect, ['try', option]);
      assert.deepEqual([code, stdout], [64, ''], option);
      assert.match(stderr, new RegExp(`^aluvia-connect: cannot use ${option.split('=')[0]}: try has [^\n]*\n$`));
      assert.ok(!/a:b/.test(stderr));
    }
    const env = { ALUVIA_TOKEN_FILE: '/nowhere', ALUVIA_API_BASE_URL: 'nonsense', ALUVIA_GATEWAY_PORT: '99999' };
    const { code, stderr } = await tryCommand(t, ['curl', '-sS', 'http://cart.test'], { env });
    assert.deepEqual([code, stderr], [0, '']);
  });
});

describe('try -- COMMAND', { concurrency: true }, () => {
  const clients = {
    'curl, direct': ['curl', '-sS', 'https://cart.test/'],
    'curl, gateway': ['curl', '-sS', 'https://example.com/'],
    Python: ['python3', '-c', 'import urllib.request as r; print(r.urlopen("https://cart.test/").read().decode())'],
    'requests for Python': ['/usr/bin/python3', '-c', 'import requests; print(requests.get("https://cart.test/").text)'],
    Node: ['node', '--input-type=module', '-e',
      'import { fetch, ProxyAgent } from "undici"; console.log(await (await fetch("https://cart.test/", { dispatcher: new ProxyAgent(process.env.HTTPS_PROXY) })).text())'],
    Java: ['java', new URL('harness/Fetch.java', import.meta.url).pathname, 'https://cart.test/'],
  };
  for (const [name, command] of Object.entries(clients)) {
    it(`Lets ${name} use https without errors, and prints nothing of its own`, async (t) => {
      const isThere = name !== 'Java' || (await run('sh', ['-c', 'command -v javac'])).code === 0;
      if (!isThere) return t.skip('no Java here');
      if (name === 'requests for Python' && (await run(command[0], ['-c', 'import requests'])).code !== 0) return t.skip('no requests here');
      const { code, stdout, stderr, left } = await tryCommand(t, command);
      assert.equal(code, 0, stderr);
      assert.equal(route(stdout), name === 'curl, gateway' ? 'through the gateway' : 'direct');
      assert.equal(stderr.replace(/^Picked up JAVA_TOOL_OPTIONS: .*\n/, ''), '');
      assert.deepEqual(left, [], 'nothing is left in the temporary folder');
    });
  }

  it('Lets Chromium trust the emulated sites and no others, and keeps arguments that are there', async (t) => {
    const scope = Scope.of(t);
    const folder = await temporaryFolder(scope);
    const server = https.createServer(await makeCertificate(folder, await makeAuthority(folder), ['localhost']), (_, answer) => answer.end());
    const script = `import { chromium } from 'playwright';
      const browser = await chromium.launch({
        executablePath: '${process.env.CHROMIUM ?? '/usr/bin/chromium'}',
        proxy: { server: process.env.ALUVIA_PROXY_SERVER },
        args: process.env.ALUVIA_BROWSER_ARGS.split(' '),
      });
      const page = await browser.newPage();
      await page.goto('https://example.com/');
      console.log(await page.title());
      console.log(await page.goto('https://localhost:${await serve(scope, server)}/').then(() => 'accepted', (error) => error.message));
      await browser.close();`;
    const command = ['node', '--input-type=module', '-e', script];
    const { stdout, stderr } = await tryCommand(t, command, { env: { ALUVIA_BROWSER_ARGS: '--no-sandbox' } });
    assert.match(stdout, /^example\.com: through the gateway\n.*ERR_CERT_AUTHORITY_INVALID/, stderr);
  });

  it('Ends with the exit status of the command', async (t) => {
    for (const [command, status] of [[['sh', '-c', 'curl -so /dev/null http://a.test; exit 42'], 42], [['no-such-command'], 127], [['/etc/passwd'], 126]]) {
      const { code, left } = await tryCommand(t, command);
      assert.equal(code, status);
      assert.deepEqual(left, []);
    }
  });

  it('Lets aluvia-connect work inside, on the emulated account', async (t) => {
    const { code, stdout, stderr } = await tryCommand(t, ['sh', '-c', `"${aluviaConnect}" explain example.com && "${aluviaConnect}" exec -- curl -sS https://example.com && curl -sS http://a.test`]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^example\.com:443: gateway/);
    assert.match(stdout, /through the gateway/);
  });
});
