// Loads pages in Chromium for scripts/bench --jobs pages. Reads one JSON object a line from standard input,
//   { "url", "proxy": "http://…" or null, "username", "password", "gateway": "ADDRESS:PORT" or null, "resources" }
// loads the page in a new browser context, without caches or connections of earlier ones, and prints
//   { "first_byte_ms", "dom_ms", "load_ms", "connections", "connects", "challenges" } or { "error" }.
// The last three are what the gateway counted.
import http from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const [playwrightFolder, executablePath, keyPin, ...extra] = process.argv.slice(2);
const { chromium } = createRequire(`${playwrightFolder}/`)('playwright-core');
const LOAD_MS = 60_000;
const SETTLE_MS = 300; // for the processes of a new tab to start

// No sandbox, which root cannot have; no feature that would use the network by itself; no lower priority for a page that
// Chromium takes for hidden.
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-domain-reliability',
    '--disable-dev-shm-usage', '--disable-renderer-backgrounding', `--ignore-certificate-errors-spki-list=${keyPin}`, ...extra],
});

/** Asks the gateway for its counts; {} without one. */
function counts(gateway) {
  if (!gateway) return Promise.resolve({});
  return new Promise((resolve, reject) => {
    http.get(`http://${gateway}/counts`, { agent: false }, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      resolve(JSON.parse(text));
    }).on('error', reject);
  });
}

/**
 * Answers a 407 to the request for `url`. Playwright's own way would intercept every request of the page, which costs
 * more than a proxy; Chromium remembers the credentials after the first.
 */
async function answerChallenges(page, { url, username, password }) {
  const session = await page.context().newCDPSession(page);
  session.on('Fetch.requestPaused', ({ requestId }) => session.send('Fetch.continueRequest', { requestId }).catch(() => {}));
  session.on('Fetch.authRequired', ({ requestId }) => session.send('Fetch.continueWithAuth', {
    requestId, authChallengeResponse: { response: 'ProvideCredentials', username, password },
  }).catch(() => {}));
  await session.send('Fetch.enable', { handleAuthRequests: true, patterns: [{ urlPattern: url }] });
}

/** Runs in the page. */
function timing() {
  const [navigation] = performance.getEntriesByType('navigation');
  return {
    first_byte_ms: navigation.responseStart,
    dom_ms: navigation.domContentLoadedEventEnd,
    load_ms: navigation.loadEventEnd,
    resources: performance.getEntriesByType('resource').filter((entry) => entry.responseEnd > 0).length,
  };
}

async function load(job) {
  const context = await browser.newContext(job.proxy ? { proxy: { server: job.proxy } } : {});
  try {
    const page = await context.newPage();
    let failed = 0;
    page.on('requestfailed', () => { failed += 1; });
    await answerChallenges(page, job);
    const before = await counts(job.gateway);
    await setTimeout(SETTLE_MS);
    await page.goto(job.url, { waitUntil: 'load', timeout: LOAD_MS });
    const { resources, ...measured } = await page.evaluate(timing);
    if (failed || resources < job.resources) return { error: `${failed} requests failed, ${resources} resources are there` };
    const after = await counts(job.gateway);
    return { ...measured, ...Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]])) };
  } finally {
    await context.close();
  }
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const result = await load(JSON.parse(line)).catch((error) => ({ error: String(error.message).split('\n')[0] }));
  console.log(JSON.stringify(result));
}
await browser.close();
