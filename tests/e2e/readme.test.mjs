// Runs the examples of README.md and docs/. In README.md and docs/clients.md it runs every block of sh, js and python except those
// whose comment says "not run here" and why; in other documents, those whose comment says "run by the tests".
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { blocks, readDocument, documents } from './harness/markdown.mjs';
import { run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { SnippetRunner, pythonFor } from './harness/snippets.mjs';
import { freePort } from './harness/temp.mjs';

const LANGUAGES = ['sh', 'js', 'python'];
const file = new Scope();
let sandbox;
let snippets;

beforeAll(async () => {
  sandbox = await Sandbox.start(file, { rules: ['example.com'] });
  snippets = await SnippetRunner.of(file, sandbox);
});
after(() => file.close());

const everything = (block) => !block.note.startsWith('not run here: ');
const marked = (block) => block.note.startsWith('run by the tests');
const title = ({ text, line }) => `line ${line}: ${text.trim().split('\n').find((one) => !one.startsWith('#'))}`;

function assertEnded(ended) {
  assert.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`);
}

/** Requests for example.com must have reached it through the proxy and the gateway. */
async function assertWentThrough(ended) {
  assertEnded(ended);
  const { requests } = await sandbox.requests();
  const requestsToSite = requests.filter(({ host }) => host === 'example.com');
  assert.ok(requestsToSite.length > 0, `no request reached the site\n${ended.stdout}\n${ended.stderr}`);
  assert.deepEqual(requestsToSite.filter(({ way }) => way !== 'gateway'), []);
}

/** Runs an example that keeps running: it prints its URL, serves it, and stops on request. */
async function staysUp(t, block) {
  const port = await freePort();
  const started = await snippets.start(Scope.of(t), block, port);
  assert.equal(await started.firstLine(), `http://127.0.0.1:${port}`);
  await assertWentThrough(await snippets.run({ language: 'sh', text: `curl -sSf -o page -x http://127.0.0.1:${port} https://example.com/\n` }, port));
  assertEnded(await snippets.run({ language: 'sh', text: `aluvia-connect stop --port ${port}\n` }, port));
  assert.deepEqual(await started.end(), { code: 0, signal: null });
}

async function runs(t, block) {
  const needsModule = block.language === 'python' && !await pythonFor(block.text);
  if (needsModule) return compilesOnly(t, block);
  const proxy = await Proxy.startWith(Scope.of(t), ['--port', '0'], { env: snippets.env });
  await sandbox.clear();
  const ended = await snippets.run(block, proxy.port);
  const asks = block.language !== 'sh' || /\bcurl\b.* https?:\/\/example\.com/.test(block.text);
  return asks ? assertWentThrough(ended) : assertEnded(ended);
}

async function compilesOnly(t, block) {
  const [, path] = await snippets.write(block, 1);
  assertEnded(await run('python3', ['-m', 'py_compile', path]));
  const [, module] = /^(?:from|import) (\w+)/m.exec(block.text);
  if (module !== 'playwright') assert.fail(`no Python here has ${module}; scripts/setup tests installs it`);
  t.skip('compiled, not run: Debian has no package of Playwright for Python; with `pip install playwright` it is run');
}

for (const [name, wanted] of (await documents()).filter((path) => /^(README\.md|docs\/.*)$/.test(path))
  .map((path) => [path, ['README.md', 'docs/clients.md'].includes(path) ? everything : marked])) {
  const chosen = blocks(await readDocument(name)).filter((block) => LANGUAGES.includes(block.language) && wanted(block));
  if (chosen.length === 0) continue;
  describe(name, () => {
    for (const block of chosen) {
      it(title(block), (t) => (block.note.includes('until it is stopped') ? staysUp(t, block) : runs(t, block)));
    }
  });
}

it('docs/clients.md shows every client that the project supports', async () => {
  const shown = blocks(await readDocument('docs/clients.md')).map(({ language, text }) => `${language}: ${text}`).join('\n');
  for (const client of [/js: [^]*from 'playwright'/, /python: from playwright/, /from 'puppeteer'/, /python: from selenium/, /from 'axios'/, /from 'undici'/, /sh: curl .*-x/]) {
    assert.match(shown, client);
  }
});
