// Reads the resources of the proxy's process from the kernel and the proxy's own figures.
import { readFile, readdir } from 'node:fs/promises';

export async function vitals(proxy) {
  const status = await readFile(`/proc/${proxy.process.pid}/status`, 'utf8');
  const descriptors = await readdir(`/proc/${proxy.process.pid}/fd`);
  const answer = await fetch(new URL('/status', proxy.url), { headers: { connection: 'close' } });
  const { traffic } = await answer.json();
  return {
    resident: Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) / 1024), // MiB
    descriptors: descriptors.length,
    tunnels: traffic.open_tunnels,
    connections: traffic.open_connections - 1, // not the one that asked
    accepted: traffic.connections,
  };
}

export const show = (name, { resident, descriptors, tunnels, connections, accepted }) =>
  `${name}: ${resident} MiB, ${descriptors} descriptors, ${tunnels} tunnels, ${connections} connections open, ${accepted} accepted`;
