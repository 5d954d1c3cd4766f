import { exitCodeOf, type Finding, type Severity } from './finding.ts';

const WORDS: Record<Severity, string> = { ok: 'ok', warning: 'WARNING', problem: 'PROBLEM', skipped: 'skipped' };
const RESULTS = ['ok', 'warning', 'problem'] as const;

/** A report for people: a line per finding, its cure below it, and a line that sums up. */
export function renderTable(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const lines = findings.flatMap(({ id, severity, detail, cure }) => {
    const [first = '', ...rest] = detail.split('\n');
    const indent = ' '.repeat(10 + width);
    return [
      `${WORDS[severity].padEnd(8)}${id.padEnd(width)}  ${first}`,
      ...rest.map((line) => `${indent}${line.trim()}`),
      ...(cure === '' ? [] : [`${indent}→ ${cure}`]),
    ];
  });
  return [...lines, '', summaryOf(findings), ''].join('\n');
}

/** The same for scripts: one JSON document. */
export function renderJson(findings: readonly Finding[], version: string): string {
  const result = RESULTS[exitCodeOf(findings)];
  return `${JSON.stringify({ program: 'castai-agent', version, result, findings }, null, 2)}\n`;
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length;
  const parts = [`${count('ok')} ok`, `${count('warning')} warnings`, `${count('problem')} problems`];
  return [...parts, ...(count('skipped') === 0 ? [] : [`${count('skipped')} skipped`])].join(', ');
}
