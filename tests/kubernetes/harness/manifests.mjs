// Renders the manifests of packaging/kubernetes as `kubectl kustomize` renders them for a user.
import { cp, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { temporaryFolder } from '../../e2e/harness/temp.mjs';
import { kubectl, modern } from './kubectl.mjs';

const folder = fileURLToPath(new URL('../../../packaging/kubernetes/', import.meta.url));

export const EXAMPLES = ['deployment', 'job', 'job-ordinary', 'job-exec', 'node-proxy'];

export const text = (name) => readFile(join(folder, name), 'utf8');
export const read = async (name) => parse(await text(name));

const rendered = (place, tool) => parseAllDocuments(kubectl(tool, ['kustomize', place])).map((one) => one.toJS());

const examples = new Map();

/** The objects of one of the examples, the test's own to change. */
export function example(name) {
  if (!examples.has(name)) examples.set(name, rendered(join(folder, 'examples', name), modern));
  return structuredClone(examples.get(name));
}

/** The objects of a kustomization of the test's own. `files` are copied beside it, `objects` written, by name. */
export async function renderOwn(scope, kustomization, { files = [], objects = {}, tool = modern } = {}) {
  const place = await mkdtemp(join(await temporaryFolder(scope), 'own-'));
  for (const file of files) await cp(join(folder, file), join(place, basename(file)));
  for (const [name, object] of Object.entries(objects)) await writeFile(join(place, name), JSON.stringify(object));
  const components = await Promise.all((kustomization.components ?? []).map(
    async (name) => relative(await realpath(place), await realpath(join(folder, name)))));
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(components.length > 0 ? { ...kustomization, components } : kustomization));
  return rendered(place, tool);
}

export const kind = (objects, name) => objects.find((one) => one.kind === name);

/** The Pod template of an object, or undefined. */
export const podTemplate = ({ spec }) => (spec?.jobTemplate?.spec ?? spec)?.template;
export const workloads = (objects) => objects.filter(podTemplate);

/** The sidecar, among the containers or the init containers. */
export function sidecar(object) {
  const { initContainers = [], containers = [] } = podTemplate(object).spec;
  return [...initContainers, ...containers].find((one) => one.name === 'aluvia-connect');
}
