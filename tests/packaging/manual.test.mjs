// Tests that the manual page is complete and causes no warning.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { run } from '../e2e/harness/process.mjs';
import { commands, flags, help, manPath } from './man.mjs';

const page = manPath('aluvia-connect.1');

describe('The manual page', () => {
  let text;
  before(async () => {
    const shown = await run('mandoc', ['-T', 'utf8', '-O', 'width=200', page]);
    text = shown.stdout.replace(/.\x08/g, '');
  });

  it('Causes no warning of mandoc or groff', async () => {
    const lint = await run('mandoc', ['-T', 'lint', page]);
    assert.equal(lint.stdout, '', 'mandoc');
    const groff = await run('man', ['--warnings', '-E', 'UTF-8', '-Tutf8', '-Z', '-l', page]);
    assert.equal(groff.stderr, '', 'groff');
    assert.equal(groff.code, 0);
  });

  it('Describes every command and every option of each', async () => {
    const names = await commands();
    assert.ok(names.includes('exec') && names.includes('browser-args'), 'the overview is understood');
    for (const name of names) {
      assert.match(text, new RegExp(`^ +aluvia-connect ${name}\\b`, 'm'), name);
      if (['check', 'completion', 'exec', 'help', 'version', 'try'].includes(name)) continue;  // without a list of options of their own
      const options = flags(await help(name));
      assert.ok(options.includes('--version'), `the help of ${name} is understood`);
      for (const flag of options) assert.match(text, new RegExp(`${flag}(?![a-z-])`), `${name} ${flag}`);
    }
  });

  it('Describes every variable and exit status of the help', async () => {
    const about = await help('run');
    for (const [variable] of about.matchAll(/\b(ALUVIA|ALV)_[A-Z_]+/g)) {
      assert.match(text.split('\nENVIRONMENT')[1], new RegExp(`^ +${variable}\\b`, 'm'));
    }
    const statuses = [...about.split('Exit status:')[1].matchAll(/^ {2}(\d+)/gm)].map(([, status]) => status);
    assert.ok(statuses.length >= 8);
    for (const status of statuses) assert.match(text.split('\nEXIT STATUS')[1], new RegExp(`^ +${status} `, 'm'));
  });

  it('Warns that google.* matches names of any owner', () => {
    assert.match(text, /google\.evil\.test/);
  });
});
