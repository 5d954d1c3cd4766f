import type { StatusSection, StatusValue } from '../http/status-document.ts';
import { statusWords } from '../http/status-words.ts';
import { printable } from '../log/printable.ts';
import { describeDuration } from '../verdict/describe-duration.ts';
import type { Problem } from '../verdict/problem.ts';
import type { VerdictState } from '../verdict/verdict.ts';
import type { ProgramStatus } from './parse-status.ts';
import { paint, type Style, type Terminal } from './terminal.ts';
import { cutText, wrapText } from './wrap-text.ts';

/** The head of a picture, whatever the program gives: one without a verdict of its own has readiness. */
interface Head {
  readonly state: VerdictState;
  readonly since: string;
  readonly why: string;
  readonly notes: readonly (readonly [name: string, text: string])[];
}

const MARKS: Readonly<Record<VerdictState, readonly [mark: string, style: Style]>> = {
  ok: ['✓', 'green'],
  degraded: ['!', 'yellow'],
  blocked: ['✗', 'red'],
};
/** Rows of a table; one screen is what this is for, `/statusz` has the rest. */
const MOST_ROWS = 6;
/** Columns that say how a row of a table is, by which a long one is summed up. */
const STATE_COLUMNS: readonly string[] = ['phase', 'state', 'reason'];
type Row = Readonly<Record<string, StatusValue>>;

/** How a program is, by its own word. */
export function stateOf({ document, isReady }: ProgramStatus): VerdictState {
  return document.verdict?.state ?? (isReady ? 'ok' : 'degraded');
}

/**
 * One screen about a program: its verdict with the reason and the cure, its problems, and what it shows besides, short. Everything that it
 * quotes is made printable.
 */
export function renderStatus(status: ProgramStatus, nowMs: number, terminal: Terminal): string {
  const { document } = status;
  const { program, version, startedAt, problems = [] } = document;
  const up = describeDuration(nowMs - Date.parse(startedAt));
  const started = Number.isNaN(Date.parse(startedAt)) ? '' : `, up ${up}`;
  return [
    ...renderHead(headOf(status), nowMs, terminal),
    ...standing(`${printable(`${program} ${version}`)}${started}`, terminal).map((line) =>
      paint(terminal, 'gray', line),
    ),
    ...(problems.length === 0 ? [] : ['', paint(terminal, 'bold', 'Problems')]),
    ...problems.flatMap((problem) => renderProblem(problem, terminal)),
    ...document.sections.flatMap((section) => renderSection(section, nowMs, terminal)),
    '',
  ].join('\n');
}

function headOf(status: ProgramStatus): Head {
  const { document, isReady, reasons } = status;
  const { verdict } = document;
  if (verdict === undefined) {
    const [why = '', ...rest] = reasons;
    return { state: stateOf(status), since: '', why, notes: rest.map((reason) => ['and', reason]) };
  }
  const { state, since, why, address, cure, runbook, others, cause } = verdict;
  const more = others === 0 ? '' : `${String(others)} more ${others === 1 ? 'problem' : 'problems'}, below`;
  const notReady = isReady || state === 'ok' ? '' : reasons.join('; ');
  const notes = [
    ['check', cause],
    ['address', address],
    ['do', cure],
    ['runbook', runbook],
    ['not ready', notReady],
    ['besides', more],
  ] as const;
  return { state, since, why, notes: notes.filter(([, text]) => text !== '') };
}

function renderHead({ state, since, why, notes }: Head, nowMs: number, terminal: Terminal): string[] {
  const [mark, style] = MARKS[state];
  const forMs = nowMs - Date.parse(since);
  const time = Number.isNaN(forMs) ? '' : ` for ${describeDuration(forMs)}, since ${since}`;
  const words = `${mark} ${state}${time}${why === '' ? '' : `: ${printable(why)}`}`;
  const lines = wrapText(words, { indent: 2, columns: terminal.columns });
  return [...lines.map((line) => paint(terminal, style, line)), ...renderPairs(notes, terminal)];
}

function renderProblem(
  { cause, severity, why, cure, since, endedAt, durationMs, count, subjects }: Problem,
  terminal: Terminal,
) {
  const isOver = endedAt !== undefined;
  const times = count > 1 ? `, ${String(count)} times` : '';
  const when = isOver
    ? `ended after ${describeDuration(durationMs)}`
    : `for ${describeDuration(durationMs)}, since ${since}`;
  const [mark, style] = isOver ? (['·', 'gray'] as const) : MARKS[severity];
  const whose =
    subjects.length === 0 ? '' : ` (${subjects.length > 3 ? `${String(subjects.length)}: ` : ''}${cutList(subjects)})`;
  const text = `${mark} ${cause}${printable(whose)}: ${printable(why)}, ${when}${times}`;
  const lines = wrapText(text, { indent: 2, columns: terminal.columns }).map((line) => paint(terminal, style, line));
  const [first = '', ...rest] =
    isOver || cure === '' ? [] : wrapText(`→ ${printable(cure)}`, { indent: 4, columns: terminal.columns });
  return first === '' ? lines : [...lines, `  ${first}`, ...rest];
}

function cutList(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(', ');
}

function renderSection({ title, rows }: StatusSection, nowMs: number, terminal: Terminal): string[] {
  const lines = Array.isArray(rows) ? renderRows(rows, nowMs, terminal) : renderPairs(entriesOf(rows, nowMs), terminal);
  const titles = wrapText(printable(title), { indent: 0, columns: terminal.columns });
  return lines.length === 0 ? [] : ['', ...titles.map((line) => paint(terminal, 'bold', line)), ...lines];
}

/** Without what is empty: there is nothing to be seen of it. */
function entriesOf(row: StatusSection['rows'], nowMs: number): (readonly [string, string])[] {
  return Object.entries(row).flatMap(([field, value]) => {
    const { name, text } = statusWords(field, value, nowMs);
    return text === '' ? [] : [[name, text] as const];
  });
}

function renderPairs(pairs: readonly (readonly [string, string])[], terminal: Terminal): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.flatMap(([name, text]) => {
    // Beside long names there is no room for a column of text on a narrow terminal.
    const indent = Math.min(width, Math.floor((terminal.columns ?? 200) / 2) - 4) + 4;
    const shown = printable(name);
    if (isWiderThan(text, indent, terminal)) {
      const [alone = '', ...more] = wrapText(printable(text), { indent: OWN_LINE, columns: terminal.columns });
      const names = standing(shown, terminal).map((line) => paint(terminal, 'gray', line));
      return [...names, ' '.repeat(OWN_LINE) + alone, ...more];
    }
    const [first = '', ...rest] = wrapText(printable(text), { indent, columns: terminal.columns });
    // What does not fit into the column of names has lines of its own.
    if (shown.length > indent - 4)
      return [
        ...standing(shown, terminal).map((line) => paint(terminal, 'gray', line)),
        ' '.repeat(indent) + first,
        ...rest,
      ];
    return [`  ${paint(terminal, 'gray', shown.padEnd(indent - 4))}  ${first}`, ...rest];
  });
}

/** An id that is broken in two cannot be copied: where it would be, and a line of its own is wide enough, it gets one. */
function isWiderThan(text: string, indent: number, { columns = Infinity }: Terminal): boolean {
  const longest = Math.max(
    ...printable(text)
      .split(/[ ,/=]/u)
      .map(({ length }) => length),
  );
  return longest > columns - indent && longest <= columns - OWN_LINE;
}

/** Where a value begins that has a line of its own. */
const OWN_LINE = 4;

/** A text that stands indented, as all lines below a head. */
function standing(text: string, { columns }: Terminal): string[] {
  const [first = '', ...rest] = wrapText(text, { indent: 2, columns });
  return [`  ${first}`, ...rest];
}

/** A table; of a long one how many rows are in which state, and those that are not in the usual one. */
function renderRows(rows: readonly Row[], nowMs: number, terminal: Terminal): string[] {
  const column = STATE_COLUMNS.find((name) => rows.some((row) => name in row));
  if (rows.length <= MOST_ROWS || column === undefined) return cutRows(rows, nowMs, terminal);
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(textOf(row[column]), (counts.get(textOf(row[column])) ?? 0) + 1);
  const states = [...counts].toSorted(([, one], [, other]) => other - one);
  const usual = states[0]?.[0];
  const sums = states.map(([state, count]) => `${String(count)} ${state === '' ? '-' : state}`).join(', ');
  const others = rows.filter((row) => textOf(row[column]) !== usual);
  return [...standing(printable(sums), terminal), ...cutRows(others, nowMs, terminal)];
}

function cutRows(rows: readonly Row[], nowMs: number, terminal: Terminal): string[] {
  const shown = rows.slice(0, MOST_ROWS);
  const lines = shown.map((row) => {
    const text = entriesOf(row, nowMs)
      .map(([name, value], index) => printable(index === 0 ? value : `${name}=${value}`))
      .join('  ');
    return `  ${cutText(text, (terminal.columns ?? Infinity) - 2)}`;
  });
  const more = rows.length - shown.length;
  return more > 0 ? [...lines, paint(terminal, 'gray', `  and ${String(more)} more`)] : lines;
}

const textOf = (value: StatusValue | undefined): string => (value === null || value === undefined ? '' : String(value));
