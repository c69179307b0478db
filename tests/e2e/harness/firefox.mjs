// Loads one page in Debian's Firefox, without a window.
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './process.mjs';
import { temporaryFolder } from './temp.mjs';

const CANDIDATES = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'];

// Port 9 of this machine (discard): requests that Firefox makes by itself end there, not in the internet.
const NOWHERE = { 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9 };

const QUIET = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.search.update': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.security.https_first': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.trr.mode': 5,
  'toolkit.telemetry.enabled': false,
};

/** Path of Firefox, or undefined. */
export async function firefoxPath() {
  for (const path of CANDIDATES.filter(Boolean)) {
    if (await access(path).then(() => true, () => false)) return path;
  }
  return undefined;
}

/**
 * Loads `url` to its end in a new profile. `host` is the site: it is reached through `proxy`, or without one at
 * 127.0.0.1.
 */
export async function loadWithFirefox(scope, url, host, proxy) {
  const folder = await temporaryFolder(scope);
  const way = proxy
    ? { 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': proxy.port }
    : { 'network.proxy.no_proxies_on': host, 'network.dns.localDomains': host };
  const preferences = { ...QUIET, ...NOWHERE, 'network.proxy.type': 1, ...way };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  await writeFile(join(folder, 'user.js'), lines.join('\n'));
  const args = ['--headless', '--no-remote', '--profile', folder, '--screenshot', join(folder, 'page.png'), url];
  return run(await firefoxPath(), args, { env: { HOME: folder, MOZ_CRASHREPORTER_DISABLE: '1' }, within: 90_000 });
}
