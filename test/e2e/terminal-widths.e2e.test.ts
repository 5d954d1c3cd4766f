/** What the sub-commands of all programs write fits the terminal, is broken between words alone, and is coloured on a terminal that wants it. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { findProgram, PROGRAMS, sourceOf } from '../../scripts/programs.ts';
import { startProgram } from '../stages/child-program.ts';
import type { TerminalCall, TerminalText } from '../stages/terminal-calls/terminal-call.ts';

const WIDTHS = [60, 80, 200] as const;
const MAIN = `${import.meta.dirname}/../stages/terminal-calls/main.ts`;
/** What these write is for a file, not for people. */
const FILES = ['support-bundle', 'dump'];

/** Nobody answers anywhere, and most options are missing: each command has something to say about it. */
const ENV = { ADMIN_PORT: '1', TERM: 'xterm-256color', SOME_UNKNOWN_VARIABLE: 'x' };

async function callAll(name: string, calls: readonly TerminalCall[]): Promise<TerminalText[]> {
  const program = findProgram(name);
  await using child = startProgram({
    entry: MAIN,
    name,
    args: [sourceOf(program), JSON.stringify(calls)],
    nodeArgs: program.nodeFlags,
    env: ENV,
  });
  const { code } = await child.exit;
  const stdout = child.lines.filter(({ stream }) => stream === 'stdout');
  expect([code, stdout.length]).toEqual([0, calls.length]);
  return stdout.map(({ text }) => JSON.parse(text) as TerminalText);
}

/** Where words end, counted in letters without the blanks. */
function endsOf(text: string): Set<number> {
  let end = 0;
  return new Set(text.split(/\s+/u).map((word) => (end += word.length)));
}

/** Words that one of two texts breaks and the other does not, though they fit into a line; a text of both, where they say different things. */
function cutWords(text: string, whole: string, columns: number): string[] {
  const letters = text.replaceAll(/\s+/gu, '');
  if (letters !== whole.replaceAll(/\s+/gu, '')) return [text];
  const [ends, others] = [endsOf(text), endsOf(whole)];
  let start = 0;
  return [...ends].flatMap((end) => {
    if (!others.has(end)) return [];
    const word = letters.slice(start, end);
    const isBroken = [...ends, ...others].some((at) => at > start && at < end);
    start = end;
    return isBroken && word.length <= columns / 3 ? [word] : [];
  });
}

test.for(PROGRAMS.map(({ name }) => name))(
  'what %s says fits terminals of every width',
  { timeout: 300_000 },
  async (name) => {
    const [help] = await callAll(name, [{ args: ['--help'] }]);
    const section = /^Commands:\n(?<rows>(?: {2}.*\n)+)/mu.exec(help?.text ?? '')?.groups?.['rows'] ?? '';
    const commands = [...section.matchAll(/^ {2}(?<name>[a-z][\w-]*) /gmu)].map((row) => row.groups?.['name'] ?? '');
    expect(commands).toEqual(expect.arrayContaining(['run', 'status', 'support-bundle']));
    const own = commands.filter((command) => command !== 'run');
    const plans: readonly (readonly string[])[] = [
      ['--help'],
      ['--version'],
      ['dance-with-somebody'],
      ...own.flatMap((command) => [
        [command, '--help'],
        [command, '--a-flag-that-there-is-not'],
        ...(FILES.includes(command) ? [] : [[command], [command, 'aks-pool1-12345678-vmss000000']]),
      ]),
    ];
    const calls = plans.flatMap((args): TerminalCall[] => [
      { args },
      ...WIDTHS.flatMap((columns) => [
        { args, columns },
        { args, columns, isPlain: true },
      ]),
    ]);
    const texts = await callAll(name, calls);
    const wrong = calls.flatMap(({ args, columns, isPlain }, index) => {
      const { text } = texts[index] ?? { text: '' };
      const piped = texts[calls.findIndex((call) => call.args === args)]?.text ?? '';
      const plain = stripVTControlCharacters(text);
      const about = `${args.join(' ')} at ${String(columns ?? 'a pipe')}`;
      const isColoured = text !== plain;
      return [
        ...(plain.trim() === '' ? [`${about}: nothing`] : []),
        ...(isColoured && (columns === undefined || isPlain) ? [`${about}: colour`] : []),
        ...plain.split('\n').flatMap((line) => (line.length > (columns ?? Infinity) ? [`${about}: ${line}`] : [])),
        ...cutWords(plain, piped, columns ?? Infinity).map((word) => `${about}: cut or lost: ${word}`),
      ];
    });
    expect(wrong).toEqual([]);
    expect(texts.some(({ text }) => text !== stripVTControlCharacters(text))).toBe(true);
  },
);
