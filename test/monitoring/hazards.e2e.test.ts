/** Every alert through what happens to every installation, made mechanically of the test in which nothing is wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  counterReset,
  endpointDown,
  expandValues,
  failover,
  type Hazard,
  type InputSeries,
  nameOf,
  scrapeGap,
  seriesVanished,
} from './hazards.ts';
import { readRules, readText } from './monitoring-files.ts';
import { selectorsOf } from './promql-query.ts';
import { runPromtool } from './run-promtool.ts';

interface TestFile {
  readonly evaluation_interval: string;
  readonly tests: readonly TestGroup[];
}

interface TestGroup {
  readonly name: string;
  readonly input_series: readonly InputSeries[];
  readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
}

const FILES = readRules();
/** What says at the end that somebody is blind; everything else has to keep silent. */
const BLIND: Readonly<Record<string, { readonly down: string[]; readonly vanished: string[] }>> = {
  'agent.rules.yaml': { down: ['CastaiAgentAbsent'], vanished: ['CastaiAgentAbsent'] },
  'aks-init-data.rules.yaml': { down: ['CastaiAksInitDataAbsent'], vanished: ['CastaiAksInitDataAbsent'] },
  'cluster-controller.rules.yaml': {
    down: ['CastaiClusterControllerAbsent'],
    vanished: ['CastaiClusterControllerAbsent'],
  },
  'capacity.rules.yaml': { down: ['CastaiFallbackAbsent'], vanished: [] },
  'evictor.rules.yaml': { down: ['CastaiEvictorAbsent'], vanished: ['CastaiEvictorAbsent'] },
  'delivery.rules.yaml': { down: ['CastaiPlatformMetricsDown'], vanished: ['CastaiSnapshotsNotReceived'] },
  'spot-handler.rules.yaml': { down: ['CastaiSpotHandlerAbsent'], vanished: ['CastaiSpotHandlerAbsent'] },
};

/** Jobs that rules look for by name, which is a parameter. */
const NAMED_JOBS = /platform|fallback|autoscaler/u;

/** The same series in another cluster. */
function inCluster(series: string, cluster: string): string {
  const [metric = '', labels = ''] = series.replace(/\}$/u, '').split('{');
  const kept = labels.split(/,\s*/u).filter((label) => label !== '' && !label.startsWith('cluster='));
  return `${metric}{${[`cluster="${cluster}"`, ...kept].join(', ')}}`;
}

/** The first test of a file, in which everything works. */
function healthyOf(name: string): TestFile & { readonly healthy: TestGroup } {
  const file = parse(readText(`tests/${name.replace('.rules.', '.test.')}`)) as TestFile;
  const [healthy] = file.tests;
  if (healthy === undefined || healthy.promql_expr_test.some((look) => look.exp_samples.length > 0)) {
    throw new Error(`the first test of ${name} has to be one in which nothing fires`);
  }
  return { ...file, healthy };
}

describe.each(FILES.map((file) => [file.name, file] as const))('%s', (name, { rules, text }) => {
  const { healthy, evaluation_interval: interval } = healthyOf(name);
  const intervalMinutes = Number.parseInt(interval, 10);
  const length = expandValues(healthy.input_series[0]?.values ?? '').length;
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'castai-hazards-'));
    writeFileSync(join(folder, 'rules.yaml'), text);
    mkdirSync(join(folder, 'tests'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What promtool says when this happens and only these alerts may fire at these samples, each at least once. */
  function run(hazard: Hazard, expected: readonly string[], from: number): { ok: boolean; output: string } {
    const looks = Array.from({ length: length - from }, (_, index) => `${(from + index) * intervalMinutes}m`);
    const firing = 'ALERTS{alertstate="firing"}';
    const others = expected.length === 0 ? firing : `ALERTS{alertstate="firing", alertname!~"${expected.join('|')}"}`;
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: interval,
      tests: [
        {
          interval,
          input_series: hazard(healthy.input_series),
          promql_expr_test: [
            ...looks.map((at) => ({ eval_time: at, expr: others, exp_samples: [] })),
            ...expected.map((alert) => ({
              eval_time: looks.at(-1),
              expr: `count(ALERTS{alertstate="firing", alertname="${alert}"}) > bool 0`,
              exp_samples: [{ labels: '{}', value: 1 }],
            })),
          ],
        },
      ],
    };
    writeFileSync(join(folder, 'test.yaml'), JSON.stringify(test));
    return runPromtool(['test', 'rules', 'test.yaml'], folder);
  }

  it('has a first test with everything that its alerts look at', () => {
    const there = new Set(healthy.input_series.map(nameOf));
    const asked = rules.flatMap(({ expr }) => selectorsOf(expr).map(({ metric }) => metric));
    expect(asked.filter((metric) => !there.has(metric))).toEqual([]);
  });

  it.each([
    { what: 'counters begin at 0 again', hazard: counterReset },
    { what: 'nobody scrapes for six minutes', hazard: scrapeGap(intervalMinutes) },
    { what: 'other pods take over', hazard: failover },
  ])('no alert fires when $what', ({ hazard }) => {
    expect(run(hazard, [], 0)).toMatchObject({ ok: true });
  });

  it('only the alert for it fires when nothing answers any more, and when the series are gone', () => {
    const { down = [], vanished = [] } = BLIND[name] ?? {};
    expect(run(endpointDown, down, 0)).toMatchObject({ ok: true });
    expect(run(seriesVanished, vanished, 0)).toMatchObject({ ok: true });
  });

  it('hangs on the name of no job but those that a parameter names', () => {
    const tests = readText(`tests/${name.replace('.rules.', '.test.')}`);
    const jobs = new Set([...tests.matchAll(/job="(?<job>[^"]+)"/gu)].map((match) => match.groups?.['job'] ?? ''));
    const free = [...jobs].filter((job) => !NAMED_JOBS.test(job));
    const renamed = free.reduce(
      (changed, job, index) =>
        changed
          .replaceAll(`job="${job}"`, `job="kubernetes-pods-${index}"`)
          .replaceAll(`job: ${job}`, `job: kubernetes-pods-${index}`),
      tests.replaceAll('../rules/', '').replaceAll(name, 'rules.yaml'),
    );
    const { tests: groups, ...rest } = parse(renamed) as TestFile;
    // Whole texts name the job in words.
    const looks = groups.map((group) => ({ ...group, alert_rule_test: [] }));
    writeFileSync(join(folder, 'test.yaml'), JSON.stringify({ ...rest, tests: looks }));
    expect(runPromtool(['test', 'rules', 'test.yaml'], folder)).toMatchObject({ ok: true });
  });

  it('says the same of a cluster beside another one in which everything works', () => {
    const { tests: groups } = parse(readText(`tests/${name.replace('.rules.', '.test.')}`)) as TestFile;
    const other = healthy.input_series.map((series) => ({ ...series, series: inCluster(series.series, 'other') }));
    const looks = groups.map((group) => ({
      ...group,
      alert_rule_test: [],
      input_series: [...group.input_series, ...other],
      promql_expr_test: group.promql_expr_test.map((look) => ({
        ...look,
        expr: 'ALERTS{alertstate="firing", cluster!="other"}',
      })),
    }));
    const test = { rule_files: ['rules.yaml'], evaluation_interval: interval, tests: looks };
    writeFileSync(join(folder, 'test.yaml'), JSON.stringify(test));
    expect(runPromtool(['test', 'rules', 'test.yaml'], folder)).toMatchObject({ ok: true });
  });

  it('is tried in a way that notices an alert', () => {
    const [rule] = rules;
    writeFileSync(
      join(folder, 'rules.yaml'),
      JSON.stringify({ groups: [{ name: 'wrong', rules: [{ ...rule, expr: 'vector(1)', for: '0s' }] }] }),
    );
    expect(run(counterReset, [], 0)).toMatchObject({ ok: false });
    writeFileSync(join(folder, 'rules.yaml'), text);
  });
});
