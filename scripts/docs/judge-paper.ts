import { dirname, join, normalize } from 'node:path/posix';
import type { Paper } from './read-paper.ts';

/** What papers speak of. */
export interface Library {
  readonly papers: readonly Paper[];
  /** Every file of the repository, from its root. */
  readonly files: readonly string[];
  /** Names of the scripts in package.json. */
  readonly scripts: readonly string[];
}

/** How large a paper may be, in bytes: what is longer is read by nobody from one end to the other. */
const MAX_BYTES: Readonly<Record<string, number>> = {
  'README.md': 10 * 1024,
  'ARCHITECTURE.md': 8 * 1024,
  'CONTRIBUTING.md': 8 * 1024,
  'SECURITY.md': 8 * 1024,
};
/** How large the paper of a program may be, in bytes, tables that are made of the code included. */
const MAX_BYTES_OF_PROGRAM = 20 * 1024;
const MAX_COLUMNS = 200;
/** A name with one of these is that of a file here, wherever it stands. */
const FILE_ENDINGS = /\.(?:ts|mjs|js|md|proto|tpl|ya?ml|css|html)$/u;
/** What is made and not kept. */
const MADE = /^(?:dist|node_modules)\//u;

/**
 * What is wrong with a paper, each with its line: it is too long, a line of prose is, a link leads nowhere, a file or folder that it
 * names in backticks or a script that it tells to run does not exist. Pure.
 */
export function judgePaper(paper: Paper, library: Library): string[] {
  const isOfProgram = /^[^/]+\/(?:README|ARCHITECTURE)\.md$/u.test(paper.path);
  const most = MAX_BYTES[paper.path] ?? (isOfProgram ? MAX_BYTES_OF_PROGRAM : Infinity);
  const isLong = paper.bytes > most;
  return [
    ...(isLong ? [`${paper.path}: ${String(paper.bytes)} bytes, more than ${String(most)}`] : []),
    ...paper.lines
      .filter(({ kind }) => kind !== 'generated')
      .flatMap(({ number, kind, text }) => {
        const code = kind === 'code';
        const problems = [
          ...(kind !== 'table' && !text.startsWith('- **') && text.length > MAX_COLUMNS
            ? [`more than ${String(MAX_COLUMNS)} columns`]
            : []),
          ...(code ? [] : deadLinks(text, paper, library)),
          ...(code ? [] : missingFiles(text, paper, library)),
          ...unknownScripts(text, library),
        ];
        return problems.map((problem) => `${paper.path}:${String(number)}: ${problem}`);
      }),
  ];
}

function deadLinks(text: string, { path }: Paper, { papers, files }: Library): string[] {
  const targets = [...text.matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map(({ groups }) => groups?.['target'] ?? '');
  return targets.flatMap((target) => {
    if (/^[a-z]+:/u.test(target)) return [];
    const [file = '', anchor] = target.split('#', 2);
    const to = file === '' ? path : normalize(join(dirname(path), file));
    if (!exists(to, files)) return [`the link to ${target} leads nowhere`];
    const isThere = anchor === undefined || papers.find((paper) => paper.path === to)?.anchors.has(anchor) === true;
    return isThere ? [] : [`the link to ${target} names no heading`];
  });
}

/** A path may begin at the root, at the paper, or somewhere in between: what counts is that files end so. */
function missingFiles(text: string, { path }: Paper, { files }: Library): string[] {
  const quoted = [...text.matchAll(/`(?<quoted>[^`]+)`/gu)].map(({ groups }) => groups?.['quoted'] ?? '');
  return quoted
    .filter((name) => isPath(name, files) && !MADE.test(name))
    .filter((name) => !exists(normalize(join(dirname(path), name)), files) && !matches(name, files))
    .map((name) => `there is no ${name}`);
}

function isPath(name: string, files: readonly string[]): boolean {
  if (/[\s…{}]|^[/.]|^https?:/u.test(name)) return false;
  if (FILE_ENDINGS.test(name)) return true;
  // `kubernetes.io/` is a prefix of labels, `text/html` a media type.
  const [first = ''] = name.split('/');
  return /^[\w-]+(?:\/[\w-]+)*\/$/u.test(name) || (name.includes('/') && exists(first, files));
}

function exists(path: string, files: readonly string[]): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return path === '.' || files.some((file) => file === path || file.startsWith(folder));
}

/** `x` and `<program>` stand for any name, `*` for any text; a folder ends in a slash. */
function matches(name: string, files: readonly string[]): boolean {
  const pattern = name
    .replaceAll(/<[^>]+>|(?<=^|[-/])x(?=[-.])/gu, '*')
    .replaceAll(/[.+?^$()|[\]\\]/gu, '\\$&')
    .replaceAll('*', '[^/]*');
  const end = name.endsWith('/') ? '' : '(?:/|$)';
  const ends = new RegExp(`(?:^|/)${pattern}${end}`, 'u');
  return files.some((file) => ends.test(file));
}

function unknownScripts(text: string, { scripts }: Library): string[] {
  const named = [...text.matchAll(/npm run (?<names>[a-z][a-z|-]*)/gu)].flatMap(({ groups }) =>
    (groups?.['names'] ?? '').split('|'),
  );
  return named.filter((name) => !scripts.includes(name)).map((name) => `there is no npm run ${name}`);
}
