// Checks objects with TypeScript against the types of Kubernetes 1.30, which are generated from its OpenAPI document: a missing, an
// unknown or a mistyped field is an error.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));

function moduleOf(apiVersion) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `kubernetes-types/${group.replace(/\..*/, '')}/${version}`;
}

const asProgram = ({ apiVersion, kind, ...rest }) =>
  `import type { ${kind} } from '${moduleOf(apiVersion)}';\nexport const it: ${kind} = ${JSON.stringify({ apiVersion, kind, ...rest })};\n`;

// The types of the language and of Kubernetes are the same for every object.
const parsed = new Map();

/** The errors of an object, one line each. */
export function schemaErrors(object) {
  const file = join(here, 'object-under-test.ts');
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], moduleResolution: ts.ModuleResolutionKind.Node10 };
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? asProgram(object) : readFile(name));
  host.getSourceFile = (name, version) => {
    if (name === file) return ts.createSourceFile(name, asProgram(object), version);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, version));
    return parsed.get(name);
  };
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'));
}
