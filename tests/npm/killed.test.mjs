// Kills Node at random moments of a client's life: its proxy must end, and leave nothing.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before as beforeAll, it } from 'node:test';
import { Sandbox } from '../e2e/harness/sandbox.mjs';
import { Scope } from '../e2e/harness/scope.mjs';
import { until } from '../e2e/harness/until.mjs';
import { MAIN, Project, proxiesWith, sandboxVariables } from './project.mjs';

const RUNS = 50;
const AT_ONCE = 10;
const SEED = Number(process.env.ALUVIA_TEST_SEED ?? 15);
// Covers the start of Node, the start of the proxy, and its first requests and changes.
const LONGEST_MS = 700;

const file = new Scope();
let sandbox;
let project;

// It starts, uses and stops proxies until it is killed.
const USER = `
import { AgentConnectClient } from '${MAIN}';
const client = new AgentConnectClient({ token: process.env.ALV_USER_TOKEN, apiBaseUrl: process.env.ALUVIA_API_BASE_URL, pollIntervalMs: Number(process.argv[2]), logLevel: 'silent' });
console.log('ready');
for (;;) {
  const session = await client.start();
  session.env();
  await client.explain('example.com');
  await client.stop();
}
`;

beforeAll(async () => {
  sandbox = await Sandbox.start(file);
  project = await Project.install(file);
  await project.write('user.mjs', USER);
});
after(() => file.close());

/** Linear congruential generator (Numerical Recipes), so that a seed gives the same moments. */
function* numbers(seed) {
  for (let state = seed >>> 0; ; state = (Math.imul(state, 1664525) + 1013904223) >>> 0) yield state / 2 ** 32;
}

/** `interval` tells the proxies of this user from others. */
async function killAfter(scope, delay, interval) {
  const user = project.start(scope, 'node', ['user.mjs', String(interval)], sandboxVariables(sandbox));
  await user.firstLine();
  await pause(delay); // the moment is what is tested
  user.signal('SIGKILL');
  assert.deepEqual(await user.end(), { code: null, signal: 'SIGKILL' }, user.stderr);
  const proxies = () => proxiesWith(`--poll-interval=${interval}`);
  await until(`the proxy of ${interval} ends`, async () => (await proxies()).length === 0, { within: 2000 });
}

it(`Nothing is left two seconds after kill -9 of Node at ${RUNS} random moments (seed ${SEED})`, async (t) => {
  const random = numbers(SEED);
  for (let run = 0; run < RUNS; run += AT_ONCE) {
    const delays = Array.from({ length: AT_ONCE }, () => random.next().value * LONGEST_MS);
    await Promise.all(delays.map((delay, index) => killAfter(Scope.of(t), delay, 10_000 + run + index)));
  }
  assert.deepEqual(await project.leftFiles(), []);
  assert.deepEqual(await proxiesWith(sandbox.api), []);
});

it('Nothing is left after process.exit(), an uncaught error or an abort', async () => {
  const ends = ['process.exit(3)', "setImmediate(() => { throw new Error('uncaught'); })", 'process.abort()'];
  for (const [index, end] of ends.entries()) {
    const interval = 20_000 + index;
    await project.script(`
import { AgentConnectClient } from '${MAIN}';
const client = new AgentConnectClient({ token: process.env.ALV_USER_TOKEN, pollIntervalMs: ${interval}, logLevel: 'silent' });
await client.start();
${end};
`, sandboxVariables(sandbox));
    await until(end, async () => (await proxiesWith(`--poll-interval=${interval}`)).length === 0, { within: 2000 });
  }
  assert.deepEqual(await project.leftFiles(), []);
});
