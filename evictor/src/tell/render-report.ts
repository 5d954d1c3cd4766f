import { paint, type Terminal } from '@castai/shared/command/terminal.ts';
import { wrapText } from '@castai/shared/command/wrap-text.ts';
import { printable } from '@castai/shared/log/printable.ts';
import { describeDuration } from '@castai/shared/verdict/describe-duration.ts';
import { describeMoney } from '../report/describe-money.ts';
import type { ReportDocument } from '../report/report-document.ts';
import { counted } from '../view/counted.ts';
import { paragraph, share } from './words.ts';

/** Rows of a list on a terminal; a pipe gets all of them. */
const MOST_ROWS = 10;
/** Nodes that are named behind a reason. */
const MOST_NAMED = 4;

/**
 * A report on a page: what could go and what it would save, why the others stay, what should be renewed, which budgets are in the way. On a
 * terminal long lists are cut, and `explain NODE` tells the rest; what goes through a pipe is neither cut nor wrapped.
 */
export function renderReport(report: ReportDocument, nowMs: number, terminal: Terminal): string {
  const { removable, nodes, saved, notLookedAt } = report;
  const amounts = `${String(round(saved.cores))} cores and ${String(round(saved.gibibytes))} GiB`;
  // What was not looked at is not known to stay.
  const atLeast = notLookedAt === 0 ? '' : 'at least ';
  const head = `${atLeast}${share(removable.length, nodes, 'node')} could go${removable.length === 0 ? '' : `: ${amounts}`}`;
  const rest =
    notLookedAt === 0 ? [] : paragraph(`no time yet to look at ${counted(notLookedAt, 'node')}`, 2, terminal);
  const money = removable.length === 0 ? [] : paragraph(`money: ${describeMoney(saved)}`, 2, terminal);
  return [
    ...wrapText(head, { indent: 2, columns: terminal.columns }).map((line) => paint(terminal, 'bold', line)),
    ...money,
    ...rest,
    ...paragraph(lookedAt(report, nowMs), 2, terminal).map((line) => paint(terminal, 'gray', line)),
    ...section('Nodes that could go', removableRows(report), terminal),
    ...section('Nodes that stay', blockedRows(report), terminal),
    ...section('Pools', poolRows(report), terminal),
    ...section('Maintenance windows', windowRows(report, nowMs), terminal),
    ...section('Disruption budgets', budgetRows(report), terminal),
    '',
  ].join('\n');
}

/** A row: its first line, and what stands indented below it. */
type Row = readonly [line: string, ...below: string[]];

function section(title: string, rows: readonly Row[], terminal: Terminal): string[] {
  if (rows.length === 0) return [];
  const shown = terminal.isTerminal ? rows.slice(0, MOST_ROWS) : rows;
  const more = rows.length - shown.length;
  return [
    '',
    paint(terminal, 'bold', title),
    ...shown.flatMap(([line, ...below]) => [
      ...paragraph(line, 2, terminal),
      ...below.flatMap((one) => paragraph(one, 4, terminal)).map((one) => paint(terminal, 'gray', one)),
    ]),
    ...(more > 0 ? [paint(terminal, 'gray', `  and ${String(more)} more; --json has all`)] : []),
  ];
}

function lookedAt({ at, tookMs, nodes, pods, controlPlane }: ReportDocument, nowMs: number): string {
  const version = controlPlane === '' ? '' : `, control plane ${printable(controlPlane)}`;
  const ago = describeDuration(Math.max(0, nowMs - Date.parse(at)));
  return `looked at ${ago} ago, within ${String(tookMs)} ms: ${counted(nodes, 'node')}, ${counted(pods, 'pod')}${version}`;
}

function removableRows({ removable }: ReportDocument): Row[] {
  return removable.map(({ node, moves }) => {
    if (moves.length === 0) return [`${printable(node)}: nothing has to move`];
    const counts = Map.groupBy(moves, ({ to }) => to);
    const places = [...counts].map(([to, some]) => `${printable(to)}${some.length === 1 ? '' : ` (${some.length})`}`);
    return [`${printable(node)}: ${counted(moves.length, 'pod')}, as to ${named(places)}`];
  });
}

/** By reason, the commonest first: an operator clears reasons, not nodes. */
function blockedRows({ blocked, reasons }: ReportDocument): Row[] {
  const nodesOf = new Map<string, Set<string>>();
  for (const { node, blockers } of blocked)
    for (const { reason } of blockers) nodesOf.set(reason, (nodesOf.get(reason) ?? new Set()).add(node));
  return [...nodesOf]
    .toSorted(([a, one], [b, other]) => other.size - one.size || (a < b ? -1 : 1))
    .map(([reason, names]) => [
      `${reason}: ${counted(names.size, 'node')}, ${named([...names].map(printable))}`,
      ...textOf(reasons[reason]),
    ]);
}

function poolRows({ pools, renew, reasons }: ReportDocument): Row[] {
  const codes = [...new Set(renew.map(({ reason }) => reason))];
  const rows = pools.flatMap(({ pool, nodes, renew: counts }): Row[] => {
    const wrong = Object.entries(counts).map(([reason, count]) => `${String(count)} ${reason}`);
    return wrong.length === 0 ? [] : [[`${poolName(pool)}, ${counted(nodes, 'node')}: ${wrong.join(', ')}`]];
  });
  if (rows.length === 0 && pools.length === 1) return [['the one pool is as it should be']];
  if (rows.length === 0 && pools.length > 0) return [[`all ${counted(pools.length, 'pool')} are as they should be`]];
  return [...rows, ...codes.map((code): Row => [code, ...textOf(reasons[code])])];
}

function windowRows({ windows }: ReportDocument, nowMs: number): Row[] {
  return windows.map(({ kind, closesAt, nextStart }) => {
    const until = (at: string): string => `in ${describeDuration(Date.parse(at) - nowMs)}, at ${at}`;
    if (closesAt !== null) return [`${kind}: open, closes ${until(closesAt)}`];
    return [nextStart === null ? `${kind}: none to come` : `${kind}: opens ${until(nextStart)}`];
  });
}

function budgetRows({ budgets, reasons }: ReportDocument): Row[] {
  return budgets.map(({ budget, reason, detail }) => [
    `${printable(budget)}: ${reason}${detail === '' ? '' : `: ${printable(detail)}`}`,
    ...textOf(reasons[reason]),
  ]);
}

function poolName(pool: string): string {
  return pool === '' ? 'nodes without a pool' : printable(pool);
}

function textOf(text: ReportDocument['reasons'][string] | undefined): string[] {
  return text === undefined ? [] : [text.words, `→ ${text.cure}`];
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${shown} and ${String(names.length - MOST_NAMED)} more` : shown;
}

const round = (value: number): number => Math.round(value * 10) / 10;
