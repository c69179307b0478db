#!/usr/bin/env node
// Measures the processor time that a viewer of /live costs a proxy with many open tunnels and a steady load: rounds without and with a
// viewer take turns. It reads the time from /proc, so that other programs on the machine hardly matter.
//
//   ALUVIA_CONNECT=PROGRAM tests/bench/viewer.mjs [TUNNELS] [REQUESTS_PER_SECOND] [ROUNDS] [SECONDS_OF_A_ROUND]
import http from 'node:http';
import net from 'node:net';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Proxy } from '../e2e/harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { serve } from '../e2e/harness/temp.mjs';

const [tunnels = 10_000, perSecond = 200, rounds = 8, seconds = 5] = process.argv.slice(2).map(Number);
const VIEWER_MS = 1000; // as the page asks
const scope = new Scope();

/** Milliseconds of processor time of all threads of a process. */
async function worked(pid) {
  let sum = 0;
  for (const thread of await readdir(`/proc/${pid}/task`))
    sum += Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ')[0]);
  return sum / 1e6;
}

function openTunnel(proxy, target) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(proxy.port, '127.0.0.1', () => socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
    socket.once('data', () => resolve(socket)).once('error', reject);
  });
}

async function openTunnels(proxy, port) {
  const sockets = [];
  scope.defer(() => { for (const socket of sockets) socket.destroy(); });
  for (let from = 0; from < tunnels; from += 50)
    sockets.push(...await Promise.all(Array.from({ length: Math.min(50, tunnels - from) }, (_, at) => openTunnel(proxy, `h${(from + at) % 300}.${DIRECT}:${port}`))));
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

/** Sends plain requests by both routes at a steady pace; returns their times in milliseconds. */
async function load(proxy, sandbox, until) {
  const times = [];
  const pending = [];
  const get = (host) => new Promise((resolve) => {
    const begun = performance.now();
    http.get({ agent, host: '127.0.0.1', port: proxy.port, path: sandbox.http(host, '/bytes/500'), headers: { host } }, (response) => {
      response.resume().on('end', () => { times.push(performance.now() - begun); resolve(); });
    }).on('error', resolve);
  });
  const begun = performance.now();
  for (let sent = 0; performance.now() < until; sent += 1) {
    pending.push(get(sent % 2 === 0 ? DIRECT : PROXIED));
    await pause(Math.max(0, begun + ((sent + 1) * 1000) / perSecond - performance.now()));
  }
  await Promise.all(pending);
  return times;
}

const kept = new http.Agent({ keepAlive: true, maxSockets: 1 });
let seq = 0;

/** Asks /live once; returns the size of the answer. */
const look = (proxy) => new Promise((resolve, reject) => {
  http.get({ agent: kept, host: '127.0.0.1', port: proxy.port, path: `/live?since=${seq}`, headers: { host: `127.0.0.1:${proxy.port}` } }, async (response) => {
    const text = Buffer.concat(await response.toArray());
    ({ seq } = JSON.parse(text));
    resolve(text.length);
  }).on('error', reject);
});

async function round(proxy, sandbox, isWatched) {
  const before = await worked(proxy.process.pid);
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const watching = (async () => { while (isWatched && performance.now() < until) { await look(proxy); await pause(VIEWER_MS); } })();
  const times = await load(proxy, sandbox, until);
  await watching;
  const passed = performance.now() - begun;
  times.sort((a, b) => a - b);
  return { core: (100 * (await worked(proxy.process.pid) - before)) / passed, perSecond: (1000 * times.length) / passed, median: times[times.length >> 1] };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** Processor time of one answer, in a quiet moment: an upper bound of the turns of the loop that it takes. */
async function answers(proxy) {
  const out = [];
  for (let i = 0; i < 20; ++i) {
    await pause(VIEWER_MS);
    const before = await worked(proxy.process.pid);
    const bytes = await look(proxy);
    await pause(50);
    out.push({ ms: await worked(proxy.process.pid) - before, bytes });
  }
  return out;
}

try {
  const sandbox = await Sandbox.start(scope);
  const proxy = await Proxy.start(scope, sandbox, ['--poll-interval', '3600000', '--max-connections', String(tunnels + 1000)]);
  const port = await serve(scope, net.createServer());
  await openTunnels(proxy, port);
  await load(proxy, sandbox, performance.now() + 2000);
  const one = await answers(proxy);
  console.log(`${tunnels} tunnels; one answer of /live: ${median(one.map(({ ms }) => ms)).toFixed(2)} ms of processor time, at most ${Math.max(...one.map(({ ms }) => ms)).toFixed(2)} ms; ${median(one.map(({ bytes }) => bytes))} bytes`);
  const results = { without: [], with: [] };
  for (let at = 0; at < rounds; at += 1) {
    for (const [name, isWatched] of [['without', false], ['with', true]]) {
      const result = await round(proxy, sandbox, isWatched);
      results[name].push(result);
      console.log(`${name.padEnd(8)} ${result.core.toFixed(2)} % of a core, ${result.perSecond.toFixed(0)} requests/s, median ${result.median.toFixed(2)} ms`);
    }
  }
  for (const name of ['without', 'with'])
    console.log(`median ${name.padEnd(8)} ${median(results[name].map(({ core }) => core)).toFixed(2)} % of a core, median time ${median(results[name].map((one) => one.median)).toFixed(2)} ms`);
} finally {
  agent.destroy();
  kept.destroy();
  await scope.close();
}
