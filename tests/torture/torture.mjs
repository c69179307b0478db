// Runs the real daemon between clients and servers that reset, stall, close, send one byte at a time and send false responses, at
// every step of every exchange, while rules, credentials and the API change. It compares every byte that arrives with what was sent;
// at the end the daemon must have released everything.
//
//   ALUVIA_CONNECT=path/to/aluvia-connect node torture.mjs [SECONDS | COUNTx] [SEED [NUMBER]]   (scripts/torture builds and runs it)
//
// It runs for SECONDS, or for COUNT exchanges: `5000x`. With a NUMBER it repeats that one exchange, with a configuration that does not
// change.
//
// It ends with 1 after an event that must never happen, and prints the event and the seed.
import { setTimeout as pause } from 'node:timers/promises';
import { makeAuthority, makeCertificate } from '../e2e/harness/certificates.mjs';
import { Proxy } from '../e2e/harness/proxy.mjs';
import { Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { serve, temporaryFolder } from '../e2e/harness/temp.mjs';
import { until } from '../e2e/harness/until.mjs';
import { Client } from './client.mjs';
import { Random } from './random.mjs';
import { Server } from './servers.mjs';
import { show, vitals } from './vitals.mjs';

const CLIENTS = 24; // of each proxy
const REPORTS = 20; // further ones add nothing
const SPARE = 20; // descriptors of pipes kept for the next bulk, of warm gateway connections, of a request to the API
const NAMES = ['proxy (gateway over HTTP)', 'proxy (gateway over TLS)'];

const amount = process.argv[2] ?? '60';
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const only = process.argv[4] === undefined ? undefined : Number(process.argv[4]);
const size = /^([1-9]\d*)(x?)$/.exec(amount);
if (!size || !Number.isInteger(seed)) {
  console.error('usage: torture.mjs [SECONDS | COUNTx] [SEED [NUMBER]]: whole numbers, 1 or more seconds or exchanges');
  process.exit(64);
}
const [count, seconds] = size[2] ? [Number(size[1]), Infinity] : [Infinity, Number(size[1])];

const reports = [];
function report(text) {
  reports.push(text);
  if (reports.length <= REPORTS) console.log(`FAULT ${text}`);
}

const tally = { client: {}, gateway: {}, origin: {}, environment: {} };
const outcomes = {};
let exchanges = 0;

async function start(scope) {
  const sandbox = await Sandbox.start(scope);
  const secrets = ['torture-user', 'torture-password'];
  await sandbox.user({ proxy_username: secrets[0], proxy_password: `${secrets[1]}-0` });
  const folder = await temporaryFolder(scope);
  const authority = await makeAuthority(folder);
  const certificate = await makeCertificate(folder, authority, ['localhost']);
  const origin = new Server({ seed, party: 'origin', report, tally: tally.origin, secrets });
  const gateway = new Server({ seed, party: 'gateway', report, tally: tally.gateway });
  const tlsGateway = new Server({ seed, party: 'gateway', report, tally: tally.gateway, certificate });
  const [originPort, port, tlsPort] = await Promise.all([origin, gateway, tlsGateway].map(({ listener }) => serve(scope, listener)));
  // The half-closed ones of clients and servers that wait for each other would hold up the end.
  const shared = ['--half-closed-timeout', '10', '--poll-interval', '1000', '--api-base-url', sandbox.api, '--dns-server', sandbox.dns_server, '--allow-loopback-names', '--token', sandbox.token];
  const proxies = await Promise.all([
    Proxy.startWith(scope, [...shared, '--gateway-host', '127.0.0.1', '--gateway-port', String(port)]),
    Proxy.startWith(scope, [...shared, '--gateway-protocol', 'https', '--gateway-host', 'localhost', '--gateway-port', String(tlsPort),
      '--gateway-ca', authority.certificate]),
  ]);
  return { sandbox, servers: [origin, gateway, tlsGateway], originPort, proxies };
}

/** Lets the clients run until `time` milliseconds are over, or the exchange before number `to` has begun. */
async function runExchanges({ proxies, originPort }, from, time, to) {
  let number = from;
  let started = 0;
  const end = Date.now() + time;
  const next = () => {
    if (Date.now() >= end || from + started >= to || reports.length >= REPORTS) return undefined;
    started += 1;
    return only ?? number++;
  };
  const clients = proxies.flatMap(({ port }) => Array.from({ length: only === undefined ? CLIENTS : 1 },
    () => new Client({ seed, next, proxyPort: port, originPort, report, tally: tally.client, outcomes })));
  await Promise.all(clients.map((client) => client.run()));
  exchanges += started;
  return number;
}

// Other changes during the traffic.
async function shake({ sandbox, proxies }, random, stopped) {
  for (let turn = 1; !stopped(); ++turn) {
    const deed = random.pick(['rules', 'password', 'geo', 'api', 'hangup', 'look']);
    tally.environment[deed] = (tally.environment[deed] ?? 0) + 1;
    switch (deed) {
      case 'rules': await sandbox.user({ rules: random.chance(0.5) ? ['*.proxied.example'] : ['*.proxied.example', '-h5.proxied.example', `*.x${turn}.example`] }); break;
      case 'password': await sandbox.user({ proxy_password: `torture-password-${turn}` }); break;
      case 'geo': await sandbox.user({ target_geo: random.pick([null, 'us', 'us_ca']) }); break;
      case 'api': await sandbox.faults({ api: { kind: random.pick(['reset', 'hang', 'close']), times: 2 } }); break;
      case 'hangup': for (const { process } of proxies) process.signal('SIGHUP'); break;
      default: for (const { url } of proxies) await (await fetch(new URL(random.pick(['/metrics', '/tunnels', '/']), url))).text();
    }
    await pause(random.int(50, 600));
  }
  await sandbox.faults();
}

/** Waits until the proxies hold what they held at first: no connection, and few descriptors beyond those of the start. */
async function atRest(fixture) {
  const all = async () => Promise.all(fixture.proxies.map(vitals));
  const isCalm = ({ tunnels, connections, descriptors }, i) =>
    tunnels + connections === 0 && descriptors <= fixture.atStart[i].descriptors + SPARE;
  let last;
  await until('every connection has ended and its descriptors are closed', async () => {
    for (const server of fixture.servers) server.drop(); // warm ones, too
    last = await all();
    return last.every(isCalm);
  }, { within: 60_000, every: 200 }).catch((late) => last.forEach((one, i) => report(`${late.message}: ${show(NAMES[i], one)}`)));
  return last;
}

function compare(name, before, after) {
  // Memory that is reused does not add up; leaks do.
  if (after.resident > before.resident * 1.25 + 32) report(`${name} holds ${after.resident} MiB, ${before.resident} before`);
}

// Bytes in one piece with a response have nearly always arrived when the connection is used again.
function judgeLate() {
  const late = outcomes['answered by what stood behind an answer'] ?? 0;
  const sent = (tally.origin['length too short'] ?? 0) + (tally.gateway['length too short'] ?? 0);
  if (late > 2 + sent / 20) report(`what stood behind an answer was taken for the next one ${late} times of ${sent}`);
}

async function main() {
  const scope = new Scope();
  console.log(`torture: ${size[2] ? `${count} exchanges` : `${seconds} s`}, seed ${seed}, ${process.env.ALUVIA_CONNECT}`);
  const fixture = await start(scope);
  fixture.atStart = await Promise.all(fixture.proxies.map(vitals));
  let over = false;
  const shaking = only === undefined && shake(fixture, new Random(seed, 'world'), () => over);
  const warmUp = Math.min(15_000, seconds * 250); // until every buffer and pool has been used
  const number = await runExchanges(fixture, 0, size[2] ? Infinity : warmUp, count / 4);
  const before = await atRest(fixture);
  await runExchanges(fixture, number, size[2] ? Infinity : seconds * 1000 - warmUp, count);
  over = true;
  await shaking;
  const after = await atRest(fixture);
  NAMES.forEach((name, i) => {
    console.log(show(`${name} at the start`, fixture.atStart[i]));
    console.log(show(`${name} after warming up`, before[i]));
    console.log(show(`${name} at the end`, after[i]));
    compare(name, before[i], after[i]);
  });
  judgeLate();
  if (exchanges === 0) report('no exchange ran');
  await scope.close().catch((fault) => report(fault.message)); // a sanitizer's report or a bad end of the daemon
  const sum = (counts) => Object.values(counts).reduce((all, count) => all + count, 0);
  const { connections = 0, ...clientFaults } = tally.client;
  console.log(`exchanges ${exchanges}, connections ${connections}; ended as ${JSON.stringify(outcomes)}`);
  console.log(`faults injected ${sum(clientFaults) + sum(tally.gateway) + sum(tally.origin)}: clients ${JSON.stringify(clientFaults)}, ` +
    `gateways ${JSON.stringify(tally.gateway)}, origin ${JSON.stringify(tally.origin)}; changes of the environment ${JSON.stringify(tally.environment)}`);
  console.log(reports.length === 0 ? 'no errors' : `${reports.length} errors of the proxy; repeat with: scripts/torture ${amount} ${seed}`);
  process.exit(reports.length === 0 ? 0 : 1);
}

await main();
