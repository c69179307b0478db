// The table of requests: newest first, filtered here, at most 10,000 of them kept.

const MOST_REQUESTS = 10_000;
const STEP_OF_ROWS = 200;

const requestList = {
  all: [], // oldest first
  waiting: [], // arrived while paused
  isPaused: false,
  shown: STEP_OF_ROWS,
};

function resultOf({ outcome, status, reason, error }) {
  if (outcome === 'failed') return { text: [status, reason || error].filter(Boolean).join(' '), kind: 'bad' };
  if (outcome === 'aborted') return { text: 'client left', kind: 'warning' };
  return { text: status ? String(status) : 'ended', kind: status >= 400 ? 'warning' : 'good' };
}

function requestTitle(request) {
  const steps = [['look-up', 'dns_ms'], ['connect', 'connect_ms'], ['gateway', 'gateway_ms'], ['first byte', 'first_byte_ms']];
  const times = steps.filter(([, name]) => request[name] !== undefined).map(([what, name]) => `${what} ${millisText(request[name])} ms`);
  return [`request ${request.id}`, request.reason, ...times].filter(Boolean).join(', ');
}

function requestCells(request) {
  const { text, kind } = resultOf(request);
  return [
    { text: timeText(request.time_ms), label: 'time', title: requestTitle(request) },
    { text: request.method ?? '–', label: 'method' },
    { text: hostText(request), label: 'host', kind: 'host' },
    { text: request.route ?? '–', label: 'route', kind: request.route },
    { text: request.rule ?? '–', label: 'rule', kind: 'dim' },
    { text, label: 'result', kind },
    { text: bytesText(request.bytes_up), label: 'sent', kind: 'number' },
    { text: bytesText(request.bytes_down), label: 'received', kind: 'number' },
    { text: millisText(request.duration_ms), label: 'ms', kind: 'number' },
  ];
}

function isWanted(request) {
  if (byId('failed').checked && request.outcome !== 'failed') return false;
  const route = byId('route').value;
  if (route && request.route !== route) return false;
  const words = byId('filter').value.trim().toLowerCase();
  if (!words) return true;
  const text = [hostText(request), request.method, request.rule, request.reason, request.id].join(' ').toLowerCase();
  return words.split(/\s+/).every((word) => text.includes(word));
}

function takeRequests(requests) {
  const target = requestList.isPaused ? requestList.waiting : requestList.all;
  target.push(...requests);
  if (target.length > MOST_REQUESTS) target.splice(0, target.length - MOST_REQUESTS);
  if (requestList.isPaused) noteRequests();
  else if (requests.length > 0) showRequests();
}

/** Walks from the newest on, and stops when the table is full: a filter that fits little costs most. */
function showRequests() {
  const wanted = [];
  let fits = 0;
  for (let at = requestList.all.length - 1; at >= 0; at -= 1) {
    if (!isWanted(requestList.all[at])) continue;
    fits += 1;
    if (fits <= requestList.shown) wanted.push(requestList.all[at]);
  }
  showRows(byId('requests'), wanted, ({ seq, run }) => `${run} ${seq}`, requestCells);
  byId('requests-empty').hidden = requestList.all.length > 0;
  byId('more').hidden = fits <= requestList.shown;
  noteRequests(fits);
}

function noteRequests(fits) {
  if (fits !== undefined) requestList.fits = fits;
  const total = requestList.all.length;
  const parts = [requestList.fits === total ? counted(total, 'request') : `${requestList.fits} of ${total}`];
  if (requestList.isPaused) parts.push(`paused, ${requestList.waiting.length} more`);
  setText(byId('requests-note'), total + requestList.waiting.length === 0 ? '' : parts.join(', '));
}

function pauseRequests() {
  requestList.isPaused = !requestList.isPaused;
  const button = byId('pause');
  button.setAttribute('aria-pressed', String(requestList.isPaused));
  button.textContent = requestList.isPaused ? 'Resume' : 'Pause';
  if (!requestList.isPaused) takeRequests(requestList.waiting.splice(0));
  noteRequests();
}

function startRequests() {
  for (const id of ['filter', 'route', 'failed']) byId(id).addEventListener('input', showRequests);
  byId('pause').addEventListener('click', pauseRequests);
  byId('clear').addEventListener('click', () => {
    requestList.all = [];
    requestList.waiting = [];
    showRequests();
  });
  byId('more').addEventListener('click', () => {
    requestList.shown += STEP_OF_ROWS;
    showRequests();
  });
}
