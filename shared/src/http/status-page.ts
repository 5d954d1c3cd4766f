import type { StatusValue, StatusSection, StatusDocument } from './status-document.ts';
import { describeDuration } from '../verdict/describe-duration.ts';
import type { Problem } from '../verdict/problem.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { describeMoment, inWords, statusWords } from './status-words.ts';

const REFRESH_SECONDS = 10;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
p, .ended { color: light-dark(#5b6570, #9aa7b4); } p { margin: 0; }
div { overflow-x: auto; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top; }
.ok { color: light-dark(#0a6b2d, #6fdc8c); } .degraded { color: light-dark(#8a5a00, #f1c21b); } .blocked { color: light-dark(#b81922, #ff8389); }
th { font-weight: 600; white-space: nowrap; } td { font-variant-numeric: tabular-nums; overflow-wrap: break-word; min-width: 4rem; max-width: 40rem; }
@media (max-width: 44rem) {
  body { margin: 1rem auto; } th, td { padding-right: .6rem; }
  .record th { white-space: normal; } .record td { min-width: 9rem; overflow-wrap: anywhere; }
  .list, .list tbody, .list tr { display: block; } .list tr { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .35rem 0; }
  .list tr:first-child { display: none; } .list td { border: 0; display: inline-block; max-width: 100%; min-width: 0; overflow-wrap: anywhere; padding: 0 .9rem 0 0; }
  .list td:first-child { display: block; font-weight: 600; } .list td[data-name]::before { color: light-dark(#5b6570, #9aa7b4); content: attr(data-name) ' '; }
}
`;

/**
 * A status document as one HTML page that needs nothing else: no script, no asset, refreshed by the browser unless that is paused (who marks text
 * or has it read out would lose the place), light or dark as the reader prefers. Every value is escaped; names of clusters and errors of servers
 * are not ours to trust.
 */
export function renderStatusPage(
  document: StatusDocument,
  { isPaused = false, nowMs = Date.now() }: { readonly isPaused?: boolean; readonly nowMs?: number } = {},
): string {
  const { program, version, startedAt, sections, verdict, problems = [] } = document;
  const body = sections.map(
    ({ title, rows }) => `<h2>${escape(title)}</h2>\n${region(title, renderRows(rows, nowMs))}`,
  );
  const pace = isPaused
    ? 'Not refreshed. <a href="?">Refresh it again</a>'
    : `Refreshed every ${REFRESH_SECONDS} seconds. <a href="?paused">Pause</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${isPaused ? '' : `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`}
<title>${verdict === undefined ? '' : `${verdict.state}: `}${escape(program)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(program)} ${escape(version)}</h1>
<p>Started ${escape(describeMoment(startedAt, nowMs))}. ${pace}</p>
${verdict === undefined ? '' : renderVerdict(verdict, nowMs)}
${verdict === undefined && problems.length === 0 ? '' : renderProblems(problems, nowMs)}
${body.join('\n')}
</main>
</body>
</html>
`;
}

/** Whether it works, before anything else. */
function renderVerdict({ state, since, cause, why, address, cure, runbook, others }: Verdict, nowMs: number): string {
  const rows = {
    since,
    ...(state === 'ok'
      ? {}
      : { cause, why, address, 'what to do': cure, runbook, ...(others === 0 ? {} : { 'other problems': others }) }),
  };
  return `<h2 class="${state}">${state}</h2>\n${region(state, renderRows(rows, nowMs))}`;
}

/** Those that have ended are greyed. */
function renderProblems(problems: readonly Problem[], nowMs: number): string {
  const columns = ['severity', 'cause', 'why', 'times', 'since', 'lasted', 'what to do', 'runbook'];
  const rows = problems.map((problem) => {
    const { cause, severity, count, since, endedAt, durationMs, why, cure, runbook } = problem;
    const lasted = `${endedAt === undefined ? 'for' : 'ended after'} ${describeDuration(durationMs)}`;
    const values = [severity, cause, why, count, describeMoment(since, nowMs), lasted, cure, runbook];
    const cells = values.map((value, index) => cell(String(value), index === 0 ? '' : columns[index])).join('');
    return `<tr${endedAt === undefined ? '' : ' class="ended"'}>${cells}</tr>`;
  });
  const head = columns.map((column) => `<th scope="col">${column}</th>`).join('');
  const table =
    problems.length === 0 ? '<p>none</p>' : `<table class="list"><tr>${head}</tr>\n${rows.join('\n')}</table>`;
  return `<h2>Recent problems</h2>\n${region('Recent problems', table)}`;
}

/** What is wider than the window scrolls by itself, also by keyboard, which needs a name and a place in the order of the Tab key. */
function region(title: string, table: string): string {
  return `<div role="region" aria-label="${escape(title)}" tabindex="0">${table}</div>`;
}

/** Without what is empty: there is nothing to be seen of it. */
function renderRows(rows: StatusSection['rows'], nowMs: number): string {
  if (isList(rows)) return rows.length === 0 ? '<p>none</p>' : renderTable(rows, nowMs);
  const lines = Object.entries(rows)
    .map(([field, value]) => statusWords(field, value, nowMs))
    .filter(({ text }) => text !== '')
    .map(({ name, text }) => `<tr><th scope="row">${escape(name)}</th>${cell(text)}</tr>`);
  return lines.length === 0 ? '<p>none</p>' : `<table class="record">${lines.join('\n')}</table>`;
}

/** The columns are those of all rows in which any row has something, in the order of their first appearance. */
function renderTable(rows: readonly Readonly<Record<string, StatusValue>>[], nowMs: number): string {
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((field) =>
    rows.some((row) => (row[field] ?? '') !== ''),
  );
  const names = fields.map((field) => columnName(field, rows, nowMs));
  const head = names.map((name) => `<th scope="col">${escape(name)}</th>`).join('');
  const lines = rows.map((row) => {
    const cells = fields.map((field, index) => {
      return cell(statusWords(field, row[field], nowMs).text, index === 0 ? '' : names[index]);
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table class="list"><tr>${head}</tr>\n${lines.join('\n')}</table>`;
}

/** By the first row that has something there: a unit stands behind the values, where there are any. */
function columnName(field: string, rows: readonly Readonly<Record<string, StatusValue>>[], nowMs: number): string {
  const value = rows.map((row) => row[field] ?? '').find((one) => one !== '');
  return value === undefined ? inWords(field) : statusWords(field, value, nowMs).name;
}

const isList = (rows: StatusSection['rows']): rows is readonly Readonly<Record<string, StatusValue>>[] =>
  Array.isArray(rows);

/** `name`: the column, for windows that are too narrow for columns. */
function cell(text: string, name = ''): string {
  if (text === '') return '<td>–</td>';
  return `<td${name === '' ? '' : ` data-name="${escape(name)}"`}>${escape(text)}</td>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
