// Connects two network namespaces by one link: the near one holds the proxy, the far one everything else. The link can be unplugged,
// and it can drop all packets. The caller has to run in a namespace of its own (insideNamespace).
import { spawnSync } from 'node:child_process';
import { Process, run } from './process.mjs';

export const HERE = '10.77.0.1';
export const THERE = '10.77.0.2';
const UNKNOWN = '02:00:00:00:00:99'; // a hardware address that no interface has

// In a user namespace, if the system permits one, no privileges are needed; root can do without.
const WAYS = [['--user', '--map-root-user', '--net'], ['--net']];

/** The command that runs another in a network namespace of its own, or null if the system permits none. */
export function insideNamespace() {
  const works = (way) => spawnSync('unshare', [...way, 'ip', 'link', 'add', 'probe', 'type', 'veth'], { stdio: 'ignore' }).status === 0;
  const way = WAYS.find(works);
  return way ? ['unshare', ...way] : null;
}

export class Wire {
  /** Both ends up; the far network ends with the scope. */
  static async lay(scope) {
    const wire = new Wire();
    const keeper = new Process('unshare', ['--net', 'sh', '-c', 'echo here && exec sleep infinity']);
    scope.defer(() => keeper.stop());
    await keeper.firstLine();
    /** Prefix of a command that runs in the far network. */
    wire.far = ['nsenter', '--target', String(keeper.pid), '--net'];
    await ip(['link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there', 'netns', String(keeper.pid)]);
    for (const [prefix, name, address] of wire.#ends()) {
      await ip(['link', 'set', 'lo', 'up'], prefix);
      await ip(['address', 'add', `${address}/24`, 'dev', name], prefix);
      await ip(['link', 'set', name, 'up'], prefix);
    }
    return wire;
  }

  #ends() { return [[[], 'here', HERE, THERE], [this.far, 'there', THERE, HERE]]; }

  /** The interface goes down: the kernel reports that there is no route. */
  unplug() { return ip(['link', 'set', 'here', 'down']); }
  plugIn() { return ip(['link', 'set', 'here', 'up']); }

  /** No packet arrives, and no error is reported. */
  async loseAll() {
    for (const [prefix, name, , other] of this.#ends()) {
      await ip(['neighbour', 'replace', other, 'lladdr', UNKNOWN, 'dev', name, 'nud', 'permanent'], prefix);
    }
  }

  async loseNothing() {
    for (const [prefix, name, , other] of this.#ends()) await ip(['neighbour', 'delete', other, 'dev', name], prefix);
  }
}

async function ip(args, prefix = []) {
  const [command, ...rest] = [...prefix, 'ip', ...args];
  const { code, stderr } = await run(command, rest);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
