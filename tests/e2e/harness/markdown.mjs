// Parses the parts of Markdown that tests of the documents need: fenced blocks with the comment above them, tables, headings,
// links and inline code.
import { readFile } from 'node:fs/promises';
import { run } from './process.mjs';

export const ROOT = new URL('../../../', import.meta.url).pathname;

/** The text of a document; `path` is relative to the root of the project. */
export const readDocument = (path) => readFile(ROOT + path, 'utf8');

/** The files of the project that match the patterns, including those that are not committed yet. */
export async function projectFiles(...patterns) {
  const { code, stdout, stderr } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', ...patterns], { cwd: ROOT });
  if (code !== 0) throw new Error(`git ls-files: ${stderr}`);
  return stdout.trim().split('\n');
}

/** The *.md files of the project. */
export const documents = () => projectFiles('*.md');

/** The fenced blocks, [{ language, note, text, line }]; `note` is the text of an HTML comment on the line above. */
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

/** The text without fenced blocks. */
export const prose = (markdown) => markdown.replace(/^(\s*)(`{3,})[^\n]*\n[\s\S]*?^\s*\2`*[ \t]*$/gm, '');

/** The text under a heading, up to the next heading of its level or above. */
export function section(markdown, heading) {
  const lines = markdown.split('\n');
  const at = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  if (at < 0) throw new Error(`there is no heading '${heading}'`);
  const level = /^#+/.exec(lines[at])[0].length;
  const end = lines.findIndex((line, index) => index > at && /^#+ /.test(line) && /^#+/.exec(line)[0].length <= level);
  return lines.slice(at + 1, end < 0 ? undefined : end).join('\n');
}

/** The cells of the rows of all tables, without their header rows. */
export function rows(markdown) {
  const lines = markdown.split('\n');
  return lines.filter((line, index) => line.startsWith('|') && !/^\|[-:| ]+\|$/.test(line) && !/^\|[-:| ]+\|$/.test(lines[index + 1] ?? ''))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')));
}

/** The anchors of the headings, as GitHub and GitLab generate them. */
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

/** The contents of inline code. */
export const codeSpans = (markdown) => [...prose(markdown).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);

/** The targets of links and images. */
export function links(markdown) {
  const text = prose(markdown).replace(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)];
  const html = [...text.matchAll(/<(?:img|source|a)\b[^>]*?(?:src|srcset|href)="([^"\s]+)/g)];
  return [...inline, ...html].map(([, target]) => target);
}
