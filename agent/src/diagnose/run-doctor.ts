import { parseArgs } from 'node:util';
import { describeError } from '@castai/shared/errors.ts';
import { diagnose, type DoctorOptions } from './doctor.ts';
import { exitCodeOf } from './finding.ts';
import { renderJson, renderTable } from './render-findings.ts';

const USAGE = `castai-agent doctor [--json] [--tolerate-warnings]

Checks configuration, API server, identity, the right to read each feed and to use the lease of an election, the
platform and the key. Changes nothing.

  --json                one JSON document instead of a table
  --tolerate-warnings   exit code 0 also when there are warnings

Exit codes: 0 nothing to do, 1 warnings, 2 problems that keep the agent from its job.
`;

/** What the sub-command gives to the process. */
export interface DoctorResult {
  readonly text: string;
  readonly exitCode: 0 | 1 | 2;
}

/** Runs the sub-command `doctor` with the arguments after its name. */
export async function runDoctor(
  args: readonly string[],
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<DoctorResult> {
  let flags: ReturnType<typeof parseFlags>;
  try {
    flags = parseFlags(args);
  } catch (error) {
    return { text: `${describeError(error)}\n\n${USAGE}`, exitCode: 2 };
  }
  if (flags.help) return { text: USAGE, exitCode: 0 };
  const findings = await diagnose(options, signal);
  const text = flags.json ? renderJson(findings, options.version) : renderTable(findings);
  const exitCode = exitCodeOf(findings);
  return { text, exitCode: exitCode === 1 && flags['tolerate-warnings'] ? 0 : exitCode };
}

function parseFlags(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      'tolerate-warnings': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}
