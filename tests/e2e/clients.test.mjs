// Tests the proxy with programs that agents use, each of which implements proxies in its own way.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import axios from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { fetch, ProxyAgent, request } from 'undici';
import { makeAuthority, makeCertificate } from './harness/certificates.mjs';
import { alphabet, MEGABYTE, noise, sha256 } from './harness/digest.mjs';
import { serveGit } from './harness/git_server.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';

const file = new Scope();
const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];
let sandbox;
let proxy;
let ca;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
  ca = await readFile(sandbox.ca_file);
});
after(() => file.close());

describe('Python\'s urllib', () => {
  const PROGRAM = `
import hashlib, json, ssl, sys, urllib.request
url, ca, body = sys.argv[1:]
data = b'p' * int(body) if body else None
context = ssl.create_default_context(cafile=ca)
opener = urllib.request.build_opener(urllib.request.ProxyHandler(), urllib.request.HTTPSHandler(context=context))
with opener.open(urllib.request.Request(url, data=data)) as answer:
    text = answer.read()
    print(json.dumps({'status': answer.status, 'via': answer.headers['X-Sandbox-Via'], 'sha256': hashlib.sha256(text).hexdigest(),
                      'text': text.decode() if len(text) < 1000 else ''}))
`;

  /** urllib reads the proxy from the environment, as most programs do. */
  async function urllib(url, bodyBytes = '') {
    const env = { http_proxy: proxy.url, https_proxy: proxy.url };
    const ended = await run('python3', ['-c', PROGRAM, url, sandbox.ca_file, String(bodyBytes)], { env });
    assert.equal(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout);
  }

  for (const [route, host] of ROUTES) {
    it(`Gets pages and posts bodies over http and https by the route ${route}`, async () => {
      for (const url of [sandbox.http(host, '/bytes/100000'), sandbox.https(host, '/bytes/100000'), sandbox.http(host, '/chunked/100000')]) {
        assert.deepEqual(await urllib(url), { status: 200, via: route, sha256: sha256(alphabet(100_000)), text: '' }, url);
      }
      for (const url of [sandbox.http(host, '/sink'), sandbox.https(host, '/sink')]) {
        const { text, via } = await urllib(url, 200_000);
        assert.equal(via, route);
        assert.equal(JSON.parse(text).body_sha256, sha256('p'.repeat(200_000)));
      }
    });
  }
});

describe('Node\'s undici with its ProxyAgent', () => {
  let dispatcher;
  beforeAll(() => {
    dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca } });
    file.defer(() => dispatcher.destroy());
  });

  for (const [route, host] of ROUTES) {
    it(`Gets fifty pages at once over http and https by the route ${route}`, async () => {
      const get = async (url) => {
        const answer = await fetch(url, { dispatcher });
        return { status: answer.status, via: answer.headers.get('x-sandbox-via'), text: await answer.text() };
      };
      const urls = Array.from({ length: 50 }, (_, index) => (index % 2 ? sandbox.http : sandbox.https).call(sandbox, host, `/bytes/${index}`));
      const answers = await Promise.all(urls.map(get));
      answers.forEach((answer, index) => assert.deepEqual(answer, { status: 200, via: route, text: alphabet(index).toString() }));
    });

    it(`Streams a body of unknown length up and its echo down by the route ${route}`, async () => {
      const chunks = Array.from({ length: 64 }, (_, index) => Buffer.alloc(10_007, index));
      async function* body() { yield* chunks; }
      for (const url of [sandbox.http(host, '/echo'), sandbox.https(host, '/echo')]) {
        const answer = await fetch(url, { dispatcher, method: 'POST', body: body(), duplex: 'half' });
        assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), sha256(Buffer.concat(chunks)));
      }
    });
  }

  it('Learns of a rejected CONNECT', async () => {
    await assert.rejects(request('https://nothing.invalid/', { dispatcher }), /502/);
  });
});

describe('axios with https-proxy-agent', () => {
  for (const [route, host] of ROUTES) {
    it(`Gets JSON and posts JSON over https by the route ${route}`, async (t) => {
      const httpsAgent = new HttpsProxyAgent(proxy.url, { keepAlive: true });
      httpsAgent.options.ca = ca; // for the site; what the constructor takes is for a proxy over TLS
      t.after(() => httpsAgent.destroy());
      const client = axios.create({ proxy: false, httpsAgent });
      const page = await client.get(sandbox.https(host));
      assert.equal(page.status, 200);
      assert.equal(page.data.via, route);
      const posted = await client.post(sandbox.https(host, '/sink'), { hello: 'world' });
      assert.equal(posted.data.body_sha256, sha256('{"hello":"world"}'));
      await assert.rejects(client.get(sandbox.https(host, '/status/404')), (fault) => fault.response.status === 404);
    });

    it(`Uses its own proxy support for http by the route ${route}`, async () => {
      const client = axios.create({ proxy: { protocol: 'http', host: '127.0.0.1', port: proxy.port } });
      assert.equal((await client.get(sandbox.http(host))).data.via, route);
    });
  }
});

describe('Node\'s http with the address in absolute form', () => {
  /** The answer with its trailers. */
  async function ask(host, path, { method = 'GET', body = '', agent } = {}) {
    return new Promise((resolve, reject) => {
      const target = sandbox.http(host, path);
      const headers = { host: new URL(target).host, ...(body && { 'content-length': Buffer.byteLength(body) }) };
      const options = { host: '127.0.0.1', port: proxy.port, path: target, method, agent, headers };
      http.request(options, async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        resolve({ status: response.statusCode, via: response.headers['x-sandbox-via'], trailers: response.trailers, text });
      }).on('error', reject).end(body);
    });
  }

  for (const [route, host] of ROUTES) {
    it(`Receives trailers by the route ${route}`, async () => {
      const answer = await ask(host, '/chunked/5000');
      assert.equal(answer.via, route);
      assert.equal(answer.text.length, 5000);
      assert.equal(answer.trailers['x-trailer'], 'yes');
    });

    it(`Uses every method by the route ${route}`, async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        const body = ['GET', 'OPTIONS'].includes(method) ? '' : method;
        const answer = JSON.parse((await ask(host, '/any', { method, body })).text);
        assert.deepEqual([answer.method, answer.body_sha256, answer.via], [method, sha256(body), route]);
      }
    });
  }

  it('Keeps one connection for both routes', async (t) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    for (const [route, host] of [...ROUTES, ...ROUTES]) assert.equal((await ask(host, '/', { agent })).via, route);
    const sockets = Object.values(agent.freeSockets).flat();
    assert.equal(sockets.length, 1);
  });
});

describe('git over HTTPS', () => {
  const NAME = 'git.example';
  let folder;
  let url;
  let settings;

  beforeAll(async () => {
    folder = await temporaryFolder(file);
    const authority = await makeAuthority(folder);
    const port = await serveGit(file, folder, await makeCertificate(folder, authority, [NAME]));
    url = `https://${NAME}:${port}/project.git`;
    settings = ['-c', `http.proxy=${proxy.url}`, '-c', `http.sslCAInfo=${authority.certificate}`,
      '-c', 'user.name=Tester', '-c', 'user.email=tester@example.com', '-c', 'init.defaultBranch=main'];
    await git(folder, 'init', '-q', '--bare', 'project.git');
    await git(join(folder, 'project.git'), 'config', 'http.receivepack', 'true');
  });

  async function git(cwd, ...args) {
    const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' };
    const ended = await run('git', [...(settings ?? []), ...args], { cwd, env });
    assert.equal(ended.code, 0, `git ${args.join(' ')}: ${ended.stderr}`);
    return ended.stdout;
  }

  it('Pushes and clones a repository with files of several megabytes', async () => {
    const work = join(folder, 'work');
    await git(folder, 'init', '-q', 'work');
    const body = noise(3 * MEGABYTE);
    await writeFile(join(work, 'large.bin'), body);
    await writeFile(join(work, 'README'), 'hello\n');
    await git(work, 'add', '.');
    await git(work, 'commit', '-q', '-m', 'first');
    await git(work, 'push', '-q', url, 'HEAD:refs/heads/main');
    await git(folder, 'clone', '-q', '--branch', 'main', url, 'copy');
    assert.equal(sha256(await readFile(join(folder, 'copy', 'large.bin'))), sha256(body));
    assert.equal(await git(join(folder, 'copy'), 'log', '--format=%s'), 'first\n');
  });
});
