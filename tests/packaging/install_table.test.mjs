// Checks that a test executes each command in the table of docs/install.md, and that the table has no other.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readDocument, rows } from '../e2e/harness/markdown.mjs';

// The test of each way, and the words of it that execute the command. Some tests take the command from the table; in others the way has
// to be tested with more than the table says, such as a sandbox in place of Aluvia.
const TESTS = {
  'Debian package': ['tests/packaging/debian_test', 'documented_command "Debian package"'],
  'apt repository': ['tests/packaging/apt_test', 'documented_command "apt repository"'],
  'portable archive': ['tests/packaging/install_test', 'documented_command "portable archive"'],
  npm: ['tests/packaging/install_test', 'documented_command npm'],
  pip: ['tests/packaging/install_test', 'documented_command pip'],
  container: ['tests/container/image.test.mjs', 'documentedCommand'],
  Compose: ['tests/container/compose.mjs', "'up', '--detach'"],
  Kubernetes: ['tests/kubernetes/harness/manifests.mjs', "'kustomize'"],
  source: ['tests/packaging/install_test', 'documented_command source'],
  'C++ library': ['tests/packaging/library_test', 'documented_command "C++ library"'],
};

it('Each way to install has a test that executes its command', async () => {
  const table = rows(await readDocument('docs/install.md')).filter((cells) => cells.length === 4);
  assert.deepEqual(table.map(([way]) => way), [...new Set(table.map(([way]) => way))], 'each way once');
  assert.deepEqual(table.map(([way]) => way).sort(), Object.keys(TESTS).sort());
  for (const [way, command, systems, contents] of table) {
    assert.match(command, /^`[^`]+`$/, way);
    assert.ok(systems && contents, way);
    const [path, words] = TESTS[way];
    assert.ok((await readDocument(path)).includes(words), `${way}: ${path} has no ${words}`);
  }
});

it('The files in the commands have the version of the program', async () => {
  const [, version] = /VERSION (\d+\.\d+\.\d+)/.exec(await readDocument('CMakeLists.txt'));
  const versions = [...(await readDocument('docs/install.md')).matchAll(/[-_:](\d+\.\d+\.\d+)\b/g)].map(([, one]) => one);
  assert.ok(versions.length > 5);
  assert.deepEqual(versions.filter((one) => one !== version), []);
});
