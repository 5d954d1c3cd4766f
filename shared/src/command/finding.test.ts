import { expect, it } from 'vitest';
import { exitCodeOf, fine, type Finding, skipped, trouble } from './finding.ts';

it('ends as badly as the worst finding, and what was skipped counts for nothing', () => {
  const warning = trouble('feed/jobs', { severity: 'warning', detail: 'FORBIDDEN', cure: 'grant it' });
  const problem = trouble('api-key', { severity: 'problem', detail: 'refused', cure: 'make another' });
  const f = (findings: Finding[], expected: number): void => {
    expect([findings.map(({ severity }) => severity), exitCodeOf(findings)]).toEqual([
      findings.map(({ severity }) => severity),
      expected,
    ]);
  };
  f([], 0);
  f([fine('config', 'all well'), skipped('feeds', 'no API server')], 0);
  f([fine('config', 'all well'), warning], 1);
  f([warning, problem, fine('config', 'all well')], 2);
});
