// Changes the gateway's credentials while the proxy runs: no request waits for the next poll.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { alphabet, MEGABYTE } from './harness/digest.mjs';
import { Proxy } from './harness/proxy.mjs';
import { PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { temporaryFolder } from './harness/temp.mjs';

const file = new Scope();
let folder;
let small;
let large;

beforeAll(async () => {
  folder = await temporaryFolder(file);
  small = join(folder, 'small');
  large = join(folder, 'large');
  await writeFile(small, alphabet(60_000));
  await writeFile(large, alphabet(5 * MEGABYTE));
});
after(() => file.close());

const post = (path) => ['-H', 'Expect:', '--data-binary', `@${path}`];

describe('Credentials that have just been changed', () => {
  for (const [what, args, path] of [
    ['GET', [], '/'],
    ['POST', () => post(small), '/sink'],
    ['PUT in chunks', () => ['-X', 'PUT', '-H', 'Transfer-Encoding: chunked', ...post(small)], '/sink'],
    ['CONNECT', ['-k'], '/'],
  ]) {
    it(`Are fetched for the first ${what} that needs them, again and again within seconds`, async (t) => {
      const scope = Scope.of(t);
      const box = await Sandbox.start(scope);
      const proxy = await Proxy.start(scope, box, ['--poll-interval', '60000']);
      const url = what === 'CONNECT' ? box.https(PROXIED, path) : box.http(PROXIED, path);
      for (let round = 1; round <= 4; round += 1) {
        await box.user({ proxy_password: `password-${round}` });
        const got = await curl(proxy, [...(typeof args === 'function' ? args() : args), url]);
        assert.equal(got.status, 200, `round ${round}: ${got.body} ${got.stderr}`);
        assert.equal(got.via, 'gateway');
      }
    });
  }

  // The upload is sent again if the gateway responds before the proxy has read more of it than it can hold.
  it('Are known after a large upload has met them: it was sent again, or the answer asks for it', async (t) => {
    const scope = Scope.of(t);
    const box = await Sandbox.start(scope);
    const proxy = await Proxy.start(scope, box, ['--poll-interval', '60000']);
    await box.user({ proxy_password: 'changed' });
    const upload = () => curl(proxy, [...post(large), box.http(PROXIED, '/sink')]);
    const first = await upload();
    if (first.status !== 200) {
      assert.equal(first.status, 502, first.stderr);
      assert.match(first.body, /The credentials are fresh now: send the request again/);
    }
    const second = await upload();
    assert.equal(second.status, 200, second.body);
    assert.equal(JSON.parse(second.body).body_bytes, 5 * MEGABYTE);
  });
});
