// Starts interactive shells on a terminal of their own, with the completions and without the user's settings. In them the program is
// a function that prints its arguments, except for the candidates that a completion asks for.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../e2e/harness/process.mjs';
import { temporaryFolder } from '../e2e/harness/temp.mjs';
import { manPath } from './man.mjs';

const PRINT = `aluvia-connect() {
  if [ "$1" = __complete ]; then '${process.env.ALUVIA_CONNECT}' "$@"; return; fi
  printf "<%s>" "$@"; echo
}
`;

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
      `source ${manPath('aluvia-connect.fish')}\nfunction aluvia-connect
  if test "$argv[1]" = __complete; '${process.env.ALUVIA_CONNECT}' $argv; return; end
  printf '<%s>' $argv
  echo
end
`);
    return 'fish -i';
  },
};

/** Types a line, in which \t is the tabulator key, and returns the arguments that came of it. */
export async function typed(scope, shell, line, more = {}) {
  const folder = await temporaryFolder(scope);
  const command = await SHELLS[shell](folder);
  const env = { HOME: folder, ZDOTDIR: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, TERM: 'xterm', LANG: 'C.UTF-8', ...more };
  const { stdout } = await run('script', ['-qec', command, '/dev/null'], { env, input: `${line}\nexit\n`, cwd: folder });
  const printed = /(?:^|[\r\n\x07])((?:<[^<>\r\n]*>)+)\r/m.exec(stdout);
  if (!printed) throw new Error(`${shell} printed no arguments for ${JSON.stringify(line)}:\n${stdout}`);
  return printed[1].slice(1, -1).split('><');
}
