// Tests the completions by typing into real shells.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '../e2e/harness/process.mjs';
import { Proxy } from '../e2e/harness/proxy.mjs';
import { Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { sentence } from '../e2e/harness/sentence.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { typed } from './shells.mjs';

// zsh writes --option=value, where the others write two words.
const words = (shown) => shown.flatMap((word) => (/^--[a-z-]+=/.test(word) ? word.split(/=(.*)/s).slice(0, 2) : [word]));

const CASES = [
  ['commands', 'heal\t', ['healthcheck']],
  ['words of a command', 'rules remo\t', ['rules', 'remove']],
  ['options of a command', 'rules --loc\t', ['rules', '--local']],
  ['options of run, and one of several values', 'run --log-le\tde\t', ['run', '--log-level', 'debug']],
  ['options without a command, which is run', '--core-d\t', ['--core-dumps']],
  ['the words of a value that is otherwise free', 'run --drain ne\t', ['run', '--drain', 'never']],
  ['files', 'check --api-ca /etc/debian_ver\t', ['check', '--api-ca', '/etc/debian_version']],
  ['shells', 'env --shell power\t', ['env', '--shell', 'powershell']],
  ['shells of completion', 'completion fi\t', ['completion', 'fish']],
  ['names of commands to be helped with', 'help browser\t', ['help', 'browser-args']],
  ['programs for exec', 'exec --log-level info dpkg-quer\t', ['exec', '--log-level', 'info', 'dpkg-query']],
  ['programs behind --', 'exec -- dpkg-quer\t', ['exec', '--', 'dpkg-query']],
  ['no option of aluvia-connect for the program that exec runs', 'exec true --log-le\t', ['exec', 'true', '--log-le']],
];

/** A sandbox, a proxy on it in folders of their own, and the environment that leads to it. */
async function fixture(t) {
  const scope = Scope.of(t);
  const env = { XDG_RUNTIME_DIR: await temporaryFolder(scope), TMPDIR: await temporaryFolder(scope) };
  const sandbox = await Sandbox.start(scope);
  await sandbox.user({ rules: ['-first.test', '*.second.test', '$(touch evil).test'] });
  const proxy = await Proxy.start(scope, sandbox, ['--rule', 'local.test'], { env });
  return { scope, env, proxy };
}

const missing = async (shell) => (await run('sh', ['-c', `command -v ${shell}`])).code !== 0;

for (const shell of ['bash', 'zsh', 'fish']) {
  // A shell that is missing is reported as a skipped test; bash is always there.
  describe(`${shell} completes`, { skip: shell !== 'bash' && await missing(shell) && `${shell} is not installed` }, () => {
    it('Ports of running proxies', async (t) => {
      const { scope, env, proxy } = await fixture(t);
      const port = String(proxy.port);
      assert.deepEqual(words(await typed(scope, shell, `aluvia-connect status --port ${port.slice(0, 2)}\t`, env)), ['status', '--port', port]);
    });

    it('Rules of the account and of the proxy, as plain text', async (t) => {
      const { scope, env, proxy } = await fixture(t);
      const removes = async (line) => words(await typed(scope, shell, `aluvia-connect rules remove ${line}\t`, env)).slice(2);
      assert.deepEqual(await removes('-fi'), ['-first.test']);
      assert.deepEqual(await removes('\\*.se'), ['*.second.test']);
      assert.deepEqual(await removes(`--port ${proxy.port} --local lo`), [...words([`--port=${proxy.port}`]), '--local', 'local.test']);
      assert.deepEqual(await removes('nothing-like-it'), ['nothing-like-it']);
    });

    for (const [what, line, expected] of CASES) {
      it(sentence(what), async (t) => {
        assert.deepEqual(words(await typed(Scope.of(t), shell, `aluvia-connect ${line}`)), expected);
      });
    }
  });
}
