import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesIn, marksIn, readDashboards, readParameters, readRules, readText } from './monitoring-files.ts';
import { selectorsOf } from './promql-query.ts';

const FILES = readRules();
const ALERTS = FILES.flatMap(({ rules }) => rules);
const DOCUMENTED = /^castai_autoscaler_agent_snapshots_(?:received|processed)_total$/u;

interface TestFile {
  readonly rule_files: readonly string[];
  readonly tests: readonly {
    readonly name: string;
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly exp_samples: readonly { labels: string }[];
    }[];
  }[];
}

describe('alerts', () => {
  it('have names of their own', () => {
    expect(FILES.map(({ name }) => name)).toContain('delivery.rules.yaml');
    const names = ALERTS.map(({ alert }) => alert);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(ALERTS.map((rule) => [rule.alert, rule] as const))('%s says what it needs to say', (alert, rule) => {
    const { labels, annotations } = rule;
    expect(alert).toMatch(/^Castai[A-Z][A-Za-z]+$/u);
    expect(Object.keys(labels)).toEqual(['severity']);
    expect(['critical', 'warning', 'info']).toContain(labels['severity']);
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url', 'dashboard_url']);
    // A summary groups alerts, so it must be the same for all of them.
    expect(annotations['summary']).toMatch(/^[^{]+\.$/u);
    expect(annotations['description']).toMatch(/\{\{ \$labels\..+\.$/su);
    expect(annotations['runbook_url']).toBe(`monitoring/runbooks/${alert}.md`);
    const uid = annotations['dashboard_url']?.match(/^d\/([^/]+)\/\1(?:\?|$)/u)?.[1];
    expect(Object.values(readDashboards()).map((dashboard) => dashboard.uid)).toContain(uid);
  });

  it.each(ALERTS.map((rule) => [rule.alert, rule] as const))('%s names only labels that its result has', (_, rule) => {
    const { description = '' } = rule.annotations;
    const named = [...description.matchAll(/\$labels\.(\w+)/gu)].map(([, label]) => label);
    const kept = selectorsOf(rule.expr).flatMap(({ by }) => by ?? []);
    expect(named.filter((label) => !kept.includes(label ?? ''))).toEqual([]);
  });

  it('on the documented counters keep sides and clusters apart, and leave out the series without a cluster', () => {
    const selectors = ALERTS.flatMap(({ expr }) => selectorsOf(expr)).filter(({ metric }) => DOCUMENTED.test(metric));
    expect(selectors.length).toBeGreaterThan(3);
    for (const { by, matchers } of selectors) {
      expect(by).toEqual(['cluster', 'namespace', 'job', 'castai_cluster']);
      expect(matchers).toContainEqual({ label: 'castai_cluster', operator: '!=', value: '' });
    }
  });
});

describe('runbooks', () => {
  it('are one page for each alert, and no other', () => {
    expect(filesIn('runbooks', '.md')).toEqual(ALERTS.map(({ alert }) => `${alert}.md`).toSorted());
  });

  it.each(ALERTS.map(({ alert }) => alert))('%s has its four parts, each with something in it', (alert) => {
    const text = readText(`runbooks/${alert}.md`);
    const [title, ...parts] = text.split(/^## /mu);
    expect(title?.split('\n')[0]).toBe(`# ${alert}`);
    expect(parts.map((part) => part.slice(0, part.indexOf('\n')))).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Fix']);
    for (const part of parts) expect(part.slice(part.indexOf('\n')).trim().length).toBeGreaterThan(40);
  });
});

describe('parameters', () => {
  it('are the literals that rules mark, with the same defaults', () => {
    const marked = FILES.flatMap(({ text }) => marksIn(text));
    const parameters = readParameters();
    expect(Object.keys(parameters).toSorted()).toEqual([...new Set(marked.map(({ name }) => name))].toSorted());
    for (const { name, literal } of marked)
      expect({ name, literal }).toEqual({ name, literal: parameters[name]?.default });
  });

  it('have a sentence each', () => {
    for (const { description } of Object.values(readParameters())) expect(description).toMatch(/^[A-Z].+\.$/u);
  });

  it('are found behind numbers and strings', () => {
    expect(marksIn('x > 0.85 # $ratio\n  * 10 # $limit\n job=~".*a b.*" # $jobs\nno # comment $here\n')).toEqual([
      { literal: '0.85', name: 'ratio' },
      { literal: '10', name: 'limit' },
      { literal: '".*a b.*"', name: 'jobs' },
    ]);
  });
});

describe("promtool's tests", () => {
  it('exist for every file of rules', () => {
    expect(filesIn('tests', '.test.yaml')).toEqual(
      FILES.map(({ name }) => name.replace('.rules.yaml', '.test.yaml')).toSorted(),
    );
  });

  it.each(FILES.map((file) => [file.name, file] as const))(
    'of %s let each alert fire once and stay silent once',
    (name, file) => {
      const { rule_files: tested, tests } = parse(readText(`tests/${name.replace('.rules.', '.test.')}`)) as TestFile;
      expect(tested).toEqual([`../rules/${name}`]);
      const checks = tests.flatMap(({ promql_expr_test: looks }) => looks);
      // Every check looks at all alerts, so it says of each that it fires or that it does not.
      expect(new Set(checks.map(({ expr }) => expr))).toEqual(new Set(['ALERTS{alertstate="firing"}']));
      for (const { alert } of file.rules) {
        const fires = checks.map(({ exp_samples: samples }) =>
          samples.some(({ labels }) => labels.includes(`alertname="${alert}"`)),
        );
        expect({ alert, fires: fires.includes(true), silent: fires.includes(false) }).toEqual({
          alert,
          fires: true,
          silent: true,
        });
      }
    },
  );
});
