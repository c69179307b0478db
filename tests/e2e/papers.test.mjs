// Checks the documents against each other, the sources and the program: links and paths lead to files, names of types occur in
// the sources, and tables agree with --help.
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { aluviaConnect } from './harness/aluvia_connect.mjs';
import { anchors, codeSpans, links, readDocument, documents, projectFiles, ROOT, rows, section } from './harness/markdown.mjs';
import { run } from './harness/process.mjs';

const exists = (path) => access(ROOT + path).then(() => true, () => false);

/** Why a link of `from` is broken, or undefined. Does not follow addresses of the web. */
async function linkError(from, target) {
  if (/^(https?|mailto):/.test(target)) return undefined;
  const [path, anchor] = target.split('#');
  const file = path === '' ? from : normalize(join(dirname(from), decodeURIComponent(path)));
  if (!await exists(file)) return `${from}: ${target}: no such file: ${file}`;
  if (anchor === undefined) return undefined;
  return anchors(await readDocument(file)).includes(anchor) ? undefined : `${from}: ${target}: ${file} has no such heading`;
}

describe('Links between documents', () => {
  it('Lead to files and headings that exist', async () => {
    const all = [];
    for (const name of await documents()) {
      for (const target of links(await readDocument(name))) all.push(linkError(name, target));
    }
    assert.ok(all.length > 20, `found only ${all.length} links`);
    assert.deepEqual((await Promise.all(all)).filter(Boolean), []);
  });
});

/** A pattern for the files that a path in inline code means: a file, a file without its ending, a directory, or a glob. */
function filesNamed(path) {
  const escaped = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^(lib/)?${escaped}(${path.endsWith('/') ? '.*' : '|[.][a-z]+|/.*'})$`);
}

describe('Paths and types in the documents for developers', () => {
  const MAPS = ['CONTRIBUTING.md', 'lib/README.md'];
  const OTHERS = ['README.md', 'SECURITY.md', 'docs/fleet.md', 'docs/install.md', 'docs/performance.md', 'docs/proof.md'];

  it('Every path names a file or directory of the project', async () => {
    const files = await projectFiles();
    const missing = [];
    for (const name of [...MAPS, ...OTHERS]) {
      const paths = codeSpans(await readDocument(name)).map((code) => code.split(' ')[0])
        .filter((path) => /^[.\w*-]+(\/[.\w*-]*)+$/.test(path) && !path.startsWith('build/'));
      assert.ok(OTHERS.includes(name) || paths.length > 20, `${name}: found only ${paths.length} paths`);
      missing.push(...paths.filter((path) => !files.some((file) => filesNamed(path).test(file))).map((path) => `${name}: ${path}`));
    }
    assert.deepEqual(missing, []);
  });

  it('Every C++ name occurs in the sources', async () => {
    const sources = await projectFiles('app/*.[ch]pp', 'lib/*.[ch]pp');
    const text = (await Promise.all(sources.map(readDocument))).join('\n');
    const missing = [];
    for (const name of MAPS) {
      const identifiers = codeSpans(await readDocument(name)).filter((code) => /^[A-Za-z_:<>, ]+(\(\))?$/.test(code) && /[a-z][A-Z]|::/.test(code))
        .flatMap((code) => code.match(/[A-Za-z_]+/g));
      assert.ok(name === 'CONTRIBUTING.md' || identifiers.length > 20, `${name}: found only ${identifiers.length} names`);
      missing.push(...identifiers.filter((one) => !new RegExp(`\\b${one}\\b`).test(text)).map((one) => `${name}: ${one}`));
    }
    assert.deepEqual(missing, []);
  });
});

const help = async () => (await run(aluviaConnect, ['run', '--help'])).stdout;

/** The options of a help text: { '--port': { variables, default } }. */
function optionsOfHelp(text) {
  const entries = text.split(/\n(?=  -)/).slice(1).map((entry) => entry.split('\n\n')[0].replace(/\s+/g, ' ').trim());
  return Object.fromEntries(entries.filter((entry) => entry.startsWith('--')).map((entry) => {
    const variables = /\[((?:ALUVIA|ALV)_[A-Z_, ]+)\]$/.exec(entry)?.[1].split(', ') ?? [];
    const value = /[(; ]default: ([^)]*)\)\./.exec(entry)?.[1] ?? /\((required)\)\./.exec(entry)?.[1];
    return [entry.split(' ')[0], { variables, default: value }];
  }));
}

const plain = (cell) => cell.replaceAll('`', '');

describe('Options', () => {
  it('In docs/options.md: every option of run --help, and no others', async () => {
    const expected = optionsOfHelp(await help());
    assert.ok(expected['--port'].variables.includes('ALUVIA_PORT'), 'the help text is parsed');
    const written = rows(await readDocument('docs/options.md')).map(([flag, environment, , value]) => [plain(flag).split(' ')[0], plain(environment), value]);
    assert.deepEqual(written.map(([flag]) => flag).sort(), Object.keys(expected).sort());
    for (const [flag, environment, value] of written) {
      assert.deepEqual({ variables: environment.split(', ').filter(Boolean), default: value }, expected[flag], flag);
    }
  });
});

/** The events of the sources: { name: fields that are given on the spot }. */
async function eventsOfSources() {
  const text = (await Promise.all((await projectFiles('app/*.cpp', 'lib/*.cpp')).map(readDocument))).join('\n');
  const out = {};
  const calls = /\b(?:info|warn|error|debug|fatal|write)\(\s*(?:LogLevel::\w+,\s*)?\{?"([a-z_]+)"(?:,\s*\{(\{[^;]*?\})\}\})?/g;
  for (const [, name, fields = ''] of text.matchAll(calls)) {
    out[name] = [...(out[name] ?? []), ...[...fields.matchAll(/\{"([a-z_]+)",/g)].map(([, field]) => field)];
  }
  return out;
}

describe('Events', () => {
  it('In docs/logging.md: every event of the sources with its fields, and no others', async () => {
    const expected = await eventsOfSources();
    assert.ok(expected.started.includes('port'), 'the sources are parsed');
    const written = rows(section(await readDocument('docs/logging.md'), 'Events'));
    assert.deepEqual(written.map(([name]) => plain(name)).sort(), Object.keys(expected).sort());
    const described = Object.fromEntries(written.map(([name, , fields]) => [plain(name), codeSpans(fields)]));
    const missing = Object.entries(expected).flatMap(([name, fields]) => fields.filter((field) => !described[name].includes(field)).map((field) => `${name}: ${field}`));
    assert.deepEqual(missing, []);
  });
});

describe('Help', () => {
  it('Of every command fits 80 columns', async () => {
    const overview = (await run(aluviaConnect, ['--help'])).stdout;
    const commands = [...overview.split('\nExamples:')[0].matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name).filter((name) => name !== 'version');
    assert.ok(commands.length > 10, `found only ${commands}`);
    const texts = await Promise.all(commands.map(async (name) => (await run(aluviaConnect, [name, '--help'])).stdout));
    const tooLong = [overview, ...texts].flatMap((text) => text.split('\n')).filter((line) => [...line].length > 80);
    assert.deepEqual(tooLong, []);
    for (const text of texts) assert.match(text, /Examples:\n(?: {2}aluvia-connect .*\n){2}/);
  });
});

describe('docs/metrics.md', () => {
  it('Lists every metric of /metrics with its type and labels, and no others', async () => {
    const { stdout, stderr } = await run(aluviaConnect, ['try', '--port', '0', '--budget', '1GB/day', '--metrics-hosts', '5', '--', 'sh', '-c',
      'curl -sS -o /dev/null https://example.com/ && curl -sS --noproxy "*" "$ALUVIA_PROXY_SERVER/metrics"']);
    const served = [...stdout.matchAll(/^# TYPE (\S+) (\S+)\n\1(?:_bucket)?(\{.*\})? /gm)].map(([, name, type, labels]) => {
      const names = [...(labels ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le');
      return `${name}${names.length > 0 ? `{${names}}` : ''} ${type}`;
    });
    assert.equal(served.length, stdout.match(/^# TYPE /gm)?.length, stderr);
    assert.ok(served.length > 35, stderr);
    const listed = rows(await readDocument('docs/metrics.md')).map(([name, type]) => `${plain(name)} ${type}`);
    assert.deepEqual(listed.sort(), served.sort());
  });
});

describe('The ConfigMap of the Kubernetes component', () => {
  it('Has the variables that exec sets, except user and password, and the same browser arguments', async () => {
    const manifest = await readDocument('packaging/kubernetes/proxy-variables/configmap.yaml');
    const [, data] = manifest.split('\ndata:\n');
    const { stdout, stderr } = await run(aluviaConnect, ['try', '--port', '0', '--', aluviaConnect, 'exec', '--', aluviaConnect, 'env', '--json']);
    assert.match(stdout, /^\{/, stderr);
    const expected = JSON.parse(stdout);
    const names = Object.keys(expected).filter((name) => !['ALUVIA_PROXY_USERNAME', 'ALUVIA_PROXY_PASSWORD'].includes(name));
    assert.deepEqual([...data.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name).sort(), names.sort());
    const [, folded] = /ALUVIA_BROWSER_ARGS: >-\n((?: {4}.*\n)+)/.exec(data);
    const args = folded.trim().split(/\s+/).join(' ');
    assert.equal(expected.ALUVIA_BROWSER_ARGS.slice(0, args.length + 1), `${args} `, 'then the trust of try');
  });
});

describe('docs/README.md', () => {
  it('Leads to every document in docs/', async () => {
    const targets = links(await readDocument('docs/README.md'));
    const missing = (await projectFiles('docs/*.md')).map((path) => path.slice('docs/'.length)).filter((name) => name !== 'README.md' && !targets.includes(name));
    assert.deepEqual(missing, []);
  });
});

describe('README.md', () => {
  it('Has at most 150 lines', async () => {
    assert.ok((await readDocument('README.md')).split('\n').length <= 151);
  });

  it('Names only commands that exist, and docs/control.md names all of them', async () => {
    const overview = (await run(aluviaConnect, ['--help'])).stdout.split('\nExamples:')[0];
    const commands = [...overview.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name);
    const named = [...(await readDocument('README.md')).matchAll(/\baluvia-connect ([a-z][a-z-]+)/g)].map(([, name]) => name);
    assert.ok(commands.length > 10 && named.length > 3, 'the lists are parsed');
    const unknown = named.filter((name) => !commands.includes(name) && !/^(and|is|does|on)$/.test(name));
    assert.deepEqual(unknown, []);
    const control = await readDocument('docs/control.md');
    const controlCommands = commands.filter((name) => !['run', 'try', 'exec', 'sandbox', 'completion', 'help', 'version'].includes(name));
    assert.deepEqual(controlCommands.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b`).test(control)), []);
  });
});
