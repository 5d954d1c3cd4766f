import { expect, it } from 'vitest';
import { fine, type Finding, skipped, trouble } from './finding.ts';
import { renderFindings, renderReport, summaryOf } from './render-findings.ts';

const PIPE = { isTerminal: false, columns: undefined, hasColour: false };
const WARNING = trouble('feed/roles', { severity: 'warning', detail: 'may not list roles', cure: 'add a rule' });
const PROBLEM = trouble('config', {
  severity: 'problem',
  detail: 'not usable:\n  - API_URL is not set\n  - API_KEY is not set',
  cure: 'set them',
});
const forbidden = (name: string, cure = 'add a rule'): Finding =>
  trouble(`feed/${name}`, {
    severity: 'warning',
    detail: `may not list ${name}`,
    cure,
    group: { cause: 'may not list', member: name },
  });

const render = (findings: Finding[], isVerbose = false, terminal: typeof PIPE | { columns: number } = PIPE): string =>
  renderFindings(findings, { terminal: { ...PIPE, ...terminal }, isVerbose });

it('writes a line per finding and the cure below it', () => {
  expect(render([PROBLEM, fine('platform', 'reached'), WARNING, skipped('api-key', 'the platform is busy')])).toBe(
    `PROBLEM config            not usable:
                          - API_URL is not set
                          - API_KEY is not set
                          → set them
ok      platform          reached
WARNING feed/roles        may not list roles
                          → add a rule
skipped api-key           not checked: the platform is busy
`,
  );
});

it('tells those with the same cause and cure at once, and each where it is asked to', () => {
  const findings = [forbidden('a'), forbidden('b'), forbidden('c', 'set a switch'), forbidden('d')];
  expect(render(findings)).toBe(
    `WARNING feed (3)          may not list a, b, d
                          → add a rule
WARNING feed/c            may not list c
                          → set a switch
`,
  );
  expect(render(findings, true).match(/WARNING/gu)).toHaveLength(4);
  const many = Array.from({ length: 27 }, (_, index) => forbidden(`r${String(index)}`));
  expect(render(many)).toBe(
    `WARNING feed (27)         may not list r0, r1, r2, r3, r4 and 22 more, see --verbose
                          → add a rule
`,
  );
});

it('fits a terminal of any width, and obeys nothing of what it quotes', () => {
  const long = trouble('feed/nodepools.karpenter.sh', {
    severity: 'problem',
    detail: `${'a word '.repeat(40)}and \u001b[2J the end`,
    cure: 'wait '.repeat(60).trim(),
  });
  const named = trouble(`feed/${'kinds'.repeat(20)}.example.com`, { severity: 'problem', detail: 'odd', cure: 'do' });
  for (const columns of [40, 60, 80, 200]) {
    const lines = render([long, named, WARNING], false, { columns }).split('\n');
    expect([columns, Math.max(...lines.map(({ length }) => length)) <= Math.max(columns, 46)]).toEqual([columns, true]);
  }
  expect(render([long])).toContain('and \\u001b[2J the end');
});

it('has a line of its own for an id that does not fit its column', () => {
  expect(render([trouble('feed/nodepools.karpenter.sh', { severity: 'warning', detail: 'odd', cure: 'do' })])).toBe(
    `WARNING feed/nodepools.karpenter.sh
                          odd
                          → do
`,
  );
});

it('sums up what it means for the program', () => {
  const f = (findings: Finding[], expected: string): void => expect(summaryOf(findings, 'castai-agent')).toBe(expected);
  f([fine('a', '')], '1 ok, 0 warnings, 0 problems: castai-agent would do its work');
  f([fine('a', ''), WARNING], '1 ok, 1 warning, 0 problems: castai-agent would do its work in part');
  f([WARNING, PROBLEM, skipped('b', '')], '0 ok, 1 warning, 1 problem, 1 skipped: castai-agent cannot do its work');
});

it('writes one JSON document for scripts, with every finding', () => {
  expect(
    JSON.parse(renderReport([forbidden('a'), forbidden('b')], { program: 'castai-agent', version: '1.2.3' })),
  ).toEqual({
    program: 'castai-agent',
    version: '1.2.3',
    result: 'warning',
    findings: [
      { id: 'feed/a', severity: 'warning', detail: 'may not list a', cure: 'add a rule' },
      { id: 'feed/b', severity: 'warning', detail: 'may not list b', cure: 'add a rule' },
    ],
  });
});
