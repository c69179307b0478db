// An agent with one task: it opens each page of its arguments through the proxy, and prints status and title.
//
//   PROXY_URL=http://127.0.0.1:54321 [PROXY_AUTH=USER:PASSWORD] node agent.mjs URL…
import { chromium } from 'playwright-core';

function proxyOfEnvironment({ PROXY_URL: server, PROXY_AUTH: auth }) {
  if (!server) throw new Error('set PROXY_URL to the address of aluvia-connect, such as http://127.0.0.1:54321');
  if (!auth) return { server };
  const colon = auth.indexOf(':');
  return { server, username: auth.slice(0, colon), password: auth.slice(colon + 1) };
}

async function visit(browser, url) {
  const page = await browser.newPage();
  const answer = await page.goto(url);
  console.log(JSON.stringify({ url, status: answer.status(), title: await page.title() }));
  await page.close();
}

const urls = process.argv.slice(2);
if (urls.length === 0) throw new Error('no page to open; usage: node agent.mjs URL…');
// CHROMIUM names a browser other than the one in Playwright's image.
const browser = await chromium.launch({ proxy: proxyOfEnvironment(process.env), executablePath: process.env.CHROMIUM });
try {
  for (const url of urls) await visit(browser, url);
} finally {
  await browser.close();
}
