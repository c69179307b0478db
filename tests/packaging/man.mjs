// Finds the manual page and the completions, and reads the program's own help.
import { aluviaConnect } from '../e2e/harness/aluvia_connect.mjs';
import { run } from '../e2e/harness/process.mjs';

if (!process.env.ALUVIA_MAN) throw new Error('set ALUVIA_MAN to the folder of the manual page (ctest does it)');

export const manPath = (name) => `${process.env.ALUVIA_MAN}/${name}`;

export async function help(...command) {
  return (await run(aluviaConnect, [...command, '--help'])).stdout;
}

/** The commands that the overview lists. */
export async function commands() {
  return [...(await help()).split('\nExamples:')[0].matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
}

/** The options of a help text: --port, … */
export function flags(text) {
  return [...text.matchAll(/^ {2}(?:-[hV], )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
}
