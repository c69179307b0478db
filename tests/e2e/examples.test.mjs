// Runs the examples of README.md and docs/ as they are written, with the variables that `aluvia-connect try` sets. In the documents of
// RUN_ALL it runs every block of sh, js and python except those whose comment says "not run here" and why; in other documents, those
// whose comment says "run by the tests". A block whose comment says "save as NAME" is also there under that name for other examples.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { blocks, readDocument, documents } from './harness/markdown.mjs';
import { Scope } from './harness/scope.mjs';
import { SnippetRunner } from './harness/snippets.mjs';
import { freePort } from './harness/temp.mjs';

const LANGUAGES = ['sh', 'js', 'python'];
const RUN_ALL = ['README.md', 'docs/quick-start.md', 'docs/clients.md', 'docs/rules.md', 'docs/control.md', 'docs/sandbox.md'];
let snippets; // of the document whose examples run: the rules that one adds are not there for the next

const isRun = (document, { language, note }) => LANGUAGES.includes(language)
  && (RUN_ALL.includes(document) ? !note.startsWith('not run here: ') : note.startsWith('run by the tests'));
const nameOf = ({ note }) => /\bsave as (\S+)/.exec(note)?.[1];
const title = ({ text, line }) => `line ${line}: ${text.trim().split('\n').find((one) => !one.startsWith('#'))}`;

function assertEnded(ended) {
  assert.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`);
}

/** Requests for example.com must have reached it through the proxy and the gateway. */
async function assertWentThrough(ended) {
  assertEnded(ended);
  const { requests } = await snippets.sandbox.requests();
  const requestsToSite = requests.filter(({ host }) => host === 'example.com');
  assert.ok(requestsToSite.length > 0, `no request reached the site\n${ended.stdout}\n${ended.stderr}`);
  assert.deepEqual(requestsToSite.filter(({ way }) => way !== 'gateway'), []);
}

/** Runs an example that keeps running: it prints its URL, serves it, and stops on request. */
async function staysUp(t, block) {
  const port = await freePort();
  const started = await snippets.start(Scope.of(t), block, port);
  assert.equal(await started.firstLine(), `http://127.0.0.1:${port}`);
  await snippets.sandbox.clear();
  await assertWentThrough(await snippets.run({ language: 'sh', text: `curl -sSf -o page -x http://127.0.0.1:${port} https://example.com/\n` }));
  assertEnded(await snippets.run({ language: 'sh', text: `aluvia-connect stop --port ${port}\n` }));
  assert.deepEqual(await started.end(), { code: 0, signal: null });
}

const asksSite = ({ language, text }) => language !== 'sh' || /\b(curl|node|python|firefox)\b.* (https?:\/\/example\.com|agent\.)/.test(text);

/** The routes that comments behind curl commands promise must be those that the emulated sites saw. */
function assertRoutes({ text }, { stdout }) {
  const routes = (source, pattern) => [...source.matchAll(pattern)].map(([, route]) => route);
  const promised = routes(text, /^curl .*# .*\b(through the gateway|direct)\b/gm);
  if (promised.length > 0) assert.deepEqual(routes(stdout, /^ {2}route +(through the gateway|direct)$/gm), promised);
}

async function runs(block) {
  await snippets.sandbox.clear();
  const ended = await snippets.run(block);
  assertRoutes(block, ended);
  return asksSite(block) ? assertWentThrough(ended) : assertEnded(ended);
}

for (const name of (await documents()).filter((path) => /^(README\.md|docs\/.*)$/.test(path))) {
  const chosen = blocks(await readDocument(name)).filter((block) => isRun(name, block));
  if (chosen.length === 0) continue;
  describe(name, () => {
    const scope = new Scope();
    beforeAll(async () => {
      snippets = await SnippetRunner.of(scope);
      for (const block of chosen.filter(nameOf)) await snippets.write(block, snippets.port, nameOf(block));
    });
    after(() => scope.close());
    for (const block of chosen) {
      it(title(block), (t) => (block.note.includes('until it is stopped') ? staysUp(t, block) : runs(block)));
    }
  });
}

it('docs/clients.md shows every client that the project supports', async () => {
  const shown = blocks(await readDocument('docs/clients.md')).map(({ language, text }) => `${language}: ${text}`).join('\n');
  for (const client of [/from 'playwright'/, /python: [^]*from playwright/, /from 'puppeteer'/, /python: [^]*from selenium/, /from 'axios'/, /from 'got'/,
    /from 'undici'/, /import requests/, /import httpx/, /import aiohttp/, /sh: [^]*firefox/, /sh: curl .*-x/, /socks5h:/]) {
    assert.match(shown, client);
  }
});
