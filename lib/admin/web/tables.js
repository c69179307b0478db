// The tables and facts that the state of the proxy fills: gateway, account, traffic, hosts, tunnels, rules.

const lastErrors = new Map(); // host -> reason, of the failures that this page has seen
const MOST_ERRORS = 2000;

function rememberErrors(requests) {
  for (const request of requests) {
    if (request.outcome !== 'failed' || !request.host) continue;
    lastErrors.delete(request.host);
    lastErrors.set(request.host, `${timeText(request.time_ms)} ${request.reason || request.error}`);
    if (lastErrors.size > MOST_ERRORS) lastErrors.delete(lastErrors.keys().next().value);
  }
}

function gatewayFacts({ gateway }) {
  if (!gateway) return [['Address', 'unknown before the first configuration']];
  const host = gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host;
  return [
    ['Address', `${gateway.protocol}://${host}:${gateway.port}`],
    ['State', gateway.ok ? 'ok' : `failing for ${secondsText(gateway.failing_s)}`, gateway.ok ? 'good' : 'bad'],
    ['Last connect', gateway.connect_ms === null ? 'none yet' : `${millisText(gateway.connect_ms)} ms`],
    ['Warm connections', String(gateway.warm_connections)],
    ['Early CONNECT', gateway.early_connect],
    ['Circuit', gateway.circuit === 'closed' ? 'closed: requests pass' : 'open: requests fail at once', gateway.circuit === 'closed' ? '' : 'bad'],
  ];
}

function accountFacts({ api, configuration }) {
  const polled = [`${agoText(api.last_poll_age_s)}`];
  if (api.failures_in_row > 0) polled.push(`${api.failures_in_row} failed in a row (${api.trouble})`);
  const facts = [['Last poll', polled.join(', '), api.failures_in_row > 0 ? 'warning' : '']];
  if (!configuration) return facts;
  const { version, age_s: age, cache_age_s: cacheAge, rules, local_rules: local } = configuration;
  facts.push(
    ['Configuration', `version ${version}, ${configuration.from_cache ? `cached ${agoText(cacheAge)}` : agoText(age)}`],
    ['Rules', local > 0 ? `${rules}, ${local} of them local` : String(rules)],
    ['Session', configuration.session_id ?? (configuration.has_session ? 'set' : 'none')],
    ['Geo', configuration.target_geo ?? 'any'],
  );
  return facts;
}

const routeText = ({ bytes_up: up, bytes_down: down }) => `↑ ${bytesText(up)}   ↓ ${bytesText(down)}`;
const requestsOf = ({ requests, tunnels }) => (requests + tunnels).toLocaleString('en');

function policyText({ block, only, only_audit: audits, blocked, audited }) {
  const allows = audits ? `audits all but ${counted(only, 'pattern')}` : only > 0 ? `allows only ${counted(only, 'pattern')}` : 'no allow-list';
  return `blocks ${counted(block, 'pattern')}, ${allows}: ${blocked.toLocaleString('en')} blocked${audits ? `, ${audited.toLocaleString('en')} audited` : ''}`;
}

function budgetFact({ budget, limit_bytes: limit, spent_bytes: spent, left_bytes: left, until, closed }) {
  const text = closed ? `closed until ${until}` : `${bytesText(left)} left until ${until}`;
  return [`Budget ${budget}`, `${bytesText(spent)} of ${bytesText(limit)} used, ${text}`, closed ? 'warning' : ''];
}

function trafficFacts({ traffic, policy, budgets, uptime_s: uptime }) {
  const { gateway, direct } = traffic;
  const failures = gateway.failures + direct.failures;
  return [
    ['Gateway, paid', routeText(gateway), 'gateway'],
    ['Direct', routeText(direct)],
    ['Requests', `${requestsOf(gateway)} gateway, ${requestsOf(direct)} direct`],
    ['Failed', failures.toLocaleString('en'), failures > 0 ? 'warning' : ''],
    ...(policy ? [['Policy', policyText(policy)]] : []),
    ...(budgets ?? []).map(budgetFact),
    ['Open now', `${counted(traffic.open_connections, 'connection')}, ${counted(traffic.open_tunnels, 'tunnel')}`],
    ['Up for', secondsText(uptime)],
  ];
}

const shareText = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–');

function hostCells(host, paid, price) {
  const error = lastErrors.get(host.host) ?? host.last_error ?? '–';
  return [
    { text: host.host, kind: 'host' },
    { text: (host.requests + host.open).toLocaleString('en'), label: 'requests', kind: 'number' },
    { text: host.failures.toLocaleString('en'), label: 'failed', kind: host.failures > 0 ? 'number warning' : 'number' },
    { text: bytesText(host.gateway_bytes), label: 'gateway', kind: host.gateway_bytes > 0 ? 'number gateway' : 'number' },
    { text: bytesText(host.direct_bytes), label: 'direct', kind: 'number' },
    { text: shareText(host.gateway_bytes, paid), label: 'of paid bytes', kind: 'number' },
    { text: price === undefined ? '' : ((host.gateway_bytes / 1e9) * price).toFixed(4), label: 'cost', kind: 'number money' },
    { text: error, label: 'last error', kind: error === '–' ? 'dim' : 'bad' },
  ];
}

function showHosts({ hosts, status, price }) {
  if (!hosts) return;
  const paid = status.traffic.gateway.bytes_up + status.traffic.gateway.bytes_down;
  const words = byId('host-filter').value.trim().toLowerCase();
  const wanted = hosts.list.filter(({ host }) => host.includes(words));
  showRows(byId('hosts'), wanted, ({ host }) => host, (host) => hostCells(host, paid, price));
  byId('hosts').closest('table').classList.toggle('with-money', price !== undefined);
  byId('hosts-empty').hidden = hosts.list.length > 0;
  setText(byId('hosts-note'), hosts.hidden > 0 ? `the ${hosts.list.length} with most bytes; ${hosts.hidden} more` : '');
}

const tunnelCells = (group) => [
  { text: hostText({ ...group, tunnel: true }), kind: 'host' },
  { text: group.route, label: 'route', kind: group.route },
  { text: group.rule, label: 'rule', kind: 'dim' },
  { text: group.count.toLocaleString('en'), label: 'open', kind: 'number' },
  { text: secondsText(group.age_s), label: 'oldest', kind: 'number' },
  { text: secondsText(group.idle_s), label: 'idle', kind: 'number' },
  { text: bytesText(group.bytes_up), label: 'sent', kind: 'number' },
  { text: bytesText(group.bytes_down), label: 'received', kind: 'number' },
];

function showTunnels({ tunnels }) {
  const keyOf = ({ host, port, route, rule }) => [host, port, route, rule].join(' ');
  showRows(byId('tunnels'), tunnels.groups, keyOf, tunnelCells);
  byId('tunnels-empty').hidden = tunnels.open > 0;
  const more = tunnels.hidden > 0 ? `, ${counted(tunnels.hidden, 'smaller group')} not shown` : '';
  setText(byId('tunnels-note'), tunnels.open > 0 ? `${counted(tunnels.open, 'tunnel')}${more}` : '');
}

const ruleRoute = ({ rule, route }) => route ?? (rule.startsWith('-') ? 'direct' : 'gateway');

const ruleCells = (rule) => [
  { text: rule.rule, kind: 'host' },
  { text: rule.of, label: 'of', kind: 'dim' },
  { text: ruleRoute(rule), label: 'route', kind: ruleRoute(rule) },
  { text: rule.hits.toLocaleString('en'), label: 'hits', kind: 'number' },
  { text: bytesText(rule.bytes), label: 'bytes', kind: 'number' },
];

function showRules({ rules }) {
  if (!rules) return;
  const sorted = [...rules.list].sort((one, other) => other.hits - one.hits);
  showRows(byId('rules'), sorted, ({ rule, of }) => `${of} ${rule}`, ruleCells);
  byId('rules-empty').hidden = rules.list.length > 0;
  setText(byId('rules-note'), rules.hidden > 0 ? `and ${rules.hidden.toLocaleString('en')} more` : '');
}

function showState(state) {
  showFacts(byId('gateway-facts'), gatewayFacts(state.status));
  showFacts(byId('account-facts'), accountFacts(state.status));
  showFacts(byId('traffic-facts'), trafficFacts(state.status));
  showHosts(state);
  showTunnels(state);
  showRules(state);
}
