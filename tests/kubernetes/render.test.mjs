// Tests packaging/kubernetes as a user renders it, and against the types of Kubernetes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { Scope } from '../e2e/harness/scope.mjs';
import { modern, onPath, skipWithoutKubectl, skipWithoutModern } from './harness/kubectl.mjs';
import { EXAMPLES, example, kind, podTemplate, read, renderOwn, sidecar, text, workloads } from './harness/manifests.mjs';
import { lostFields } from './harness/round_trip.mjs';
import { schemaErrors } from './harness/schema.mjs';

const NATIVE_SIDECARS_SINCE = 28;
const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];

/** A workload with an agent in it, and an init container that may want the proxy. */
function bare(name) {
  const one = (container) => ({ name: container, image: `${container}:1` });
  const template = { metadata: { labels: { app: 'agent' } }, spec: { initContainers: [one('prepare')], containers: [one('agent')] } };
  const spec = name === 'CronJob' ? { schedule: '0 * * * *', jobTemplate: { spec: { template } } } : { template };
  return { apiVersion: name.endsWith('Job') ? 'batch/v1' : 'apps/v1', kind: name, metadata: { name: 'other' }, spec };
}

/** Whatever the Pod names is there. */
function assertWhole({ initContainers = [], containers, volumes = [] }, objects, secretName) {
  const names = new Set(volumes.map((one) => one.name));
  for (const { volumeMounts = [], envFrom = [] } of [...initContainers, ...containers]) {
    for (const mount of volumeMounts) assert.ok(names.has(mount.name), mount.name);
    for (const from of envFrom) assert.equal(from.configMapRef.name, kind(objects, 'ConfigMap').metadata.name);
  }
  for (const { secret } of volumes) assert.equal(secret?.secretName ?? secretName, secretName);
}

console.log(`kubectl on PATH: ${onPath?.version ?? skipWithoutKubectl}; for components: ${modern?.version ?? skipWithoutModern}`);

describe('The component', { skip: skipWithoutModern }, () => {
  for (const name of KINDS) {
    it(`Adds the same sidecar to a ${name}, before other init containers, and changes nothing else`, async (t) => {
      const before = bare(name);
      const objects = await renderOwn(Scope.of(t), { resources: ['it.json'], components: ['component'] }, { objects: { 'it.json': before } });
      const after = kind(objects, name);
      const patch = podTemplate(await read('component/sidecar.yaml'));
      const { spec, metadata } = podTemplate(after);
      assert.deepEqual(spec.initContainers.map((one) => one.name), ['aluvia-connect', 'prepare']);
      assert.deepEqual(spec.initContainers[0], patch.spec.initContainers[0]);
      assert.deepEqual(spec.volumes, patch.spec.volumes);
      assert.deepEqual(spec.containers, podTemplate(before).spec.containers);
      assert.deepEqual(metadata.labels, { app: 'agent', 'aluvia-connect': 'sidecar' });
      assert.deepEqual([after.apiVersion, after.metadata.name], [before.apiVersion, 'other']);
    });
  }

  it('Takes image and variables as README.md shows', async (t) => {
    const snippets = (await text('README.md')).matchAll(/^( *)```yaml\n(.*?)^\1```/gms);
    const { images, patches, ...first } = Object.assign({}, ...[...snippets].map(([, , snippet]) => parse(snippet)));
    assert.match(first.components[0], /packaging\/kubernetes\/component$/);
    const objects = await renderOwn(Scope.of(t), { images, patches, resources: first.resources, components: ['component'] },
      { files: ['examples/deployment/deployment.yaml'] });
    const { image, env } = sidecar(kind(objects, 'Deployment'));
    const before = sidecar(await read('component/sidecar.yaml'));
    assert.equal(image, 'YOUR-REGISTRY/aluvia-connect:0.1.0');
    assert.deepEqual(new Set(env.map((one) => one.name)), new Set([...before.env.map((one) => one.name), 'ALUVIA_GATEWAY_PROTOCOL', 'ALUVIA_POLL_INTERVAL']));
    assert.deepEqual(podTemplate(kind(objects, 'Deployment')).spec.containers[0].envFrom, first.envFrom);
  });

  it('Satisfies the restricted profile of Pod security', async () => {
    const { securityContext } = sidecar(await read('component/sidecar.yaml'));
    assert.deepEqual(securityContext, {
      runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('Calls the program where the image has it, and runs it as the image\'s user', async () => {
    const image = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
    const container = sidecar(await read('component/sidecar.yaml'));
    const [, program] = /^ENTRYPOINT \["([^"]+)"\]$/m.exec(image);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) assert.equal(container[probe].exec.command[0], program, probe);
    assert.match(image, new RegExp(`^USER ${container.securityContext.runAsUser}:${container.securityContext.runAsGroup}$`, 'm'));
  });

  it('Differs from the ordinary container only in what an ordinary container cannot have', async () => {
    const { restartPolicy, args, ...native } = sidecar(await read('component/sidecar.yaml'));
    const { lifecycle, args: ordinaryArgs, ...ordinary } = sidecar(await read('ordinary-container/sidecar.yaml'));
    assert.deepEqual(ordinary, native);
    assert.equal(restartPolicy, 'Always');
    assert.deepEqual(lifecycle.postStart.exec.command.slice(1, 4), ['wait', '--port', '54321']);
    assert.deepEqual(ordinaryArgs, [...args, '--shutdown-grace', '25']);
  });

  it('Comes first as an ordinary container, because its postStart delays the following ones', () => {
    assert.equal(podTemplate(kind(example('job-ordinary'), 'Job')).spec.containers[0].name, 'aluvia-connect');
  });
});

describe('Every object of the examples', { skip: skipWithoutModern }, () => {
  for (const name of EXAMPLES) {
    it(`${name} has the types of Kubernetes 1.30, and no unknown field`, () => {
      for (const object of example(name)) assert.deepEqual(schemaErrors(object), [], `${object.kind} ${object.metadata.name}`);
    });
  }

  it('Is really checked: a misspelt, a missing and a mistyped field are errors', async () => {
    const job = kind(example('job'), 'Job');
    const spoilt = (change) => {
      const copy = structuredClone(job);
      change(sidecar(copy));
      return schemaErrors(copy).join('\n');
    };
    assert.match(spoilt((one) => { one.livenesProbe = one.livenessProbe; }), /livenesProbe/);
    assert.match(spoilt((one) => { delete one.name; }), /'name' is missing/);
    assert.match(spoilt((one) => { one.startupProbe.periodSeconds = '1'; }), /string.*number/);
    assert.deepEqual(schemaErrors(await read('secret.example.yaml')), []);
  });

  it('Names a Secret, a ConfigMap and volumes that other objects define', async () => {
    const secret = await read('secret.example.yaml');
    for (const name of EXAMPLES) {
      const objects = example(name);
      for (const spec of workloads(objects).map((one) => podTemplate(one).spec)) assertWhole(spec, objects, secret.metadata.name);
    }
  });
});

describe('The NetworkPolicy', { skip: skipWithoutModern }, () => {
  it('Selects the Pods that the component labels, permits no ingress, and the egress that the proxy needs', () => {
    const objects = example('deployment');
    const { spec } = kind(objects, 'NetworkPolicy');
    const { labels } = podTemplate(kind(objects, 'Deployment')).metadata;
    for (const [name, value] of Object.entries(spec.podSelector.matchLabels)) assert.equal(labels[name], value);
    assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress']);
    assert.deepEqual(spec.ingress, []);
    const ports = spec.egress.flatMap((rule) => rule.ports.map((one) => `${one.protocol} ${one.port}`));
    assert.deepEqual(ports, ['UDP 53', 'TCP 53', 'TCP 80', 'TCP 443', 'TCP 8080', 'TCP 8443']);
  });
});

describe('kubectl on PATH', { skip: skipWithoutKubectl }, () => {
  it('Renders the same from the same patch without a component, which old versions do not support', async (t) => {
    const objects = await renderOwn(Scope.of(t), {
      resources: ['deployment.yaml', 'configmap.yaml', 'network-policy.yaml'], patchesStrategicMerge: ['sidecar.yaml'],
    }, {
      files: ['examples/deployment/deployment.yaml', 'proxy-variables/configmap.yaml', 'network-policy/network-policy.yaml', 'component/sidecar.yaml'],
      tool: onPath,
    });
    assert.deepEqual(objects.map((one) => one.kind).sort(), ['ConfigMap', 'Deployment', 'NetworkPolicy']);
    assert.deepEqual(sidecar(kind(objects, 'Deployment')), sidecar(await read('component/sidecar.yaml')));
    if (skipWithoutModern) return t.skip(`not compared with the component: ${skipWithoutModern}`);
    for (const object of example('deployment')) assert.deepEqual(kind(objects, object.kind), object);
  });

  it('Knows every field of the workloads except native sidecars, if it is older', { skip: skipWithoutModern }, () => {
    const native = onPath.minor >= NATIVE_SIDECARS_SINCE ? [] : ['.spec.template.spec.initContainers.0.restartPolicy'];
    const expected = { deployment: native.map((path) => `Deployment${path}`), job: native.map((path) => `Job${path}`) };
    for (const name of EXAMPLES) assert.deepEqual(workloads(example(name)).flatMap((one) => lostFields(onPath, one)), expected[name] ?? [], name);
  });

  it('Rejects what it cannot parse, and drops unknown fields', { skip: skipWithoutModern }, () => {
    const job = kind(example('job-exec'), 'Job');
    job.spec.backoffLimits = 3;
    assert.deepEqual(lostFields(onPath, job), ['Job.spec.backoffLimits']);
    job.spec.backoffLimit = 'two';
    assert.throws(() => lostFields(onPath, job), /backoffLimit|int32/);
  });
});

describe('The newest kubectl', { skip: skipWithoutModern }, () => {
  it('Knows every field of every workload', () => {
    for (const name of EXAMPLES) assert.deepEqual(workloads(example(name)).flatMap((one) => lostFields(modern, one)), [], name);
  });
});

describe('The limit of connections', () => {
  // docs/fleet.md, "Memory limits": MiB of the program and of unfinished heads, bytes of a connection that is in use, and
  // of one whose receiver has stopped reading, which a quarter may be.
  const carries = (limit) => (Number(/^(\d+)Mi?$/.exec(limit)[1]) - 16 - 32) * 2 ** 20 / (14_000 + 256 * 1024 / 4);

  const manifests = ['component/sidecar.yaml', 'component/sidecar-cronjob.yaml', 'ordinary-container/sidecar.yaml', 'node-proxy/daemonset.yaml'];
  for (const manifest of manifests) {
    it(`Of ${manifest} fits its memory limit`, async () => {
      const { args, resources } = sidecar(await read(manifest));
      assertCarried(args, resources.limits.memory);
    });
  }

  for (const manifest of ['compose.yaml', 'compose.network.yaml']) {
    it(`Of ${manifest} fits its memory limit`, async () => {
      const { command, deploy } = parse(await readFile(new URL(`../../packaging/compose/${manifest}`, import.meta.url), 'utf8')).services['aluvia-connect'];
      assertCarried(command, deploy.resources.limits.memory);
    });
  }

  function assertCarried(args, limit) {
    const connections = Number(args[args.indexOf('--max-connections') + 1]);
    assert.ok(connections >= 500 && connections <= carries(limit), `${connections} connections, ${limit}`);
  }
});
