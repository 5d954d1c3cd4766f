import type { TierResult } from './tier-result.ts';

/** The part of vitest's JSON report that counts. */
interface VitestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts the tests of a report. A file that fails as a whole, because it cannot be loaded or a hook throws, counts as a
 * failed test; so does a run that failed although every test passed, as after an error that nobody caught; and so does
 * a run without tests, because a tier that tests nothing must not be green.
 */
export function readVitestReport(json: string, exitCode: number | null): TierResult {
  const { testResults } = JSON.parse(json) as VitestReport;
  const statuses = testResults.flatMap(({ status, assertionResults }) => {
    const own = assertionResults.map((assertion) => assertion.status);
    return status === 'failed' && !own.includes('failed') ? [...own, 'failed'] : own;
  });
  const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  const [passed, failed] = [count('passed'), count('failed')];
  const isUnexplained = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: isUnexplained ? 1 : failed, skipped: statuses.length - passed - failed };
}
