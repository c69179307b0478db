// Tests the completions by typing into real shells.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Scope } from '../e2e/harness/scope.mjs';
import { sentence } from '../e2e/harness/sentence.mjs';
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
  ['names of commands to be helped with', 'help browser\t', ['help', 'browser-args']],
  ['programs for exec', 'exec --log-level info dpkg-quer\t', ['exec', '--log-level', 'info', 'dpkg-query']],
  ['programs behind --', 'exec -- dpkg-quer\t', ['exec', '--', 'dpkg-query']],
  ['no option of aluvia-connect for the program that exec runs', 'exec true --log-le\t', ['exec', 'true', '--log-le']],
];

for (const shell of ['bash', 'zsh', 'fish']) {
  describe(`${shell} completes`, () => {
    for (const [what, line, expected] of CASES) {
      it(sentence(what), async (t) => {
        assert.deepEqual(words(await typed(Scope.of(t), shell, `aluvia-connect ${line}`)), expected);
      });
    }
  });
}
