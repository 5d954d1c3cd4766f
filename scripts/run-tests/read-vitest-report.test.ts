import { expect, test } from 'vitest';
import { readVitestReport } from './read-vitest-report.ts';

const report = (...files: [status: string, ...tests: string[]][]) =>
  JSON.stringify({
    testResults: files.map(([status, ...tests]) => ({
      status,
      assertionResults: tests.map((each) => ({ status: each })),
    })),
  });

test('counts tests, and what fails without a test that failed', () => {
  const f = (json: string, exitCode: number | null, expected: unknown): void => {
    expect(readVitestReport(json, exitCode)).toEqual(expected);
  };
  f(report(['passed', 'passed', 'passed'], ['passed', 'skipped', 'todo']), 0, { passed: 2, failed: 0, skipped: 2 });
  f(report(['failed', 'passed', 'failed']), 1, { passed: 1, failed: 1, skipped: 0 });
  f(report(['failed'], ['passed', 'passed']), 1, { passed: 1, failed: 1, skipped: 0 });
  f(report(['passed', 'passed']), 1, { passed: 1, failed: 1, skipped: 0 });
  f(report(['passed', 'passed']), null, { passed: 1, failed: 1, skipped: 0 });
  f(report(), 0, { passed: 0, failed: 1, skipped: 0 });
  f(report(['passed', 'skipped']), 0, { passed: 0, failed: 1, skipped: 1 });
});
