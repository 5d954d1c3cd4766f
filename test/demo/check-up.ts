/** Whether the agent could do its work here at all, by `agent doctor`, before it is started: what is final ends the demo at once. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { startProgram } from '../stages/child-program.ts';

/** Longer than the doctor waits for an API server that hangs. */
const PATIENCE_MS = 90_000;

/**
 * Throws an Error with the doctor's words when something keeps the agent from its job. Warnings are told to `say`. `env` is what the
 * agent would be started with.
 */
export async function checkUp(
  env: Readonly<Record<string, string>>,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const program = findProgram('agent');
  await using doctor = startProgram({
    name: 'the doctor',
    entry: sourceOf(program),
    nodeArgs: program.nodeFlags,
    args: ['doctor', '--json'],
    env: { ...program.environment, API_KEY: 'test', ...env },
  });
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const stopped = new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([doctor.exit, stopped]);
  signal.throwIfAborted();
  const report = parse(doctor.lines.flatMap(({ stream, text }) => (stream === 'stdout' ? [text] : [])).join('\n'));
  // A doctor that cannot say anything keeps nobody from trying.
  if (report === undefined) return;
  const told = (wanted: string): string[] =>
    report.filter(({ severity }) => severity === wanted).map(({ id, detail, cure }) => tell({ id, detail, cure }));
  const problems = told('problem');
  if (problems.length > 0) {
    throw new Error(['The agent could not work here. Its doctor says:', ...new Set(problems)].join('\n'));
  }
  for (const warning of told('warning').slice(0, 5)) say(`doctor     ${warning.trim().replaceAll(/\s*\n\s*/gu, ' ')}`);
}

interface Told {
  readonly id: string;
  readonly severity: string;
  readonly detail: string;
  readonly cure: string;
}

function tell({ id, detail, cure }: Omit<Told, 'severity'>): string {
  return `  ${id}: ${detail}${cure === '' ? '' : `\n    → ${cure}`}`;
}

function parse(text: string): readonly Told[] | undefined {
  try {
    const report: unknown = JSON.parse(text);
    const findings: unknown = isRecord(report) ? report['findings'] : undefined;
    if (!Array.isArray(findings)) return undefined;
    return findings.filter(isRecord).map((finding) => ({
      id: textIn(finding, 'id'),
      severity: textIn(finding, 'severity'),
      detail: textIn(finding, 'detail'),
      cure: textIn(finding, 'cure'),
    }));
  } catch {
    return undefined;
  }
}

function textIn(finding: Readonly<Record<string, unknown>>, name: string): string {
  const value = finding[name];
  return typeof value === 'string' ? value : '';
}
