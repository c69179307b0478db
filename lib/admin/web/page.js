// The life of the page: one question a second while it is visible, and what needs no answer of the proxy's.

const POLL_MS = 1000;
const PATIENCE_MS = 10_000;

const feed = {
  seq: 0,
  run: undefined, // of the proxy: another one counts from 1 again
  rates: [], // { at, gateway, direct }
  connects: [], // { at, ms, route }
  before: undefined, // bytes of the routes at the last answer
  timer: undefined,
  state: undefined,
};

const seconds = () => performance.now() / 1000;

function showBadge(status) {
  const badge = document.querySelector('.state');
  const [word, kind] = !status ? ['no answer', 'bad'] : status.ready ? ['ready', 'good'] : [status.reasons.includes('the proxy is stopping') ? 'stopping' : 'not ready', 'bad'];
  setText(badge, word);
  badge.className = `state ${kind}`;
  const lines = status ? [...status.reasons.map((text) => [text, 'line bad']), ...(status.next ? [[`Next: ${status.next}`, 'line']] : [])] : [['The proxy does not answer: it has stopped, or it is starting again.', 'line bad']];
  const shown = [...document.querySelectorAll('#reasons > p')].map((line) => line.textContent);
  if (shown.join('\n') === lines.map(([text]) => text).join('\n')) return;
  byId('reasons').replaceChildren(...lines.map(([text, kindOfLine]) => make('p', kindOfLine, text)));
}

function bytesOf({ traffic }, route) {
  return traffic[route].bytes_up + traffic[route].bytes_down;
}

// The state of an answer may be half a second old, and the same as in the answer before: its uptime says so.
function takeRates(status) {
  const now = { uptime: status.uptime_s, gateway: bytesOf(status, 'gateway'), direct: bytesOf(status, 'direct') };
  const { before } = feed;
  if (before && now.uptime <= before.uptime) return;
  feed.before = now;
  if (!before) return;
  const passed = now.uptime - before.uptime;
  const rate = (route) => Math.max(0, now[route] - before[route]) / passed;
  feed.rates.push({ at: seconds(), gateway: rate('gateway'), direct: rate('direct') });
  while (feed.rates.length > 2 * PLOT_SECONDS) feed.rates.shift();
}

function takeConnects(requests) {
  const nowMs = Date.now();
  for (const { connect_ms: ms, route, time_ms: begun } of requests)
    if (ms !== undefined && route) feed.connects.push({ at: seconds() - (nowMs - begun) / 1000, ms, route });
  if (feed.connects.length > 600) feed.connects.splice(0, feed.connects.length - 600);
}

/** The proxy counts the bytes of each minute; the last one is not over. */
function minutePoints({ gateway, direct }, now) {
  return gateway.map((bytes, at) => ({ at: now - (gateway.length - 1 - at) * 60, gateway: bytes / 60, direct: direct[at] / 60 }));
}

function showPlots() {
  const now = seconds();
  if (byId('span').value === 'hour') drawLines(byId('bytes-plot'), minutePoints(feed.state.minutes, now), now, HOUR_SECONDS);
  else drawLines(byId('bytes-plot'), feed.rates, now, PLOT_SECONDS);
  drawPoints(byId('connect-plot'), feed.connects, now);
  const last = feed.rates.at(-1);
  setText(byId('bytes-now'), last ? `now ${bytesText(last.gateway)}/s gateway, ${bytesText(last.direct)}/s direct` : 'measuring');
  const recent = feed.connects.at(-1);
  setText(byId('connect-now'), recent ? `last ${millisText(recent.ms)} ms` : 'none yet');
}

// A proxy that was started again on the same port has another process, or less uptime.
function noticeRestart({ pid, uptime_s: uptime }) {
  const isSame = feed.run?.pid === pid && uptime >= feed.run.uptime;
  if (feed.run && !isSame) {
    feed.before = undefined;
    feed.name = (feed.name ?? 0) + 1;
  }
  feed.run = { pid, uptime };
}

function take(answer) {
  noticeRestart(answer.state.status);
  feed.seq = answer.seq;
  feed.state = answer.state;
  const requests = answer.requests.map((request) => ({ ...request, run: feed.name ?? 0 }));
  rememberErrors(requests);
  takeConnects(requests);
  takeRates(answer.state.status);
  byId('still').hidden = true;
  byId('live').hidden = false;
  showBadge(answer.state.status);
  takeRequests(requests);
  showState(answer.state);
  showPlots();
}

async function poll() {
  try {
    const answer = await fetch(`live?since=${feed.seq}`, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    take(await answer.json());
  } catch {
    showBadge(undefined);
  }
}

/** A hidden page asks nothing, so that it costs the proxy nothing. */
async function pollWhileVisible() {
  clearTimeout(feed.timer);
  if (document.hidden || feed.isPolling) return;
  feed.isPolling = true;
  const begun = performance.now();
  await poll();
  feed.isPolling = false;
  feed.timer = setTimeout(pollWhileVisible, Math.max(100, POLL_MS - (performance.now() - begun)));
}

async function explain(event) {
  event.preventDefault();
  const answer = byId('explain-answer');
  setText(answer, 'asking …');
  try {
    const reply = await fetch(`explain?url=${encodeURIComponent(byId('explain-url').value)}`, { signal: AbortSignal.timeout(2 * PATIENCE_MS) });
    showExplanation(answer, await reply.json());
  } catch {
    setText(answer, 'The proxy does not answer.');
  }
}

function showExplanation(place, found) {
  if (found.error) return place.replaceChildren(make('span', 'bad', found.error.message));
  const host = make('span', 'host', hostText({ ...found, tunnel: true }));
  const version = `configuration ${found.configuration}`;
  const last = found.last_failure ? [make('span', 'dim', ` Its last failed request is ${found.last_failure.id}: ${found.last_failure.reason ?? found.last_failure.error}.`)] : [];
  if (found.action === 'block') return place.replaceChildren(host, make('span', 'bad', ` is blocked: ${found.reason}`), make('span', 'dim', ` (${version})`));
  if (found.route === 'rejected') {
    const why = [found.reason, found.advice].filter(Boolean).join('. ');
    return place.replaceChildren(host, make('span', 'bad', ` is rejected: ${why}`), make('span', 'dim', ` (${version})`), ...last);
  }
  const trouble = found.trouble ? [make('span', 'bad', ` It fails now: ${found.trouble}.`)] : [];
  return place.replaceChildren(host, make('span', '', ' goes '), make('span', found.route, found.route),
    make('span', '', ` by ${found.rule} (${version}).`), ...trouble, ...last);
}

/** Ready-made lines for clients, with the address of this proxy. */
function snippets(url) {
  const { host, port } = new URL(url);
  return [
    ['curl', `curl -x ${url} https://example.com/`],
    ['shell', `export http_proxy=${url} https_proxy=${url}`],
    ['Chromium', `chromium --proxy-server=${url}`],
    ['Playwright', `const browser = await chromium.launch({ proxy: { server: '${url}' } });`],
    ['Python', `requests.get('https://example.com/', proxies={'http': '${url}', 'https': '${url}'})`],
    ['SOCKS', `curl -x socks5h://${host} https://example.com/`],
    ['terminal', `aluvia-connect top --port ${port}`],
  ];
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Select it';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
}

function showSnippets(url) {
  for (const [name, text] of snippets(url)) {
    const row = make('div', 'snippet');
    const button = make('button', '', 'Copy');
    button.type = 'button';
    button.setAttribute('aria-label', `Copy for ${name}`);
    button.addEventListener('click', () => copy(button, text));
    row.append(make('span', 'dim', name), make('code', '', text), button);
    byId('snippets').append(row);
  }
}

function start() {
  const url = `http://${document.body.dataset.proxy}`;
  for (const place of document.querySelectorAll('code.url')) place.textContent = url;
  showSnippets(url);
  startRequests();
  byId('host-filter').addEventListener('input', () => showHosts(feed.state ?? {}));
  byId('span').addEventListener('input', () => feed.state && showPlots());
  byId('explain').addEventListener('submit', explain);
  document.addEventListener('visibilitychange', pollWhileVisible);
  pollWhileVisible();
}

start();
