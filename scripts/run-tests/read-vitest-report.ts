import type { TierResult } from './tier-result.ts';

/** The part of vitest's JSON report that counts. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Long enough for an assertion's own words; its difference stands further up in the output. */
const REASON_CHARACTERS = 600;

/**
 * Counts the tests of a report. A file that fails as a whole, because it cannot be loaded or a hook throws, counts as a
 * failed test; so does a run that failed although every test passed, as after an error that nobody caught; and so does
 * a run without tests, because a tier that tests nothing must not be green.
 */
export function readVitestReport(json: string, exitCode: number | null): Omit<TierResult, 'again'> {
  const { testResults } = JSON.parse(json) as VitestReport;
  const statuses = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  const failures = testResults.flatMap((file) => failuresOf(file));
  const passed = count('passed');
  if (failures.length === 0 && (exitCode !== 0 || passed === 0)) {
    failures.push(passed === 0 ? 'no test passed' : 'the run failed although every test passed: see its output');
  }
  return { passed, failed: failures.length, skipped: statuses.length - passed - count('failed'), failures };
}

function failuresOf({ name, status, message, assertionResults }: VitestReport['testResults'][number]): string[] {
  const own = assertionResults
    .filter((assertion) => assertion.status === 'failed')
    .map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${failureMessages.join('\n')}`);
  const all = own.length === 0 && status === 'failed' ? [`${name}: as a whole\n${message}`] : own;
  return all.map((text) => text.slice(0, name.length + REASON_CHARACTERS));
}
