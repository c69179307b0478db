// Runs the examples of a document as they are written. Three things come from outside: the port of the test's proxy replaces 54321;
// ALUVIA_… variables name account and gateway; each program learns of the sandbox's CA in its own way. The account's rules send
// https://example.com/ through the sandbox's gateway, which leads to the sandbox's site.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { aluviaConnect } from './aluvia_connect.mjs';
import { Process, run } from './process.mjs';
import { temporaryFolder } from './temp.mjs';

const PACKAGES = new URL('../node_modules', import.meta.url).pathname;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const DOCUMENTED_PORT = '54321';

/** A user's folder and environment, which end with the scope. */
export class SnippetRunner {
  static async of(scope, sandbox) {
    const snippets = new SnippetRunner();
    snippets.folder = await temporaryFolder(scope);
    snippets.env = environment(snippets.folder, sandbox);
    await symlink(PACKAGES, join(snippets.folder, 'node_modules'));
    await trust(snippets.folder, sandbox.ca_file);
    await placeBrowser(snippets.env);
    return snippets;
  }

  /** The command that runs a snippet, and its file beside the packages. */
  async write({ language, text }, port) {
    const [ending, ...command] = await runner(language, text);
    // A file each: a shell reads its script while it runs.
    this.written = (this.written ?? 0) + 1;
    const path = join(this.folder, `snippet${this.written}.${ending}`);
    await writeFile(path, text.replaceAll(DOCUMENTED_PORT, String(port)));
    return [...command, path];
  }

  async run(snippet, port, extra = {}) {
    const [command, ...args] = await this.write(snippet, port);
    return run(command, args, { env: { ...this.env, ...extra }, cwd: this.folder, within: 150_000 });
  }

  async start(scope, snippet, port, extra = {}) {
    const [command, ...args] = await this.write(snippet, port);
    const started = new Process(command, args, { env: { ...this.env, ...extra }, cwd: this.folder });
    scope.defer(() => started.stop());
    return started;
  }
}

function environment(folder, sandbox) {
  return {
    PATH: `${dirname(aluviaConnect)}:${process.env.PATH}`,
    HOME: folder,
    TMPDIR: folder,
    XDG_RUNTIME_DIR: folder,
    ALUVIA_TOKEN: sandbox.token,
    ALUVIA_API_BASE_URL: sandbox.api,
    ALUVIA_GATEWAY_HOST: sandbox.gateway_host,
    ALUVIA_GATEWAY_PORT: String(sandbox.gateway_port),
    ALUVIA_DNS_SERVER: sandbox.dns_server,
    ALUVIA_ALLOW_LOOPBACK_NAMES: 'yes',
    CURL_CA_BUNDLE: sandbox.ca_file,
    NODE_EXTRA_CA_CERTS: sandbox.ca_file,
    PUPPETEER_EXECUTABLE_PATH: join(folder, 'chromium'),
    PLAYWRIGHT_BROWSERS_PATH: join(folder, 'playwright'),
    PYTHONPATH: join(folder, 'python'),
  };
}

/** The sandbox's CA in the user's certificates, where Chromium looks for them. */
async function trust(home, caFile) {
  const database = join(home, '.pki', 'nssdb');
  await mkdir(database, { recursive: true });
  for (const args of [['-N', '--empty-password'], ['-A', '-n', 'sandbox', '-t', 'C,,', '-i', caFile]]) {
    const { code, stderr } = await run('certutil', ['-d', `sql:${database}`, ...args]);
    if (code !== 0) throw new Error(`certutil (Debian: libnss3-tools): ${stderr}`);
  }
}

// Headless, and without the sandbox, which root cannot have.
const BROWSER = `#!/bin/sh
exec ${CHROMIUM} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage "$@"
`;

// Python's Selenium has no variable for the browser's path, so its default is set from outside the snippet.
const SELENIUM_DEFAULT = (path) => `
try:
    from selenium.webdriver import ChromeOptions
except ImportError:
    pass
else:
    made = ChromeOptions.__init__
    def make(self):
        made(self)
        self.binary_location = "${path}"
    ChromeOptions.__init__ = make
`;

/** Debian's Chromium where each library looks for the one that it would download. */
async function placeBrowser(env) {
  const path = env.PUPPETEER_EXECUTABLE_PATH;
  await writeFile(path, BROWSER, { mode: 0o755 });
  const playwrights = await playwrightPath(env.PLAYWRIGHT_BROWSERS_PATH);
  await mkdir(dirname(playwrights), { recursive: true });
  await symlink(path, playwrights);
  await mkdir(env.PYTHONPATH);
  await writeFile(join(env.PYTHONPATH, 'sitecustomize.py'), SELENIUM_DEFAULT(path));
}

async function playwrightPath(folder) {
  const script = "import { chromium } from 'playwright'; console.log(chromium.executablePath())";
  const { stdout } = await run('node', ['--input-type=module', '-e', script],
    { env: { PLAYWRIGHT_BROWSERS_PATH: folder }, cwd: dirname(PACKAGES) });
  const [, revision] = /chromium-(\d+)/.exec(stdout);
  return join(folder, `chromium_headless_shell-${revision}`, 'chrome-headless-shell-linux64', 'chrome-headless-shell');
}

/** [file ending, command…] for a language. */
async function runner(language, text) {
  if (language === 'js') return ['mjs', 'node'];
  if (language === 'sh') return ['sh', 'bash', '-eu'];
  if (language === 'python') return ['py', await pythonFor(text) ?? 'python3'];
  throw new Error(`cannot run a snippet in '${language}'`);
}

/** A Python with the first module that the text imports: Debian's packages belong to Debian's Python. */
export async function pythonFor(text) {
  const [, module] = /^(?:from|import) (\w+)/m.exec(text) ?? [];
  for (const python of ['python3', '/usr/bin/python3']) {
    const { code } = await run(python, ['-c', `import ${module}`]);
    if (code === 0) return python;
  }
  return undefined;
}
