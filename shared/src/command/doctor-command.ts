import { CastaiError } from '../errors.ts';
import { describeDuration } from '../verdict/describe-duration.ts';
import { exitCodeOf, type Finding } from './finding.ts';
import { renderFindings, renderReport, summaryOf } from './render-findings.ts';
import type { CommandContext, SubCommand } from './sub-command.ts';
import { paint } from './terminal.ts';
import { wrapLine } from './wrap-text.ts';

/** Takes findings as they become known. */
export type Tell = (findings: readonly Finding[]) => void;

/** What a program's doctor looks at. */
export interface Checks {
  /** One sentence for the help. */
  readonly summary: string;
  /**
   * Looks at everything once, changes nothing, and tells each finding as soon as it is known. Whatever goes wrong is a finding; rejects only
   * with the reason of the signal.
   */
  readonly diagnose: (context: CommandContext, tell: Tell, signal: AbortSignal) => Promise<void>;
}

const PATIENCE_MS = 3_000;
const AGAIN_MS = 5_000;
const DEFAULT_TIMEOUT_SECONDS = 300;

/** The command `doctor` of a program: what keeps it from its work, told as it becomes known, each finding with its cure. */
export function createDoctorCommand({ summary, diagnose }: Checks): SubCommand {
  return {
    name: 'doctor',
    summary,
    flags: {
      json: { meaning: 'One JSON document instead of lines.' },
      verbose: { meaning: 'Every finding for itself, also those with the same cause and cure.' },
      wait: { meaning: 'Looks again every 5 s until nothing keeps the program from its work.' },
      timeout: {
        value: 'SECONDS',
        meaning: `With --wait: gives up after this time, ${DEFAULT_TIMEOUT_SECONDS} s unless told.`,
      },
      'tolerate-warnings': { meaning: 'Exit code 0 also when there are warnings.' },
    },
    exitCodes: {
      0: 'nothing to do',
      1: 'warnings',
      2: 'problems that keep the program from its work, or the call is not usable',
    },
    run: async (context, signal) => {
      const { flags } = context;
      const code = exitCodeOf(
        flags['wait'] === true ? await wait(diagnose, context, signal) : await examine(diagnose, context, signal),
      );
      return code === 1 && flags['tolerate-warnings'] === true ? 0 : code;
    },
  };
}

type Diagnose = Checks['diagnose'];

/** Looks once, and writes what is found as it comes. */
async function examine(diagnose: Diagnose, context: CommandContext, signal: AbortSignal): Promise<Finding[]> {
  const { flags, write, note, clock } = context;
  const findings: Finding[] = [];
  const quiet = (): void => {
    note(`still waiting for answers, ${describeDuration(clock.monotonicMs() - startedAtMs)} so far\n`);
    cancel = clock.setTimer(PATIENCE_MS, quiet);
  };
  const startedAtMs = clock.monotonicMs();
  let cancel = clock.setTimer(PATIENCE_MS, quiet);
  try {
    await diagnose(
      context,
      (found) => {
        const safe = found.map((finding) => redacted(finding, context));
        findings.push(...safe);
        if (flags['json'] !== true) write(renderFindings(safe, lookOf(context)));
      },
      signal,
    );
  } finally {
    cancel();
  }
  report(findings, context);
  return findings;
}

/** Looks until there is no problem or time is up; of the looks before the last one only what is in the way is told. */
async function wait(diagnose: Diagnose, context: CommandContext, signal: AbortSignal): Promise<Finding[]> {
  const { clock, note, flags, write } = context;
  const untilMs = clock.monotonicMs() + timeoutMs(context);
  for (;;) {
    const findings: Finding[] = [];
    await diagnose(context, (found) => findings.push(...found.map((finding) => redacted(finding, context))), signal);
    const problems = findings.filter(({ severity }) => severity === 'problem').map(({ id }) => id);
    if (problems.length === 0 || clock.monotonicMs() + AGAIN_MS >= untilMs) {
      if (flags['json'] !== true) write(renderFindings(findings, lookOf(context)));
      report(findings, context);
      return findings;
    }
    note(`${new Date(clock.now()).toISOString()} waiting for ${problems.join(', ')}\n`);
    await clock.sleep(AGAIN_MS, signal);
  }
}

function report(findings: readonly Finding[], context: CommandContext): void {
  const { flags, program, version, write } = context;
  if (flags['json'] === true) write(renderReport(findings, { program, version }));
  else {
    const terminal = context.terminal();
    const style = (['green', 'yellow', 'red'] as const)[exitCodeOf(findings)];
    write(`\n${paint(terminal, style, wrapLine(summaryOf(findings, program), terminal.columns))}\n`);
  }
}

function redacted(finding: Finding, { secrets: { redact } }: CommandContext): Finding {
  return { ...finding, detail: redact(finding.detail), cure: redact(finding.cure) };
}

function lookOf(context: CommandContext) {
  return { terminal: context.terminal(), isVerbose: context.flags['verbose'] === true };
}

function timeoutMs({ flags }: CommandContext): number {
  const text = flags['timeout'];
  if (typeof text !== 'string') return DEFAULT_TIMEOUT_SECONDS * 1_000;
  if (/^\d{1,6}$/u.test(text)) return Number(text) * 1_000;
  throw new CastaiError('CONFIG_INVALID', `doctor: --timeout ${text} is no number of seconds`);
}
