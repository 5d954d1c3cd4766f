import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type AlertRule, readRules, readText } from './monitoring-files.ts';
import { runPromtool } from './run-promtool.ts';

const FILES = readRules();
const testOf = (name: string): string => `tests/${name.replace('.rules.', '.test.')}`;

describe('promtool', () => {
  it('finds nothing to complain about in the rules', () => {
    const { ok, output } = runPromtool([
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      ...FILES.map(({ name }) => `rules/${name}`),
    ]);
    expect(output).toContain(`${FILES[0]?.rules.length} rules found`);
    expect({ ok, output }).toMatchObject({ ok: true });
  });

  it.each(FILES.map(({ name }) => name))('%s behaves as its tests tell', (name) => {
    const { ok, output } = runPromtool(['test', 'rules', testOf(name)]);
    expect({ ok, output }).toMatchObject({ ok: true });
  });
});

describe('the tests notice', () => {
  let copy = '';

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'castai-rules-'));
    for (const folder of ['rules', 'tests']) mkdirSync(join(copy, folder));
  });

  afterAll(() => rmSync(copy, { recursive: true }));

  /** Whether the tests of one alert pass when it is changed. Only it is evaluated, which is much faster than the whole file. */
  function passesWith(alert: string, change: Partial<AlertRule>): boolean {
    const file = FILES.find(({ rules }) => rules.some((rule) => rule.alert === alert));
    const rule = file?.rules.find((one) => one.alert === alert);
    if (file === undefined || rule === undefined) throw new Error(`there is no alert ${alert}`);
    const { tests, ...rest } = parse(readText(testOf(file.name))) as { tests: TestGroup[] };
    const looks = tests.map((group) => ({
      ...group,
      // Whole alerts with their texts: the changed one would differ from them anyway.
      alert_rule_test: [],
      promql_expr_test: group.promql_expr_test.map((look) => ({
        ...look,
        exp_samples: look.exp_samples.filter(({ labels }) => labels.includes(`alertname="${alert}"`)),
      })),
    }));
    const rules = { groups: [{ name: alert, rules: [{ ...rule, ...change }] }] };
    writeFileSync(join(copy, 'rules', file.name), JSON.stringify(rules));
    writeFileSync(join(copy, testOf(file.name)), JSON.stringify({ ...rest, tests: looks }));
    return runPromtool(['test', 'rules', testOf(file.name)], copy).ok;
  }

  it.each(FILES.flatMap(({ rules }) => rules).map((rule) => [rule.alert, rule] as const))(
    'when %s never fires, or does not wait before it does',
    (alert, rule) => {
      expect(passesWith(alert, {})).toBe(true);
      expect(passesWith(alert, { expr: 'vector(1) > 2' })).toBe(false);
      if (rule.for !== undefined) expect(passesWith(alert, { for: '0s' })).toBe(false);
    },
  );

  const notReceived = FILES.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'CastaiSnapshotsNotReceived');
  const { expr = '' } = notReceived ?? {};

  it('when CastaiSnapshotsNotReceived does not look at the endpoint', () => {
    const [unguarded = ''] = expr.split('and on (cluster, namespace, job)');
    expect(passesWith('CastaiSnapshotsNotReceived', { expr: unguarded })).toBe(false);
  });

  it('when one side of the documented counters can hide the other', () => {
    const mixed = `max by (castai_cluster) (castai_autoscaler_agent_snapshots_received_total) * 0 + 1
      unless on (castai_cluster)
      sum by (castai_cluster) (increase(castai_autoscaler_agent_snapshots_received_total{castai_cluster!=""}[10m])) > 0`;
    expect(passesWith('CastaiSnapshotsNotReceived', { expr: mixed })).toBe(false);
  });

  it('when the series without a cluster counts as one', () => {
    const all = expr.replaceAll('{castai_cluster!=""}', '');
    expect(passesWith('CastaiSnapshotsNotReceived', { expr: all })).toBe(false);
  });
});

interface TestGroup {
  readonly promql_expr_test: readonly { readonly exp_samples: readonly { readonly labels: string }[] }[];
}
