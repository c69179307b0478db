// Starts Debian's Chromium by Playwright, with the proxy as its only way out.
import { access } from 'node:fs/promises';
import { chromium } from 'playwright-core';

// No sandbox, which root cannot have, and no feature that would make Chromium use the internet by itself.
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-domain-reliability', '--disable-dev-shm-usage'];

export async function chromiumPath() {
  const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  for (const path of candidates.filter(Boolean)) {
    if (await access(path).then(() => true, () => false)) return path;
  }
  throw new Error('no Chromium: install Debian\'s package chromium, or set CHROMIUM to its path');
}

/** A browser without a proxy, which reaches only this machine under every host name; it ends with the scope. */
export async function launchBrowserWithoutProxy(scope) {
  const browser = await chromium.launch({
    executablePath: await chromiumPath(),
    args: [...ARGUMENTS, '--no-proxy-server', '--host-resolver-rules=MAP * 127.0.0.1'],
  });
  scope.defer(() => browser.close());
  return browser;
}

/** A browser that uses `proxy` and ends with the scope; `credentials` are { username, password }. */
export async function launchBrowser(scope, proxy, credentials = {}) {
  const browser = await chromium.launch({
    executablePath: await chromiumPath(),
    args: ARGUMENTS,
    proxy: { server: proxy.url, ...credentials },
  });
  scope.defer(() => browser.close());
  return browser;
}
