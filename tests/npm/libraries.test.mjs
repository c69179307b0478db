// Tests the client with the libraries that agents use: the adapters, the specification's examples, and reports of blocks.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import http from 'node:http';
import { after, before as beforeAll, describe, it } from 'node:test';
import { blocks, readDocument } from '../e2e/harness/markdown.mjs';
import { run } from '../e2e/harness/process.mjs';
import { DIRECT, PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { placeBrowser } from '../e2e/harness/snippets.mjs';
import { serve } from '../e2e/harness/temp.mjs';
import { MAIN, Project, sandboxVariables } from './project.mjs';

const AGENTS = ['http-proxy-agent', 'https-proxy-agent', 'agent-base', 'debug', 'ms'];
const file = new Scope();
let sandbox;
let project;
let env;

beforeAll(async () => {
  sandbox = await Sandbox.start(file, { rules: [PROXIED, 'example.com'] });
  project = await Project.install(file);
  await project.link([...AGENTS, 'axios', 'got', 'undici', 'playwright', 'playwright-core', 'puppeteer']);
  env = {
    ...sandboxVariables(sandbox),
    HOME: project.folder,
    PUPPETEER_EXECUTABLE_PATH: project.path('chromium'),
    PLAYWRIGHT_BROWSERS_PATH: project.path('playwright'),
    PYTHONPATH: project.path('python'),
  };
  await placeBrowser(env);
  await trust(sandbox.ca_file);
});
after(() => file.close());

/** Puts the sandbox's CA among the user's certificates, where Chromium reads it. */
async function trust(caFile) {
  const database = project.path('.pki', 'nssdb');
  await mkdir(database, { recursive: true });
  for (const args of [['-N', '--empty-password'], ['-A', '-n', 'sandbox', '-t', 'C,,', '-i', caFile]]) {
    const { code, stderr } = await run('certutil', ['-d', `sql:${database}`, ...args]);
    assert.equal(code, 0, stderr);
  }
}

/** Runs a user's program to its end; returns the JSON that it prints last. */
async function told(text, more = {}) {
  const { code, stdout, stderr } = await project.script(text, { ...env, ...more });
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const START = `
import { AgentConnectClient } from '${MAIN}';
const client = new AgentConnectClient({ token: process.env.ALV_USER_TOKEN, logLevel: 'silent' });
const session = await client.start();
`;

describe('The adapters', () => {
  it('Send http and https of axios, got, undici, fetch and node:http by the right route', async () => {
    const seen = await told(`${START}
import http from 'node:http';
import https from 'node:https';
import axios from 'axios';
import got from 'got';
import { request } from 'undici';
const urls = ${JSON.stringify([DIRECT, PROXIED].flatMap((host) => [sandbox.http(host, '/bytes/1000'), sandbox.https(host, '/bytes/1000')]))};
const viaAxios = axios.create(session.asAxiosConfig());
const viaGot = got.extend(session.asGotOptions());
const viaFetch = session.asUndiciFetch();
const node = (url) => new Promise((resolve, reject) => {
  const { protocol } = new URL(url);
  const [library, agent] = protocol === 'http:' ? [http, session.asNodeAgents().http] : [https, session.asNodeAgents().https];
  library.get(url, { agent }, (response) => resolve(response.resume().headers['x-sandbox-via'])).on('error', reject);
});
const ways = {
  axios: async (url) => (await viaAxios.get(url)).headers['x-sandbox-via'],
  got: async (url) => (await viaGot(url)).headers['x-sandbox-via'],
  undici: async (url) => {
    const { headers, body } = await request(url, { dispatcher: session.asUndiciDispatcher() });
    await body.dump();
    return headers['x-sandbox-via'];
  },
  fetch: async (url) => {
    const response = await viaFetch(url);
    await response.text();
    return response.headers.get('x-sandbox-via');
  },
  node,
};
const seen = {};
for (const [name, get] of Object.entries(ways)) seen[name] = await Promise.all(urls.map(get));
const begun = Date.now();
await client.stop();
console.log(JSON.stringify({ seen, beforeGraceEnds: Date.now() - begun < 4500 }));
`);
    const routes = ['direct', 'direct', 'gateway', 'gateway'];
    assert.deepEqual(seen, { seen: { axios: routes, got: routes, undici: routes, fetch: routes, node: routes }, beforeGraceEnds: true });
  });

  it('Give settings for browsers and child processes, with user and password where the proxy asks for them', async () => {
    const settings = `${START}
console.log(JSON.stringify({ url: session.url, full: session.getUrl(), playwright: session.asPlaywright(), puppeteer: session.asPuppeteer(),
  selenium: session.asSelenium(), env: session.env() }));
await client.stop();
`;
    const plain = await told(settings);
    assert.equal(plain.full, plain.url);
    assert.deepEqual(plain.playwright, { server: plain.url, bypass: 'localhost,127.0.0.1,[::1]' });
    assert.equal(plain.selenium, `--proxy-server=${plain.url}`);
    for (const wanted of [plain.selenium, '--disable-quic', '--webrtc-ip-handling-policy=disable_non_proxied_udp', '--force-webrtc-ip-handling-policy=disable_non_proxied_udp']) {
      assert.ok(plain.puppeteer.includes(wanted), wanted);
    }
    assert.equal(plain.env.https_proxy, plain.url);
    const locked = await told(settings, { ALUVIA_PROXY_AUTH: 'agent:p@ss' });
    assert.deepEqual([locked.playwright.username, locked.playwright.password, locked.playwright.server], ['agent', 'p@ss', locked.url]);
    assert.equal(locked.full, locked.url.replace('//', '//agent:p%40ss@'));
  });

  it('Name a library that is missing', async (t) => {
    const user = await Project.install(Scope.of(t));
    const { stdout, stderr } = await user.script(`${START}
const message = (adapter) => { try { return adapter(); } catch (error) { return error.message; } };
console.log(JSON.stringify([message(() => session.asAxiosConfig()), message(() => session.asUndiciFetch())]));
await client.stop();
`, env);
    const [axios, undici] = JSON.parse(stdout || `["", "${stderr}"]`);
    assert.match(axios, /^cannot load http-proxy-agent: .* not installed; npm install http-proxy-agent$/);
    assert.match(undici, /^cannot load undici: asUndiciDispatcher\(\) needs it, and it is not installed; npm install undici$/);
  });
});

describe('The specification\'s examples', () => {
  // Section 2.2, copied; its comment marks the place where a user's own program follows.
  const EXAMPLE = `
import { AgentConnectClient } from '@aluvia/agent-connect-node';

const client = new AgentConnectClient({
  token: process.env.ALV_USER_TOKEN,   // required: user API token

  // OPTIONAL: where the local proxy listens (127.0.0.1:<localPort>)
  // If omitted, the client will pick a free port automatically.
  localPort: 54321,

  // OPTIONAL: how the client talks to the Aluvia gateway
  // If omitted, defaults to 'http'.
  gatewayProtocol: 'http',             // 'http' | 'https'

  // OPTIONAL: override upstream gateway port
  // If omitted:
  //   - 8080 is used when gatewayProtocol === 'http'
  //   - 8443 is used when gatewayProtocol === 'https'
  // gatewayPort: 8080,
});

const session = await client.start();

// session.host -> '127.0.0.1'
// session.port -> 54321        // or the auto-assigned port if localPort omitted
// session.url  -> 'http://127.0.0.1:54321'

// Developer wires session.url into Playwright, Puppeteer, Axios, etc.

// Example with Playwright:
const browser = await chromium.launch({
  proxy: { server: session.url },
});

// Example with Axios:
const axiosClient = axios.create({
  proxy: false, // disable Axios' own proxy handling
  httpsAgent: new HttpsProxyAgent(session.url),
});

// When done:
await session.stop();
await client.stop(); // optional global cleanup
`;
  const IMPORTS = `
import axios from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { chromium } from 'playwright';
`;
  const USE = `
const page = await browser.newPage();
const answer = await page.goto('https://example.com/');
const other = await axiosClient.get('https://example.com/');
console.log(JSON.stringify([session.host, session.port, session.url, answer.headers()['x-sandbox-via'], other.headers['x-sandbox-via']]));
await browser.close();
`;

  it('Run as they are written', async () => {
    const [before, after] = EXAMPLE.split('\n// When done:');
    assert.deepEqual(await told(`${IMPORTS}${before}${USE}${after}`), ['127.0.0.1', 54321, 'http://127.0.0.1:54321', 'gateway', 'gateway']);
  });
});

describe('The package\'s README', () => {
  it('Has examples that run as they are written', async () => {
    const examples = blocks(await readDocument('packaging/npm/README.md')).filter(({ language }) => language === 'js');
    assert.equal(examples.length, 3);
    for (const { text, line } of examples) {
      const { code, stdout, stderr } = await project.script(text, env);
      assert.equal(code, 0, `line ${line}: ${stderr}`);
      assert.match(stdout, /^(http:\/\/127.0.0.1:\d+|200|example\.com \w+ 200 [0-9a-f]{6}-\d+)\n$/);
    }
  });
});

describe('watchPage()', () => {
  // A site with blocks of several kinds; under every host name, because every name leads to this machine.
  const PAGES = {
    '/fine': [200, {}, '<title>Shop</title>', 'Goods'],
    '/403': [403, {}, '<title>Sorry</title>', 'No'],
    '/429': [429, {}, '', 'Slow down'],
    '/503': [503, {}, '', 'Later'],
    '/mitigated': [200, { 'cf-mitigated': 'challenge' }, '', ''],
    '/challenge': [200, {}, '<title>Just a moment...</title>', 'Verify you are human'],
    '/redirect': [302, { location: '/cdn-cgi/challenge-platform/x' }, '', ''],
    '/cdn-cgi/challenge-platform/x': [200, {}, '', 'wait'],
    '/article': [200, {}, '<title>On captchas</title>', `captcha ${'word '.repeat(2000)}`],
  };
  const VISITS = ['/fine', '/403', '/429', '/503', '/mitigated', '/challenge', '/redirect', '/article', '/frames'];
  let site;
  beforeAll(async () => {
    const port = await serve(file, http.createServer(({ url }, response) => {
      const [status, headers, head, body] = PAGES[url] ?? [200, {}, '', '<iframe src="/403"></iframe>'];
      response.writeHead(status, { 'content-type': 'text/html', ...headers });
      response.end(`<html><head>${head}</head><body>${body}</body></html>`);
    }));
    site = `http://site.example:${port}`;
  });

  // The last page blocks too, so that a report of a page without a block would be seen in its place.
  const visit = (launch, close) => `${START}
${launch}
const reports = [];
const page = await browser.newPage();
const end = client.watchPage(page);
for (const path of ${JSON.stringify([...VISITS, '/403'])}) {
  await page.goto('${site}' + path, { waitUntil: 'load' });
  if (!['/fine', '/article', '/frames'].includes(path)) {
    reports.push(await new Promise((resolve) => client.once('blocked', resolve)));
  }
}
end();
await page.goto('${site}/429');
client.once('blocked', () => { throw new Error('a report after the end of the watch'); });
await page.goto('${site}/fine');
console.log(JSON.stringify(reports.map(({ url, status, reason }) => [new URL(url).pathname, status, reason])));
${close}
await client.stop();
`;
  const LIBRARIES = {
    Playwright: ["import { chromium } from 'playwright';\nconst browser = await chromium.launch({ proxy: session.asPlaywright() });", 'await browser.close();'],
    Puppeteer: ["import puppeteer from 'puppeteer';\nconst browser = await puppeteer.launch({ args: session.asPuppeteer() });", 'await browser.close();'],
  };

  for (const [name, [launch, close]] of Object.entries(LIBRARIES)) {
    it(`Reports the blocks that a page of ${name} meets, and nothing else`, async () => {
      const reports = await told(visit(launch, close));
      assert.deepEqual(reports, [
        ['/403', 403, 'blocked (0.85): status 403'],
        ['/429', 429, 'blocked (0.85): status 429'],
        ['/503', 503, 'suspected (0.6): status 503'],
        ['/mitigated', 200, 'blocked (0.9): cf-mitigated: challenge'],
        ['/challenge', 200, 'blocked (0.94): title of a challenge, text of a challenge'],
        ['/cdn-cgi/challenge-platform/x', 200, 'blocked (0.7): redirect to a challenge'],
        ['/403', 403, 'blocked (0.85): status 403'],
      ]);
    });
  }

  it('Loads a page again when the report has moved its site to the gateway', async () => {
    // The account's policy would add the rule; here the program does, before it reports.
    const program = project.path('node_modules', '@aluvia', 'aluvia-connect-linux-x64', 'bin', 'aluvia-connect');
    const ALUVIA_CONNECT_BINARY = await project.write('moving', `#!/bin/sh
[ "$1" != blocked ] || ${program} rules add --local site.example --port "$(echo "$@" | sed 's/.*--port \\([0-9]*\\).*/\\1/')" >/dev/null
exec ${program} "$@"
`, { mode: 0o755 });
    const [launch, close] = LIBRARIES.Playwright;
    const [statuses, via] = await told(`${START}
${launch}
const page = await browser.newPage();
client.watchPage(page, { reload: true });
const responses = [];
const moved = new Promise((resolve) => page.on('response', (response) => {
  responses.push(response.status());
  if (response.headers()['x-sandbox-via'] === 'gateway') resolve('gateway');
}));
await page.goto('${site}/403');
console.log(JSON.stringify([responses, await moved]));
${close}
await client.stop();
`, { ALUVIA_CONNECT_BINARY });
    assert.equal(via, 'gateway');
    assert.equal(statuses[0], 403);
  });
});
