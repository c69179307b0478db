// Papers agree with each other and with the program: links lead somewhere, and tables say what --help says.
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { anchors, links, paper, papers, ROOT, rows, section } from './harness/markdown.mjs';
import { run } from './harness/process.mjs';

const exists = (path) => access(ROOT + path).then(() => true, () => false);

/** What is wrong with a link of `from`, or nothing. Addresses of the web are not ours to follow. */
async function complaint(from, target) {
  if (/^(https?|mailto):/.test(target)) return undefined;
  const [path, anchor] = target.split('#');
  const file = path === '' ? from : normalize(join(dirname(from), decodeURIComponent(path)));
  if (!await exists(file)) return `${from}: ${target}: there is no ${file}`;
  if (anchor === undefined) return undefined;
  return anchors(await paper(file)).includes(anchor) ? undefined : `${from}: ${target}: ${file} has no such heading`;
}

describe('links between papers', () => {
  it('lead to files and headings that exist', async () => {
    const all = [];
    for (const name of await papers()) {
      for (const target of links(await paper(name))) all.push(complaint(name, target));
    }
    assert.ok(all.length > 20, `only ${all.length} links were found`);
    assert.deepEqual((await Promise.all(all)).filter(Boolean), []);
  });
});

const help = async () => (await run(aluviaConnect, ['run', '--help'])).stdout;

/** { '--port': { variables, default } } of a help text. */
function optionsOfHelp(text) {
  const entries = text.split(/\n(?=  -)/).slice(1).map((entry) => entry.split('\n\n')[0].replace(/\s+/g, ' ').trim());
  return Object.fromEntries(entries.filter((entry) => entry.startsWith('--')).map((entry) => {
    const variables = /\[((?:ALUVIA|ALV)_[A-Z_, ]+)\]$/.exec(entry)?.[1].split(', ') ?? [];
    const required = / required\b/.test(entry) ? 'required' : '';
    return [entry.split(' ')[0], { variables, default: /\(default: ([^)]*)\)/.exec(entry)?.[1] ?? required }];
  }));
}

/** The same of the README's tables, whose first three columns are flag, environment and default. */
function optionsOfReadme(text) {
  const plain = (cell) => cell.replaceAll('`', '');
  return Object.fromEntries(rows(section(text, 'Options')).map(([flag, environment, value]) => [
    plain(flag).split(' ')[0],
    { variables: plain(environment).split(', ').filter(Boolean), default: plain(value) },
  ]));
}

describe('README.md', () => {
  it('lists the options of run --help, with their variables and defaults, and no others', async () => {
    const { '--version': version, ...expected } = optionsOfHelp(await help());
    assert.ok(version && expected['--port'].variables.includes('ALUVIA_PORT'), 'the help is understood');
    const written = optionsOfReadme(await paper('README.md'));
    assert.deepEqual(Object.keys(written).sort(), Object.keys(expected).sort());
    assert.deepEqual(written, expected);
  });

  it('lists the exit statuses of run --help, and what exec adds', async () => {
    const expected = [...(await help()).split('Exit status:')[1].matchAll(/^ +(\d+) /gm)].map(([, code]) => code);
    assert.ok(expected.includes('77'));
    const written = rows(section(await paper('README.md'), 'Exit statuses')).map(([code]) => code);
    assert.deepEqual(written, [...expected, 'COMMAND\'s own']);
  });

  it('names no command that there is not, and docs/control.md names them all', async () => {
    const overview = (await run(aluviaConnect, ['--help'])).stdout.split('\nUsage:')[0];
    const commands = [...overview.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name);
    const named = [...(await paper('README.md')).matchAll(/\baluvia-connect ([a-z][a-z-]+)/g)].map(([, name]) => name);
    const unknown = named.filter((name) => !commands.includes(name) && !/^(and|is|does|on)$/.test(name));
    assert.deepEqual(unknown, []);
    const control = await paper('docs/control.md');
    const steering = commands.filter((name) => !['run', 'exec', 'sandbox'].includes(name));
    assert.deepEqual(steering.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b`).test(control)), []);
  });
});
