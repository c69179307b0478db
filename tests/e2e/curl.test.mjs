// Tests curl through the proxy: both routes, bodies of every framing, and the responses to every failure.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { makeAuthority } from './harness/certificates.mjs';
import { curl } from './harness/curl.mjs';
import { alphabet, MEGABYTE, noise, sha256 } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { sentence } from './harness/sentence.mjs';
import { freePort, listen, serve, temporaryFolder } from './harness/temp.mjs';

const file = new Scope();
const ROUTES = [['direct', DIRECT], ['gateway', PROXIED]];
const numConnects = (answer) => answer.transfers.map((transfer) => transfer.num_connects);
const errorOf = (answer) => /error=\w+/.exec(proxyStatus(answer))[0];
const proxyStatus = (answer) => /^proxy-status: (.*?)\r?$/im.exec(answer.head)?.[1];

let folder;
let sandbox;
let proxy;
let ca;

beforeAll(async () => {
  folder = await temporaryFolder(file);
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox);
  ca = ['--cacert', sandbox.ca_file];
});
after(() => file.close());

for (const [route, host] of ROUTES) {
  describe(`curl by the route ${route}`, () => {
    it('Gets a page over http', async () => {
      const answer = await curl(proxy, [sandbox.http(host, '/some/path?q=1')]);
      assert.equal(answer.status, 200);
      const { via, scheme, method, host: name, path } = JSON.parse(answer.body);
      assert.deepEqual({ via, scheme, method, name, path }, {
        via: route, scheme: 'http', method: 'GET', name: host, path: '/some/path?q=1',
      });
    });

    it('Gets a page over https, the certificate verified end to end', async () => {
      const answer = await curl(proxy, [...ca, sandbox.https(host)]);
      assert.equal(answer.status, 200, answer.stderr);
      assert.equal(answer.via, route);
      assert.equal(JSON.parse(answer.body).scheme, 'https');
    });

    it('Keeps the connection for a second request', async () => {
      const plain = await curl(proxy, [sandbox.http(host), sandbox.http(host, '/2'), sandbox.http(host, '/3')]);
      assert.deepEqual(numConnects(plain), [1, 0, 0]);
      const tls = await curl(proxy, [...ca, sandbox.https(host), sandbox.https(host, '/2')]);
      assert.deepEqual(numConnects(tls), [1, 0]);
    });

    it('Keeps the connection after 204, 304 and HEAD, which have no body', async () => {
      const answer = await curl(proxy, [sandbox.http(host, '/status/204'), sandbox.http(host, '/status/304'), sandbox.http(host, '/bytes/5')]);
      assert.deepEqual(answer.transfers.map((transfer) => transfer.http_code), [204, 304, 200]);
      assert.equal(answer.body, 'abcde');
      assert.deepEqual(numConnects(answer), [1, 0, 0]);
      const head = await curl(proxy, ['-I', sandbox.http(host, '/bytes/100000'), sandbox.http(host, '/chunked/5')]);
      assert.deepEqual(head.transfers.map((transfer) => transfer.http_code), [200, 200]);
      assert.match(head.head, /content-length: 100000/i);
      assert.deepEqual(numConnects(head), [1, 0]);
    });

    it('Gets bodies by Content-Length, chunked and ended by close, whole', async () => {
      const count = 3 * MEGABYTE + 17;
      for (const framing of ['bytes', 'chunked', 'close']) {
        const answer = await curl(proxy, [sandbox.http(host, `/${framing}/${count}`)]);
        assert.equal(answer.code, 0, answer.stderr);
        assert.equal(sha256(answer.bodyBytes), sha256(alphabet(count)), framing);
      }
    });

    it('Gets the trailers of a chunked body', async () => {
      const answer = await curl(proxy, [sandbox.http(host, '/chunked/1000')]);
      assert.equal(answer.body.length, 1000);
      assert.match(answer.head, /^x-trailer: yes/im);
    });

    it('An HTTP/1.0 client gets a chunked body without the chunks', async () => {
      const answer = await curl(proxy, ['--http1.0', '--raw', sandbox.http(host, '/chunked/1000')]);
      assert.equal(answer.code, 0, answer.stderr);
      assert.equal(answer.body, alphabet(1000).toString());
      assert.doesNotMatch(answer.head, /transfer-encoding/i);
    });

    it('An HTTP/1.0 client gets a body with a length', async () => {
      const answer = await curl(proxy, ['--http1.0', sandbox.http(host, '/bytes/1000')]);
      assert.equal(answer.code, 0, answer.stderr);
      assert.equal(answer.body, alphabet(1000).toString());
    });

    it('Sees 103 Early Hints before the answer', async () => {
      const answer = await curl(proxy, [sandbox.http(host, '/early')]);
      assert.equal(answer.status, 200);
      assert.match(answer.head, /^HTTP\/1\.1 103 [^]*^HTTP\/1\.1 200 /m);
    });

    it('Waits for 100 Continue and then sends the body', async () => {
      const answer = await curl(proxy, ['-H', 'Expect: 100-continue', '--expect100-timeout', '10', '-d', 'hello', sandbox.http(host, '/sink')]);
      assert.match(answer.head, /^HTTP\/1\.1 100 /m);
      assert.equal(JSON.parse(answer.body).body_sha256, sha256('hello'));
    });

    it('Gets an early 413 while it uploads, instead of hanging', async () => {
      const path = join(folder, `rejected-${route}`);
      await writeFile(path, noise(20 * MEGABYTE));
      for (const expect of ['Expect: 100-continue', 'Expect:']) {
        const answer = await curl(proxy, ['-H', expect, '-T', path, sandbox.http(host, '/reject')], { within: 15_000 });
        assert.equal(answer.status, 413, answer.stderr);
      }
    });

    it('Sends its own fields unchanged, and nothing is added', async () => {
      const answer = await curl(proxy, ['-H', 'X-CaSe: Kept', '-H', 'Connection: X-Hop', '-H', 'X-Hop: 1', '-H', 'Proxy-Authorization: Basic eDp5',
        '-A', 'agent/1', sandbox.http(host, '/headers')]);
      const { lines } = JSON.parse(answer.body);
      assert.ok(lines.includes('X-CaSe: Kept'), lines.join('\n'));
      assert.ok(lines.includes('User-Agent: agent/1'));
      const names = lines.slice(1).map((line) => line.split(':')[0].toLowerCase()).filter(Boolean);
      assert.deepEqual(names.filter((name) => !['host', 'user-agent', 'accept', 'x-case', 'connection'].includes(name)), []);
    });
  });

  describe(`An upload of 100 MB by the route ${route} arrives whole`, () => {
    const size = 100 * MEGABYTE;
    let path;
    let digest;
    beforeAll(async () => {
      path = join(folder, 'upload');
      const body = noise(size);
      digest = sha256(body);
      await writeFile(path, body);
    });

    const uploads = [
      ['with Content-Length', () => ['-T', path, sandbox.http(host, '/sink')]],
      ['chunked', () => ['-T', path, '-H', 'Transfer-Encoding: chunked', sandbox.http(host, '/sink')]],
      ['over https', () => [...ca, '-T', path, sandbox.https(host, '/sink')]],
    ];
    for (const [name, args] of uploads) {
      it(sentence(name), async () => {
        const answer = await curl(proxy, args());
        assert.equal(answer.status, 200, answer.stderr);
        const { body_bytes: bytes, body_sha256: sum, via } = JSON.parse(answer.body);
        assert.deepEqual({ bytes, sum, via }, { bytes: size, sum: digest, via: route });
      });
    }

    it('It returns whole from an echo, both directions at once', async () => {
      const back = join(folder, `echo-${route}`);
      const answer = await curl(proxy, ['-T', path, '-o', back, sandbox.http(host, '/echo')]);
      assert.equal(answer.code, 0, answer.stderr);
      assert.equal(sha256(await readFile(back)), digest);
    });
  });
}

describe('The route', () => {
  it('Is decided again for every request of a kept connection', async () => {
    const urls = [DIRECT, PROXIED, DIRECT, `deep.sub.${PROXIED}`].map((host) => sandbox.http(host));
    const answer = await curl(proxy, urls);
    assert.deepEqual(numConnects(answer), [1, 0, 0, 0]);
    const ways = [...answer.head.matchAll(/^x-sandbox-via: (\S+)/gim)].map((match) => match[1]);
    assert.deepEqual(ways, ['direct', 'gateway', 'direct', 'gateway']);
  });

  it('Ignores letter case and a trailing dot of the host', async () => {
    for (const host of [PROXIED.toUpperCase(), `${PROXIED}.`]) {
      assert.equal((await curl(proxy, [sandbox.http(host)])).via, 'gateway', host);
      assert.equal((await curl(proxy, ['-k', sandbox.https(host)])).via, 'gateway', host);
    }
  });

  it('Is the gateway for a proxied host on port 80 and 443, where nothing listens here', async () => {
    assert.equal((await curl(proxy, [`http://${PROXIED}/`])).via, 'gateway');
    assert.equal((await curl(proxy, [...ca, `https://${PROXIED}/`])).via, 'gateway');
  });

  it('Never is the gateway for loopback names and addresses, even with the rule *', async (t) => {
    const scope = Scope.of(t);
    const everything = await Sandbox.start(scope, { rules: ['*'] });
    const local = await Proxy.start(scope, everything);
    assert.equal((await curl(local, [everything.http(DIRECT)])).via, 'gateway');
    for (const host of ['127.0.0.1', 'localhost', 'app.localhost']) {
      assert.equal((await curl(local, [everything.http(host)])).via, 'direct', host);
      assert.equal((await curl(local, ['-k', everything.https(host)])).via, 'direct', host);
    }
    assert.equal((await everything.requests()).connects.filter(({ host }) => host !== DIRECT).length, 0);
  });

  it('Reaches an origin by its IPv6 literal', async (t) => {
    const server = http.createServer((request, response) => response.end(`host ${request.headers.host}`));
    const probe = net.createServer();
    const ipv6 = await listen(probe, '::1').then(() => true, () => false);
    probe.close();
    if (!ipv6) return t.skip('this machine has no ::1');
    const port = await serve(Scope.of(t), server, '::1');
    const url = `http://[::1]:${port}/`;
    assert.equal((await curl(proxy, [url])).body, `host [::1]:${port}`);
    assert.equal((await curl(proxy, ['-p', url])).body, `host [::1]:${port}`);
  });
});

describe('The gateway over TLS', () => {
  it('Is used when its certificate is signed by --gateway-ca', async (t) => {
    const secure = await Proxy.start(Scope.of(t), sandbox, [...sandbox.tlsGatewayOptions, '--gateway-ca', sandbox.ca_file]);
    assert.equal((await curl(secure, [sandbox.http(PROXIED)])).via, 'gateway');
    assert.equal((await curl(secure, [...ca, sandbox.https(PROXIED)])).via, 'gateway');
    const body = 'x'.repeat(300_000);
    const upload = await curl(secure, ['--data-binary', '@-', sandbox.http(PROXIED, '/sink')], { input: body });
    assert.equal(JSON.parse(upload.body).body_sha256, sha256(body));
  });

  it('Is rejected with 502 if another CA signed it, and gets no request', async (t) => {
    const scope = Scope.of(t);
    const other = await makeAuthority(await temporaryFolder(scope));
    const secure = await Proxy.start(scope, sandbox, [...sandbox.tlsGatewayOptions, '--gateway-ca', other.certificate]);
    await sandbox.clear();
    const plain = await curl(secure, [sandbox.http(PROXIED)]);
    assert.equal(plain.status, 502);
    assert.match(proxyStatus(plain), /^aluvia-connect; error=tls_certificate_error/);
    const tunnel = await curl(secure, [...ca, sandbox.https(PROXIED)]);
    assert.equal(tunnel.connectStatus, 502);
    assert.match(proxyStatus(tunnel), /^aluvia-connect; error=tls_certificate_error/);
    const { requests, connects } = await sandbox.requests();
    assert.deepEqual({ requests, connects }, { requests: [], connects: [] });
    assert.equal((await curl(secure, [sandbox.http(DIRECT)])).via, 'direct');
  });
});

describe('A failure is answered by the proxy itself', () => {
  /** Status and Proxy-Status of the proxy's own answer, for a plain request and for a CONNECT. */
  async function answers(through, plainUrl, tlsUrl) {
    const plain = await curl(through, [plainUrl]);
    const tunnel = await curl(through, ['-k', tlsUrl]);
    for (const answer of [plain, tunnel]) {
      assert.match(proxyStatus(answer) ?? 'none', /^aluvia-connect; error=\w+; details="[^"]+"/, answer.head);
    }
    assert.equal(plain.status, tunnel.connectStatus, 'the same for both');
    assert.equal(errorOf(plain), errorOf(tunnel));
    return { status: plain.status, proxyStatus: proxyStatus(plain), head: plain.head + tunnel.head, body: plain.body };
  }

  it('502 dns_error for a name that does not exist, naming host, route and rule', async () => {
    const answer = await answers(proxy, 'http://nothing.invalid/', 'https://nothing.invalid/');
    assert.equal(answer.status, 502);
    assert.match(answer.proxyStatus, /error=dns_error/);
    assert.match(answer.body, /nothing\.invalid/);
    assert.match(answer.body, /direct/);
  });

  it('502 when the name server fails', async () => {
    const answer = await answers(proxy, 'http://servfail.example/', 'https://servfail.example/');
    assert.equal(answer.status, 502);
    assert.match(answer.proxyStatus, /error=dns_error/);
  });

  it('502 connection_refused if nothing listens', async () => {
    const port = await freePort();
    const answer = await answers(proxy, `http://${DIRECT}:${port}/`, `https://${DIRECT}:${port}/`);
    assert.equal(answer.status, 502);
    assert.match(answer.proxyStatus, /error=connection_refused/);
  });

  it('502 when the origin ends the connection with no answer', async (t) => {
    const port = await serve(Scope.of(t), net.createServer((socket) => socket.once('data', () => socket.end())));
    const answer = await curl(proxy, [`http://${DIRECT}:${port}/`]);
    assert.equal(answer.status, 502);
    assert.match(proxyStatus(answer), /^aluvia-connect; error=/);
  });

  it('502 when the origin\'s answer is no HTTP', async (t) => {
    const port = await serve(Scope.of(t), net.createServer((socket) => socket.once('data', () => socket.end('220 smtp ready\r\n\r\n'))));
    const answer = await curl(proxy, [`http://${DIRECT}:${port}/`]);
    assert.equal(answer.status, 502);
    assert.match(proxyStatus(answer), /^aluvia-connect; error=http_protocol_error/);
  });

  it('508 for the proxy\'s own address, in whatever spelling', async () => {
    for (const host of ['127.0.0.1', 'localhost', 'any.example']) {
      const plain = await curl(proxy, [`http://${host}:${proxy.port}/`], { within: 10_000 });
      assert.equal(plain.status, 508, host);
      assert.match(proxyStatus(plain), /error=proxy_loop_detected/);
      assert.equal((await curl(proxy, [`https://${host}:${proxy.port}/`], { within: 10_000 })).connectStatus, 508, host);
    }
  });

  it('501 for an https:// address in absolute form', async () => {
    const answer = await curl(proxy, ['--request-target', sandbox.https(DIRECT), sandbox.http(DIRECT)]);
    assert.equal(answer.status, 501);
  });

  describe('When the gateway fails, and the request never goes direct', () => {
    const seen = new Map();

    /** A proxy whose gateway fails, and the sandbox that it belongs to. */
    async function failing(t, fault) {
      const scope = Scope.of(t);
      const broken = await Sandbox.start(scope);
      const through = await Proxy.start(scope, broken);
      await broken.faults({ gateway: fault });
      return { broken, through };
    }

    const faults = [
      ['407: our credentials are refused', { kind: 'status', status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="gateway"' } }],
      ['it closes the connection', { kind: 'close' }],
      ['it resets the connection', { kind: 'reset' }],
      ['it answers something that is no HTTP', { kind: 'raw', raw: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' }],
    ];
    for (const [name, fault] of faults) {
      it(sentence(name), async (t) => {
        const { broken, through } = await failing(t, fault);
        const answer = await answers(through, broken.http(PROXIED), broken.https(PROXIED));
        assert.equal(answer.status, 502);
        assert.match(answer.body, /gateway/);
        assert.match(answer.body, new RegExp(PROXIED.replaceAll('.', '\\.')));
        assert.doesNotMatch(answer.head, /proxy-authenticate/i);
        assert.equal((await broken.requests()).requests.length, 0, 'nothing reached the origin');
        seen.set(name, /error=\w+/.exec(answer.proxyStatus)[0]);
      });
    }

    it('503 in answer to CONNECT; to a plain request it may be the site\'s own and is passed on', async (t) => {
      const { broken, through } = await failing(t, { kind: 'status', status: 503 });
      const tunnel = await curl(through, ['-k', broken.https(PROXIED)]);
      assert.equal(tunnel.connectStatus, 502);
      assert.match(proxyStatus(tunnel), /^aluvia-connect; error=\w+; details=".*503.*"; received-status=503/);
      assert.equal((await curl(through, [broken.http(PROXIED)])).status, 503);
      assert.equal((await broken.requests()).requests.length, 0, 'nothing reached the origin');
      seen.set('503', errorOf(tunnel));
    });

    it('Each has its own error type in Proxy-Status, except a close and a reset, which share one', () => {
      assert.deepEqual([seen.size, new Set(seen.values()).size], [5, 4], [...seen].join('\n'));
    });

    it('A rejected host is reached again once the gateway has recovered', async (t) => {
      const { broken, through } = await failing(t, { kind: 'close' });
      assert.equal((await curl(through, [broken.http(PROXIED)])).status, 502);
      await broken.faults({});
      assert.equal((await curl(through, [broken.http(PROXIED)])).via, 'gateway');
      assert.equal((await curl(through, ['-k', broken.https(PROXIED)])).via, 'gateway');
    });
  });
});
