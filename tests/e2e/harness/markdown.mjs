// Markdown as far as tests of our papers need it: fenced blocks with the comment above them, tables, headings, links.
import { readFile } from 'node:fs/promises';
import { run } from './process.mjs';

export const ROOT = new URL('../../../', import.meta.url).pathname;

/** The text of a paper, named from the root of the project. */
export const paper = (path) => readFile(ROOT + path, 'utf8');

/** Every *.md that belongs to the project, also one that is not committed yet. */
export async function papers() {
  const { code, stdout, stderr } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.md'], { cwd: ROOT });
  if (code !== 0) throw new Error(`git ls-files: ${stderr}`);
  return stdout.trim().split('\n');
}

/** [{ language, note, text, line }]; `note` is what an HTML comment on the line above says. */
export function blocks(markdown) {
  const out = [];
  let open;
  let note = '';
  markdown.split('\n').forEach((line, index) => {
    const fence = /^\s*(`{3,})(\S*)/.exec(line);
    if (open && fence?.[1].length >= open.fence.length && fence[2] === '') {
      out.push({ language: open.language, note: open.note, text: open.lines.join('\n') + '\n', line: open.line });
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (fence) {
      open = { fence: fence[1], language: fence[2], note, lines: [], line: index + 1 };
    } else {
      note = /^<!-- (.*) -->$/.exec(line)?.[1] ?? '';
    }
  });
  if (open) throw new Error(`the block of line ${open.line} has no end`);
  return out;
}

/** The text without what stands in fenced blocks. */
export const prose = (markdown) => markdown.replace(/^(\s*)(`{3,})[^\n]*\n[\s\S]*?^\s*\2`*[ \t]*$/gm, '');

/** The part under a heading, up to the next one of its level or above. */
export function section(markdown, heading) {
  const lines = markdown.split('\n');
  const at = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  if (at < 0) throw new Error(`there is no heading '${heading}'`);
  const level = /^#+/.exec(lines[at])[0].length;
  const end = lines.findIndex((line, index) => index > at && /^#+ /.test(line) && /^#+/.exec(line)[0].length <= level);
  return lines.slice(at + 1, end < 0 ? undefined : end).join('\n');
}

/** The cells of the rows of all tables in the text, without their heads. */
export function rows(markdown) {
  const lines = markdown.split('\n');
  return lines.filter((line, index) => line.startsWith('|') && !/^\|[-:| ]+\|$/.test(line) && !/^\|[-:| ]+\|$/.test(lines[index + 1] ?? ''))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')));
}

/** The anchors of the headings, as forges make them. */
export function anchors(markdown) {
  const seen = new Map();
  return [...prose(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, title]) => {
    const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before ? `${anchor}-${before}` : anchor;
  });
}

/** Where links and pictures of the text lead. */
export function links(markdown) {
  const text = prose(markdown).replace(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)];
  const html = [...text.matchAll(/<(?:img|source|a)\b[^>]*?(?:src|srcset|href)="([^"\s]+)/g)];
  return [...inline, ...html].map(([, target]) => target);
}
