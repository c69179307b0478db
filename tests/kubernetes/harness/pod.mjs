// Runs the containers of a rendered Pod as processes of this machine. Command, args, env, user, privileges, volumes and probes are the
// manifest's; image, network namespace and root file system are this machine's. The tests do the work of the kubelet (order,
// restarts, end).
import { chmod, copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aluviaConnect } from '../../e2e/harness/aluvia_connect.mjs';
import { Process } from '../../e2e/harness/process.mjs';
import { freePort, temporaryFolder } from '../../e2e/harness/temp.mjs';
import { kind, podTemplate } from './manifests.mjs';

const PORT = '54321';
const isRoot = process.getuid() === 0;

export class Pod {
  #scope;
  #objects;
  #secrets;
  #version = 0;

  /**
   * The Pod of the workload of kind `of`. `secrets` are their values by name and key; `environment` is what every
   * container gets besides; `port` is where the proxy is, in place of the manifest's.
   */
  static async of(scope, objects, { of, secrets, environment, port }) {
    const pod = new Pod();
    Object.assign(pod, { spec: podTemplate(kind(objects, of)).spec, environment });
    pod.#scope = scope;
    pod.#objects = objects;
    pod.#secrets = secrets;
    pod.root = await temporaryFolder(scope);
    pod.port = String(port ?? await freePort());
    await chmod(pod.root, 0o755); // the containers' users are others
    for (const folder of ['bin', 'secret', 'run']) await mkdir(join(pod.root, folder));
    await chmod(join(pod.root, 'run'), 0o777); // as an emptyDir is
    await copyFile(aluviaConnect, join(pod.root, 'bin', 'aluvia-connect'));
    await pod.putSecret(secrets['aluvia-token']);
    return pod;
  }

  /** Puts the Secret's files behind a link that is swapped, which is how the kubelet updates them. */
  async putSecret(files) {
    const folder = join(this.root, 'secret');
    const version = `..version-${this.#version++}`;
    await mkdir(join(folder, version));
    for (const [name, value] of Object.entries(files)) await writeFile(join(folder, version, name), value);
    await symlink(version, join(folder, '..next'));
    await rename(join(folder, '..next'), join(folder, '..data'));
    if (this.#version > 1) return;
    for (const name of Object.keys(files)) await symlink(join('..data', name), join(folder, name));
  }

  container(name) {
    return [...(this.spec.initContainers ?? []), ...this.spec.containers].find((one) => one.name === name);
  }

  /** Starts the container's own command; it ends with the scope at the latest. */
  start(name, { cwd } = {}) {
    const { command = [join(this.root, 'bin', 'aluvia-connect')], args = [] } = this.container(name);
    return this.#run(name, [...command, ...args], cwd);
  }

  /** Runs a command in a container, as `kubectl exec` does; where it is a probe, within the probe's time. */
  async exec(name, command, seconds = 30) {
    const process = this.#run(name, command);
    const { code } = await process.end(seconds * 1000).catch(() => {
      process.signal('SIGKILL');
      return { code: 'late' };
    });
    return { code, said: process.stdout + process.stderr };
  }

  /** startupProbe, livenessProbe or readinessProbe of the sidecar, once. */
  probe(which) {
    const { exec, timeoutSeconds } = this.container('aluvia-connect')[which];
    return this.exec('aluvia-connect', exec.command, timeoutSeconds);
  }

  #run(name, command, cwd) {
    const { securityContext = {} } = this.container(name);
    const [program, ...args] = [...this.#privileges(securityContext), ...command.map((word) => this.#here(word))];
    const started = new Process(program, args, { env: this.#environment(name), cwd });
    this.#scope.defer(() => started.stop());
    return started;
  }

  // Only root can become another user; without root the rest of the test still holds.
  #privileges({ runAsUser, runAsGroup, allowPrivilegeEscalation, capabilities }) {
    if (!isRoot || runAsUser === undefined) return [];
    return ['setpriv', '--pdeathsig', 'KILL', '--reuid', String(runAsUser), '--regid', String(runAsGroup), '--clear-groups',
      ...(allowPrivilegeEscalation === false ? ['--no-new-privs'] : []),
      ...(capabilities?.drop?.includes('ALL') ? ['--bounding-set=-all', '--inh-caps=-all'] : [])];
  }

  #environment(name) {
    const { env = [], envFrom = [] } = this.container(name);
    const values = { PATH: `${join(this.root, 'bin')}:${process.env.PATH}`, ...this.environment };
    for (const { configMapRef } of envFrom) Object.assign(values, this.#configMap(configMapRef.name));
    for (const { name: key, value, valueFrom } of env) {
      values[key] = valueFrom ? this.#secrets[valueFrom.secretKeyRef.name][valueFrom.secretKeyRef.key]
        : value.replace(/\$\((\w+)\)/g, (text, other) => values[other] ?? text);
    }
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, this.#here(value)]));
  }

  #configMap(name) {
    const map = kind(this.#objects, 'ConfigMap');
    if (map.metadata.name !== name) throw new Error(`there is no ConfigMap ${name}`);
    return map.data;
  }

  // Paths, the port and the Service's name inside the cluster -> those of this machine.
  #here(text) {
    const mapped = text.replaceAll('/run/secrets/aluvia', join(this.root, 'secret')).replaceAll('/run/aluvia', join(this.root, 'run'))
      .replaceAll('/usr/bin/aluvia-connect', join(this.root, 'bin', 'aluvia-connect')).replaceAll('@aluvia-connect:', '@127.0.0.1:').replaceAll(PORT, this.port);
    return isRoot ? mapped : mapped.replaceAll('aluvia-connect-10001', `aluvia-connect-${process.getuid()}`);
  }
}
