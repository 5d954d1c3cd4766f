import { expect, test } from 'vitest';
import { readVitestReport } from './read-vitest-report.ts';

const report = (...files: [status: string, ...tests: string[]][]) =>
  JSON.stringify({
    testResults: files.map(([status, ...tests], index) => ({
      name: `file-${index}.test.ts`,
      status,
      message: status === 'failed' ? 'it cannot be loaded' : '',
      assertionResults: tests.map((each) => ({
        status: each,
        fullName: 'one and one is two',
        failureMessages: each === 'failed' ? ['expected 3 to be 2'] : [],
      })),
    })),
  });

test('counts tests, and names what failed, also without a test that failed', () => {
  const f = (json: string, exitCode: number | null, expected: unknown): void => {
    expect(readVitestReport(json, exitCode)).toEqual(expected);
  };
  const words = 'file-0.test.ts: one and one is two\nexpected 3 to be 2';
  const whole = 'file-0.test.ts: as a whole\nit cannot be loaded';
  const uncaught = 'the run failed although every test passed: see its output';
  f(report(['passed', 'passed', 'passed'], ['passed', 'skipped', 'todo']), 0, {
    passed: 2,
    failed: 0,
    skipped: 2,
    failures: [],
  });
  f(report(['failed', 'passed', 'failed']), 1, { passed: 1, failed: 1, skipped: 0, failures: [words] });
  f(report(['failed'], ['passed', 'passed']), 1, { passed: 1, failed: 1, skipped: 0, failures: [whole] });
  f(report(['failed', 'passed']), 1, { passed: 1, failed: 1, skipped: 0, failures: [whole] });
  f(report(['passed', 'passed']), 1, { passed: 1, failed: 1, skipped: 0, failures: [uncaught] });
  f(report(['passed', 'passed']), null, { passed: 1, failed: 1, skipped: 0, failures: [uncaught] });
  f(report(), 0, { passed: 0, failed: 1, skipped: 0, failures: ['no test passed'] });
  f(report(['passed', 'skipped']), 0, { passed: 0, failed: 1, skipped: 1, failures: ['no test passed'] });
});

test('a failure of many lines is cut, so that the summary can be read', () => {
  const long = JSON.stringify({
    testResults: [{ name: 'f', status: 'failed', message: 'x'.repeat(5000), assertionResults: [] }],
  });
  expect(readVitestReport(long, 1).failures[0]).toHaveLength(601);
});
