// Starts interactive shells on a terminal of their own, with the completions and without the user's settings. In them the program is
// a function that prints its arguments.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../e2e/harness/process.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { manPath } from './man.mjs';

const PRINT = 'aluvia-connect() { printf "<%s>" "$@"; echo; }\n';

const SHELLS = {
  async bash(folder) {
    await writeFile(join(folder, 'bashrc'),
      `. /usr/share/bash-completion/bash_completion\n. ${manPath('aluvia-connect.bash')}\n${PRINT}`);
    return `bash --noprofile --rcfile ${join(folder, 'bashrc')} -i`;
  },
  async zsh(folder) {
    await writeFile(join(folder, '.zshrc'),
      `fpath=(${manPath('')} $fpath)\nautoload -Uz compinit\ncompinit -u -d ${join(folder, 'dump')}\n${PRINT}`);
    return 'zsh -d -i';
  },
  async fish(folder) {
    // Without this directory fish reads every manual page of the machine in the background, and outlives the test.
    await mkdir(join(folder, 'fish', 'generated_completions'), { recursive: true });
    await writeFile(join(folder, 'fish', 'config.fish'),
      `source ${manPath('aluvia-connect.fish')}\nfunction aluvia-connect\n  printf '<%s>' $argv\n  echo\nend\n`);
    return 'fish -i';
  },
};

/** Types a line, in which \t is the tabulator key, and returns the arguments that came of it. */
export async function typed(scope, shell, line) {
  const folder = await temporaryFolder(scope);
  const command = await SHELLS[shell](folder);
  const env = { HOME: folder, ZDOTDIR: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, TERM: 'xterm', LANG: 'C.UTF-8' };
  const { stdout } = await run('script', ['-qec', command, '/dev/null'], { env, input: `${line}\nexit\n`, cwd: folder });
  const printed = /(?:^|[\r\n\x07])((?:<[^<>\r\n]*>)+)\r/m.exec(stdout);
  if (!printed) throw new Error(`${shell} printed no arguments for ${JSON.stringify(line)}:\n${stdout}`);
  return printed[1].slice(1, -1).split('><');
}
