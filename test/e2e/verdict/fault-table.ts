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
  /** What the doctor finds wrong, one line each; undefined: it was not asked. */
  readonly doctor: readonly string[] | undefined;
}

/** Programs other than the agent, whose faults have pages of their own. */
export const OTHER_PROGRAMS = ['spot-handler', 'aks-init-data', 'evictor', 'cluster-controller'] as const;

/** One of them. */
export type OtherProgram = (typeof OTHER_PROGRAMS)[number];

const HEAD = `# Operating: what each fault looks like

Is it working? Each program of a customer's cluster gives one verdict; the platform has readiness alone. It is \`ok\`, \`degraded\` (in part, or
not done with its start) or \`blocked\` (while this lasts nothing of use comes of it), with its cause, since when, in whose words, at which
address, and what to do. It stands at the head of \`/statusz\`, in a line of \`/readyz?verbose\` and of \`status\`, and the log has a line when a problem begins and one when it ends. What lasts
for less than ten seconds is none; one that has ended stays on the page, greyed, with how long it took. The cause is what the doctor calls
the check, where it checks the same.

\`/readyz\` fails only for what a restart, another replica or another node may cure; the verdict tells the rest. So an agent whose API
server went away after all was complete is ready and \`blocked\`.

Below is what a whole agent with its defaults says of each fault; it is made by the test that brings it about
(\`test/e2e/verdict\`). Times, counts, ports and addresses are left out. The same of the other programs:
${OTHER_PROGRAMS.map((name) => `[${name}](operate/${name}.md)`).join(', ')}.

`;

/** The page with the agent's faults. */
export function renderAgentPage(rows: readonly FaultRow[]): string {
  return `${HEAD}${renderFaults(rows)}`;
}

/** The page with the faults of another program. */
export function renderProgramPage(program: OtherProgram, rows: readonly FaultRow[]): string {
  const head = `# ${program}: what each fault looks like

What the whole program with its defaults says of each fault, made by the test that brings it about (\`test/e2e/verdict\`).
[Operating](../operate.md) tells what a verdict is. Times, counts, ports and addresses are left out.

`;
  return `${head}${renderFaults(rows)}`;
}

/** All at a glance, then each in full. */
function renderFaults(rows: readonly FaultRow[]): string {
  const lines = rows.map(({ title, verdict: { state, cause }, readiness }) =>
    [`[${title}](#${anchorOf(title)})`, `\`${state}\``, cause === '' ? '–' : `\`${cause}\``, readiness].join(' | '),
  );
  const glance = ['fault | verdict | cause | `/readyz`', '--- | --- | --- | ---', ...lines];
  return [glance.map((line) => `| ${line} |\n`).join(''), ...rows.map(renderFault)].join('\n');
}

function renderFault({ title, verdict, began, ended, doctor }: FaultRow): string {
  const { state, cause, why, address, cure } = verdict;
  const at = address === '' ? '' : ` at ${textOf(address)}`;
  const points = [
    `**verdict** \`${state}\`${cause === '' ? '' : `, \`${cause}\`${at}: ${textOf(why)}`}`,
    ...(cure === '' ? [] : [`**what to do** ${textOf(cure)}`]),
    ...(began === '' ? [] : [`**log** ${codeOf(began)}`]),
    ...(ended === '' ? [] : [`**log, when it ends** ${codeOf(ended)}`]),
    ...doctorPoints(doctor),
  ];
  return `## ${title}\n\n${points.map((point) => `- ${point}\n`).join('')}`;
}

/** As many findings as are shown. */
const SHOWN = 4;

function doctorPoints(findings: FaultRow['doctor']): string[] {
  if (findings === undefined) return [];
  if (findings.length === 0) return ['**doctor** finds nothing'];
  const more = findings.length - SHOWN;
  const shown = findings.slice(0, SHOWN).map((finding) => `**doctor** ${textOf(finding)}`);
  return more > 0 ? [...shown, `**doctor** and ${String(more)} more`] : shown;
}

/** What is told must not become markup: `<name>` would be an element. */
const textOf = (text: string): string => text.replaceAll(/\s*\n\s*/gu, ' ').replaceAll('<', '\\<');
const codeOf = (text: string): string => `\`${text.replaceAll('\n', ' ').replaceAll('`', "'")}\``;

/** As GitHub makes it of a heading. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
