import type { Verdict } from '@castai/shared/verdict/verdict.ts';

/** What one fault looks like from everywhere. */
export interface FaultRow {
  readonly title: string;
  readonly verdict: Verdict;
  /** First line of `/readyz`. */
  readonly readiness: string;
  /** The line of the log when it begins, and when it ends; empty: there is none. */
  readonly began: string;
  readonly ended: string;
  /** What the doctor finds wrong, one line each. */
  readonly doctor: readonly string[];
}

const HEAD = `# Operating: what each fault looks like

Is it working? Each program of a customer's cluster gives one verdict; the platform has readiness alone. It is \`ok\`, \`degraded\` (in part, or
not done with its start) or \`blocked\` (while this lasts nothing of use comes of it), with its cause, since when, in whose words, at which
address, and what to do. It stands at the head of \`/statusz\`, in a line of \`/readyz?verbose\` and of \`status\`, and the log has a line when a problem begins and one when it ends. What lasts
for less than ten seconds is none; one that has ended stays on the page, greyed, with how long it took. The cause is what the doctor calls
the check, where it checks the same.

\`/readyz\` fails only for what a restart, another replica or another node may cure; the verdict tells the rest. So an agent whose API
server went away after all was complete is ready and \`blocked\`.

The table is what a whole agent with its defaults says of each fault, and is made by the test that brings it about
(\`test/e2e/verdict/fault-table.e2e.test.ts\`). Times, counts, ports and addresses are left out.

| fault | verdict | \`/readyz\` | log when it begins, and when it ends | doctor |
| --- | --- | --- | --- | --- |
`;

/** The page with the table. */
export function renderFaultTable(rows: readonly FaultRow[]): string {
  const lines = rows.map(({ title, verdict, readiness, began, ended, doctor }) => {
    const { state, cause, why, address, cure } = verdict;
    const at = address === '' ? '' : ` at ${address}`;
    const told = cause === '' ? `\`${state}\`` : `\`${state}\`, \`${cause}\`${at}: ${why}. → ${cure}`;
    const log = [began, ended].filter((line) => line !== '').map((line) => `\`${line}\``);
    return [title, told, readiness, log.join('<br>'), doctorCell(doctor)].map(cell).join(' | ');
  });
  return `${HEAD}${lines.map((line) => `| ${line} |\n`).join('')}`;
}

/** As many as fit into a cell. */
const SHOWN = 4;

function doctorCell(findings: readonly string[]): string {
  const more = findings.length - SHOWN;
  return [...findings.slice(0, SHOWN), ...(more > 0 ? [`and ${String(more)} more`] : [])].join('<br>');
}

const cell = (text: string): string => (text === '' ? '–' : text.replaceAll('|', '\\|').replaceAll('\n', ' '));
