import { printable } from '../log/printable.ts';
import { exitCodeOf, type Finding, type Severity } from './finding.ts';
import { paint, type Style, type Terminal } from './terminal.ts';
import { wrapText } from './wrap-text.ts';

const WORDS: Readonly<Record<Severity, readonly [word: string, style: Style]>> = {
  ok: ['ok', 'green'],
  warning: ['WARNING', 'yellow'],
  problem: ['PROBLEM', 'red'],
  skipped: ['skipped', 'gray'],
};
const RESULTS = ['ok', 'warning', 'problem'] as const;
/** The longest id that is no member of a group; fixed, because lines are written as findings come. */
const ID_WIDTH = 16;
const INDENT = 8 + ID_WIDTH + 2;
/** Names of a group that are told without `--verbose`. */
const MOST_MEMBERS = 5;

/** How a report is written. */
export interface ReportLook {
  readonly terminal: Terminal;
  /** Every finding for itself. */
  readonly isVerbose: boolean;
}

/** Findings for people: a line for each, or for all that have the same cause and cure, and the cure below it. Each ends with a newline. */
export function renderFindings(findings: readonly Finding[], look: ReportLook): string {
  const groups = look.isVerbose ? findings.map((finding) => [finding]) : groupsOf(findings);
  return groups
    .flatMap((group) => renderGroup(group, look))
    .map((line) => `${line}\n`)
    .join('');
}

/** The same for scripts: one JSON document. */
export function renderReport(findings: readonly Finding[], about: { program: string; version: string }): string {
  const result = RESULTS[exitCodeOf(findings)];
  const plain = findings.map(({ id, severity, detail, cure }) => ({ id, severity, detail, cure }));
  return `${JSON.stringify({ ...about, result, findings: plain }, null, 2)}\n`;
}

/** The last line: how many of each, and what that means for the program. */
export function summaryOf(findings: readonly Finding[], program: string): string {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length;
  const some = (amount: number, noun: string): string => `${String(amount)} ${noun}${amount === 1 ? '' : 's'}`;
  const parts = [
    `${String(count('ok'))} ok`,
    some(count('warning'), 'warning'),
    some(count('problem'), 'problem'),
    ...(count('skipped') === 0 ? [] : [`${String(count('skipped'))} skipped`]),
  ];
  const meaning = [
    `${program} would do its work`,
    `${program} would do its work in part`,
    `${program} cannot do its work`,
  ];
  return `${parts.join(', ')}: ${meaning[exitCodeOf(findings)] ?? ''}`;
}

/** Those of the same cause and cure together, where the first of them stands. */
function groupsOf(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<unknown, Finding[]>();
  for (const finding of findings) {
    const { group, severity, cure } = finding;
    const key = group === undefined ? finding : JSON.stringify([severity, group.cause, cure]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [finding]);
    else known.push(finding);
  }
  return [...groups.values()];
}

function renderGroup(group: readonly Finding[], { terminal }: ReportLook): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const { severity, cure } = first;
  const [word, style] = WORDS[severity];
  const members = group.flatMap(({ group: of }) => of?.member ?? []);
  const isMany = group.length > 1;
  const id = isMany ? `${first.id.split('/')[0] ?? ''} (${String(group.length)})` : first.id;
  const more = members.length - MOST_MEMBERS;
  const names = [
    members.slice(0, MOST_MEMBERS).join(', '),
    ...(more > 0 ? [`and ${String(more)} more, see --verbose`] : []),
  ].join(' ');
  const detail = isMany ? `${first.group?.cause ?? ''} ${names}` : first.detail;
  const [head = '', ...rest] = detail.split('\n').flatMap((line) => wrapped(line.trim(), terminal));
  const indent = ' '.repeat(INDENT);
  // An id that is longer than its column has a line of its own.
  const begin =
    id.length > ID_WIDTH
      ? [...longId(paint(terminal, style, word.padEnd(8)), id, terminal), indent + head]
      : [paint(terminal, style, word.padEnd(8)) + id.padEnd(ID_WIDTH + 2) + head];
  return [
    ...begin,
    ...rest.map((line) => indent + line),
    ...(cure === '' ? [] : wrapped(`→ ${cure}`, terminal).map((line) => indent + line)),
  ];
}

/** Names of kinds are as long as their vendors like; where one is longer than the line, it is broken and not cut. */
function longId(word: string, id: string, { columns }: Terminal): string[] {
  const [first = '', ...rest] = wrapText(id, { indent: 8, columns });
  return [word + first, ...rest];
}

function wrapped(text: string, { columns }: Terminal): string[] {
  return wrapText(printable(text), { indent: INDENT, columns }).map((line) => line.trimStart());
}
