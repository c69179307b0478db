// Lets Debian's Prometheus scrape a busy proxy: promtool accepts the metrics, and the expressions of the dashboard and of the alerts
// evaluate there and yield data.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { readDocument } from './harness/markdown.mjs';
import { Process, run } from './harness/process.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { freePort, temporaryFolder } from './harness/temp.mjs';
import { until } from './harness/until.mjs';

const ALERTS = 'packaging/grafana/alerts.yaml';
const SCRAPES = 5;
const file = new Scope();
let folder;
let sandbox;
let proxy;
let prometheus;

/** Requests of every kind, so that all series move. */
async function traffic() {
  await curl(proxy, [sandbox.http(PROXIED), sandbox.http(PROXIED, '/status/404')]);
  await curl(proxy, [sandbox.http(DIRECT)]);
  await curl(proxy, ['-k', sandbox.https(PROXIED)]);
  await curl(proxy, ['-k', sandbox.https(DIRECT)]);
  await curl(proxy, ['http://127.0.0.1:1/']);
}

async function startPrometheus(target) {
  const config = join(folder, 'prometheus.yml');
  await writeFile(join(folder, 'alerts.yaml'), await readDocument(ALERTS));
  await writeFile(config, `
global: {scrape_interval: 500ms, evaluation_interval: 500ms}
rule_files: [${join(folder, 'alerts.yaml')}]
scrape_configs:
  - job_name: aluvia-connect
    static_configs: [{targets: ['${target}']}]
`);
  const port = await freePort();
  const server = new Process('prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`, '--web.console.libraries=/nonexistent', '--web.console.templates=/nonexistent']);
  file.defer(() => server.stop());
  const api = `http://127.0.0.1:${port}`;
  await until(`Prometheus is ready: ${server.stderr}`, () => fetch(`${api}/-/ready`).then(({ ok }) => ok, () => false), { within: 30_000 });
  return api;
}

async function query(expression) {
  const answer = await (await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: expression }) })).json();
  assert.equal(answer.status, 'success', `${expression}: ${answer.error}`);
  return answer.data.result;
}

/** As Grafana does it. */
const withVariables = (expression) => expression.replaceAll('$job', 'aluvia-connect').replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');

/** Alerts compare two values, which are there while nothing is wrong, too. */
const sides = (expression) => expression.split(/\s(?:==|>)\s/).filter((side) => /[a-z]/.test(side));

beforeAll(async () => {
  folder = await temporaryFolder(file);
  sandbox = await Sandbox.start(file);
  proxy = await Proxy.start(file, sandbox, ['--poll-interval', '1000', '--metrics-hosts', '5']);
  await traffic();
  prometheus = await startPrometheus(new URL(proxy.url).host);
  await until('Prometheus has seen traffic', async () => {
    await traffic();
    const [scrapes] = await query('count_over_time(up{job="aluvia-connect"}[1m])');
    return Number(scrapes?.value[1]) >= SCRAPES;
  }, { within: 60_000 });
});
after(() => file.close());

describe('promtool', () => {
  it('Has nothing to say about the metrics', async () => {
    const { code, stdout, stderr } = await run('promtool', ['check', 'metrics'], { input: await (await fetch(`${proxy.url}/metrics`)).text() });
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  });

  it('Accepts the alerts', async () => {
    const { code, stdout, stderr } = await run('promtool', ['check', 'rules', join(folder, 'alerts.yaml')]);
    assert.equal(code, 0, stdout + stderr);
  });
});

describe('Prometheus', () => {
  it('Scrapes the proxy without an error', async () => {
    const { data } = await (await fetch(`${prometheus}/api/v1/targets`)).json();
    assert.deepEqual(data.activeTargets.map(({ health, lastError }) => [health, lastError]), [['up', '']]);
  });

  it('Gets data for every expression of the dashboard', async () => {
    const { panels } = JSON.parse(await readDocument('packaging/grafana/dashboard.json'));
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    assert.ok(expressions.length > 25, `${expressions.length}`);
    for (const expression of expressions) {
      const found = await query(withVariables(expression));
      assert.ok(found.some(({ value: [, value] }) => Number.isFinite(Number(value))), `${expression}: ${JSON.stringify(found)}`);
    }
  });

  it('Evaluates every alert, gets data for both sides of its comparison, and has none to raise', async () => {
    const { data } = await (await fetch(`${prometheus}/api/v1/rules`)).json();
    const rules = data.groups.flatMap((group) => group.rules);
    assert.ok(rules.length >= 8, `${rules.length}`);
    for (const { name, health, lastError, query: expression } of rules) {
      assert.deepEqual([name, health, lastError ?? ''], [name, 'ok', '']);
      for (const side of sides(expression)) assert.notDeepEqual(await query(side), [], `${name}: ${side}`);
    }
    assert.deepEqual(rules.filter(({ state }) => state === 'firing'), []);
  });

  it('Raises an alert for a proxy that has ended', async () => {
    await proxy.process.stop();
    await until('the alert is pending', async () => {
      const { data } = await (await fetch(`${prometheus}/api/v1/alerts`)).json();
      return data.alerts.some(({ labels, state }) => labels.alertname === 'AluviaConnectDown' && state === 'pending');
    });
  });
});
