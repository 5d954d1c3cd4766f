import { expect, it } from 'vitest';
import { exitCodeOf, fine, type Finding, skipped, trouble } from './finding.ts';
import { renderJson, renderTable } from './render-findings.ts';

const WARNING = trouble('feed/roles', { severity: 'warning', detail: 'may not list roles', cure: 'add a rule' });
const PROBLEM = trouble('config', {
  severity: 'problem',
  detail: 'not usable:\n  - API_URL is not set\n  - API_KEY is not set',
  cure: 'set them',
});

it('writes a line per finding and the cure below it', () => {
  expect(renderTable([PROBLEM, fine('platform', 'reached'), WARNING, skipped('api-key', 'the platform is busy')])).toBe(
    `PROBLEM config      not usable:
                    - API_URL is not set
                    - API_KEY is not set
                    → set them
ok      platform    reached
WARNING feed/roles  may not list roles
                    → add a rule
skipped api-key     not checked: the platform is busy

1 ok, 1 warnings, 1 problems, 1 skipped
`,
  );
});

it('writes one JSON document for scripts', () => {
  expect(JSON.parse(renderJson([WARNING], '1.2.3'))).toEqual({
    program: 'castai-agent',
    version: '1.2.3',
    result: 'warning',
    findings: [{ id: 'feed/roles', severity: 'warning', detail: 'may not list roles', cure: 'add a rule' }],
  });
});

it('the worst finding is the exit code', () => {
  const f = (findings: Finding[], code: number): void => expect(exitCodeOf(findings)).toBe(code);
  f([], 0);
  f([fine('a', ''), skipped('b', '')], 0);
  f([fine('a', ''), WARNING], 1);
  f([WARNING, PROBLEM], 2);
});
