// Runs the examples of a document as they are written, with the variables that `aluvia-connect try` sets for its command: they name the
// proxy, the emulated account and the certificates that each client needs. From outside come only the place of the browser and the
// port of the proxy, which replaces 54321.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { aluviaConnect } from './aluvia_connect.mjs';
import { firefoxPath } from './firefox.mjs';
import { Process, run } from './process.mjs';
import { Sandbox } from './sandbox.mjs';
import { temporaryFolder } from './temp.mjs';

const TESTS = new URL('..', import.meta.url).pathname;
const PYTHON = join(TESTS, '../../build/python/clients/bin/python');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const DOCUMENTED_PORT = '54321';

// Prints the variables, and ends with its standard input.
const TELL = 'console.log(JSON.stringify(process.env)); process.stdin.resume()';

/** A running `try`: its variables, a folder for snippets, and its emulated Aluvia. Ends with the scope. */
export class SnippetRunner {
  static async of(scope) {
    const runner = new SnippetRunner();
    runner.folder = await temporaryFolder(scope);
    await symlink(join(TESTS, 'node_modules'), join(runner.folder, 'node_modules'));
    const program = new Process(aluviaConnect, ['try', '--port', '0', '--', 'node', '-e', TELL], { env: await userEnvironment(runner.folder) });
    scope.defer(async () => {
      program.child.stdin.end();
      const { code } = await program.end();
      if (code !== 0) throw new Error(`try ended with ${code}\n${program.stderr}`);
    });
    runner.env = JSON.parse(await program.firstLine());
    runner.port = Number(new URL(runner.env.ALUVIA_PROXY_URL).port);
    runner.sandbox = Sandbox.at(scope, { api: runner.env.ALUVIA_API_BASE_URL, token: runner.env.ALUVIA_TOKEN });
    return runner;
  }

  /** Saves a snippet under `name` beside the packages; returns the command that runs it. */
  async write({ language, text }, port = this.port, name = undefined) {
    const [ending, ...command] = runnerOf(language);
    // A file each: a shell reads its script while it runs.
    this.written = (this.written ?? 0) + 1;
    const path = join(this.folder, name ?? `snippet${this.written}.${ending}`);
    await writeFile(path, text.replaceAll(DOCUMENTED_PORT, String(port)));
    return [...command, path];
  }

  async run(snippet, port = this.port) {
    const [command, ...args] = await this.write(snippet, port);
    return run(command, args, { env: this.env, cwd: this.folder, within: 150_000 });
  }

  async start(scope, snippet, port) {
    const [command, ...args] = await this.write(snippet, port);
    const started = new Process(command, args, { env: this.env, cwd: this.folder });
    scope.defer(() => started.stop());
    return started;
  }
}

/** The environment of a user who has the program and the packages of the examples. */
async function userEnvironment(folder) {
  const env = {
    PATH: `${folder}/bin:${dirname(aluviaConnect)}:${dirname(PYTHON)}:${process.env.PATH}`,
    HOME: folder,
    TMPDIR: folder,
    XDG_RUNTIME_DIR: folder,
    PUPPETEER_EXECUTABLE_PATH: join(folder, 'chromium'),
    PLAYWRIGHT_BROWSERS_PATH: join(folder, 'playwright'),
    PYTHONPATH: join(folder, 'python'),
  };
  await placeBrowser(env);
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/firefox'), FIREFOX(await firefoxPath()), { mode: 0o755 });
  return env;
}

// Headless, and without the sandbox, which root cannot have.
const BROWSER = `#!/bin/sh
exec ${CHROMIUM} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage "$@"
`;

// A screen is not there, and a page that is loaded is enough.
const FIREFOX = (path) => `#!/bin/sh
exec ${path} --headless --no-remote --screenshot page.png "$@"
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

/** Places Debian's Chromium where each library looks for the one that it would download. */
export async function placeBrowser(env) {
  const path = env.PUPPETEER_EXECUTABLE_PATH;
  await writeFile(path, BROWSER, { mode: 0o755 });
  const playwrights = await playwrightPath(env.PLAYWRIGHT_BROWSERS_PATH);
  await mkdir(dirname(playwrights), { recursive: true });
  await symlink(path, playwrights);
  await mkdir(env.PYTHONPATH);
  await writeFile(join(env.PYTHONPATH, 'sitecustomize.py'), SELENIUM_DEFAULT(path));
}

// Both Playwrights have the same version, and so look for the same revision.
async function playwrightPath(folder) {
  const script = "import { chromium } from 'playwright'; console.log(chromium.executablePath())";
  const { stdout } = await run('node', ['--input-type=module', '-e', script], { env: { PLAYWRIGHT_BROWSERS_PATH: folder }, cwd: TESTS });
  const [, revision] = /chromium-(\d+)/.exec(stdout);
  return join(folder, `chromium_headless_shell-${revision}`, 'chrome-headless-shell-linux64', 'chrome-headless-shell');
}

/** [file ending, command…] for a language. */
function runnerOf(language) {
  if (language === 'js') return ['mjs', 'node'];
  if (language === 'sh') return ['sh', 'bash', '-eu'];
  if (language === 'python') return ['py', PYTHON];
  throw new Error(`cannot run a snippet in '${language}'`);
}
