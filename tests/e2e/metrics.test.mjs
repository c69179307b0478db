// Tests /metrics with real clients: the counts after known requests, that histograms are consistent, and that the dashboard and the
// alerts of the package use only series that are there.
import assert from 'node:assert/strict';
import { after, before as beforeAll, describe, it } from 'node:test';
import { curl } from './harness/curl.mjs';
import { readDocument } from './harness/markdown.mjs';
import { Proxy } from './harness/proxy.mjs';
import { DIRECT, PROXIED, Sandbox } from './harness/sandbox.mjs';
import { Scope } from './harness/scope.mjs';
import { until } from './harness/until.mjs';

const file = new Scope();
let sandbox;

beforeAll(async () => { sandbox = await Sandbox.start(file); });
after(() => file.close());

/** The samples of a scrape: { 'name{labels}': value }. The prefix `aluvia_connect_` is left out. */
async function scrape(proxy) {
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^(?:aluvia_connect_)?([a-z]\S*) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

/** The samples of `names` that are not 0. */
const moved = (samples, names) =>
  Object.fromEntries(Object.entries(samples).filter(([name, value]) => value !== 0 && names.some((one) => name.startsWith(one))));

describe('A scrape after known requests', () => {
  let samples;

  beforeAll(async () => {
    const proxy = await Proxy.start(file, sandbox, ['--gateway-warm', '0']);
    await curl(proxy, [sandbox.http(PROXIED), sandbox.http(PROXIED, '/status/404')]);
    await curl(proxy, [sandbox.http(DIRECT)]);
    await curl(proxy, ['-k', sandbox.https(PROXIED)]);
    await curl(proxy, ['http://127.0.0.1:1/']);
    samples = await until('the end of the tunnel', async () => {
      const now = await scrape(proxy);
      return now['tunnel_lifetime_seconds_count{route="gateway"}'] === 1 && now;
    });
  });

  it('Counts responses and errors', () => {
    assert.deepEqual(moved(samples, ['responses_total', 'errors_total', 'retries_total']), {
      'responses_total{class="2xx"}': 3, 'responses_total{class="4xx"}': 1, 'responses_total{class="5xx"}': 1,
      'errors_total{error="connection_refused"}': 1,
    });
  });

  it('Observes each request once, and only the steps that it had', () => {
    const counts = Object.keys(samples).filter((name) => /_seconds_count/.test(name) && !name.startsWith('api_poll'));
    assert.deepEqual(moved(samples, counts), {
      'dns_seconds_count{route="gateway"}': 2,
      'dns_seconds_count{route="direct"}': 2,
      'connect_seconds_count{route="gateway"}': 2,
      'connect_seconds_count{route="direct"}': 2,
      'first_byte_seconds_count{route="gateway"}': 3,
      'first_byte_seconds_count{route="direct"}': 1,
      'gateway_answer_seconds_count': 1,
      'request_duration_seconds_count{route="gateway"}': 2,
      'request_duration_seconds_count{route="direct"}': 2,
      'tunnel_lifetime_seconds_count{route="gateway"}': 1,
    });
  });

  it('Counts fetches of the configuration, and the end of the tunnel', () => {
    assert.equal(samples['polls_total{result="changed"}'], 1);
    assert.equal(samples['polls_total{result="failed"}'], 0);
    assert.equal(samples.api_poll_seconds_count, 1 + samples['polls_total{result="unchanged"}']);
    // curl may leave the end of the site's TLS unread: then its close is a reset.
    const [[ending, count], ...others] = Object.entries(moved(samples, ['tunnels_ended_total', 'circuit_changes_total', 'warm_requests_total']));
    assert.match(ending, /^tunnels_ended_total\{reason="(closed|reset)"\}$/);
    assert.deepEqual([count, others], [1, []]);
  });

  it('Tells new connections from reused ones', () => {
    assert.deepEqual(moved(samples, ['upstream_requests_total']), {
      'upstream_requests_total{route="gateway",connection="new"}': 2,
      'upstream_requests_total{route="gateway",connection="reused"}': 1,
      'upstream_requests_total{route="direct",connection="new"}': 2,
    });
  });

  it('Has histograms whose buckets rise to the count', () => {
    const families = [...new Set(Object.keys(samples).filter((name) => name.includes('_bucket{')).map((name) => name.replace(/,?le="[^"]*"/, '')))];
    assert.equal(families.length, 12);
    for (const family of families) {
      const [name, labels] = family.replace('}', '').split('_bucket{');
      const buckets = Object.entries(samples).filter(([sample]) => sample.startsWith(`${name}_bucket{${labels}`)).map(([, value]) => value);
      assert.deepEqual(buckets, buckets.toSorted((a, b) => a - b), family);
      assert.equal(buckets.at(-1), samples[`${name}_count${labels && `{${labels}}`}`], family);
    }
  });

  it('Describes the process', () => {
    assert.ok(samples.process_resident_memory_bytes > 1e6 && samples.process_cpu_seconds_total > 0, JSON.stringify(samples));
    assert.ok(samples.process_open_fds > 5 && samples.process_open_fds < samples.process_max_fds, `${samples.process_open_fds}`);
    assert.ok(Math.abs(samples.process_start_time_seconds - samples.start_time_seconds) < 30, `${samples.process_start_time_seconds}`);
    assert.ok(samples.last_successful_poll_timestamp_seconds >= samples.process_start_time_seconds - 1);
    assert.equal(samples.rules, 2);
  });
});

describe('The dashboard and the alerts', () => {
  for (const path of ['packaging/grafana/dashboard.json', 'packaging/grafana/alerts.yaml']) {
    it(`Use only series that a scrape has: ${path}`, async () => {
      const proxy = await Proxy.start(file, sandbox, ['--metrics-hosts', '1']);
      await curl(proxy, [sandbox.http(PROXIED)]);
      const served = await (await fetch(`${proxy.url}/metrics`)).text();
      const used = [...new Set((await readDocument(path)).match(/\b(aluvia_connect|process)_[a-z_]+\b/g))];
      assert.ok(used.length >= 5, `${used}`);
      const names = new Set(served.match(/^[a-z]\w*/gm));
      assert.deepEqual(used.filter((name) => !names.has(name)), []);
    });
  }
});
