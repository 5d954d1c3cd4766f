import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DriftMemory, NO_MEMORY } from '../judge/drift-memory.ts';
import type { FullReport } from '../report/report.ts';
import { notLookedAt } from '../simulate/search-before.ts';
import { node, pod, replicaSet } from '../testing/objects.ts';
import { ClusterView } from '../view/cluster-view.ts';
import { feedsFor } from '../view/view-feeds.ts';
import { viewInterners } from '../view/view-interners.ts';
import { Looker, type LookerOptions, type LookFiles } from './looker.ts';

/** A minute before the nodes of these tests are five minutes old. */
const START = Date.parse('2026-06-01T00:04:00Z');
const FEEDS = feedsFor(['removal', 'drift']);
const interners = viewInterners();

const POLICY = { isAggressive: false, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };
const NO_GRACE: LookFiles = { removalPolicy: POLICY, prices: undefined };

let files: LookFiles;
let clock: ManualClock;
let view: ClusterView;
let reports: FullReport[];
let versions: string[];
let stop: AbortController;
let looker: Looker;

function snapshot(name: string, ...objects: ReturnType<typeof node>[]): void {
  const index = FEEDS.findIndex((feed) => feed.name === name);
  view.begin(index + 1);
  view.page(
    index + 1,
    objects.flatMap((object) => FEEDS[index]?.read(object, interners) ?? []),
    () => {},
  );
  view.end(index + 1);
  view.report(index + 1, 'SYNCED');
}

beforeEach(() => {
  files = { removalPolicy: { ...POLICY, nodeGraceMs: 300_000 }, prices: undefined };
  clock = new ManualClock(START);
  view = new ClusterView(FEEDS);
  reports = [];
  versions = [];
  stop = new AbortController();
  looker = new Looker({
    view,
    reports: ['removal', 'drift'],
    readFiles: () => files,
    driftPolicy: { imageMaxAgeMs: 0, nodeMaxAgeMs: 0, poolGraceMs: 0 },
    plans: () => [],
    before: NO_MEMORY,
    karpenter: { of: () => Promise.resolve(new Map()) },
    cycleMs: 10_000,
    passMs: 10_000,
    askVersion: () => Promise.resolve(versions.shift() ?? 'v1.37.2'),
    onReport: (report) => reports.push(report),
    onVersionAsked: () => {},
    clock,
  });
  for (const run of [looker.run(stop.signal), looker.runVersion(stop.signal)]) run.catch(() => 'stopped');
});
afterEach(() => stop.abort());

function fill(): void {
  for (const { name } of FEEDS) snapshot(name);
  snapshot('nodes', node('a'), node('b'));
  snapshot('pods', pod('p', 'a'), pod('q', 'b'));
  snapshot('replicaSets', replicaSet('web', 2));
}

test('nothing is looked at before everything is known', async () => {
  await clock.advance(120_000);
  expect([reports, looker.latest]).toEqual([[], undefined]);
  fill();
  await clock.advance(1_000);
  expect(looker.latest).toMatchObject({ nodeCount: 2, podCount: 2 });
});

test('a rule that has changed is seen in a minute, in a cluster that has not', async () => {
  files = NO_GRACE;
  fill();
  await clock.advance(1_000);
  const isKept = (): boolean =>
    looker.latest?.removal?.blocked.every(({ blockers }) => blockers.some(({ code }) => code === 'rule_keeps_node')) ===
    true;
  const rule = { match: { is: 'node', selector: [] }, setting: 'removalDisabled' } as const;
  expect(isKept()).toBe(false);
  files = { ...files, removalPolicy: { ...POLICY, rules: [rule] } };
  await clock.advance(70_000);
  expect([isKept(), looker.latest?.removal?.removable]).toEqual([true, []]);
});

test('without a change there is a look once a minute for what ages, and the nodes that could go are not searched for again', async () => {
  fill();
  // The first minute ends with the nodes coming of age.
  await clock.advance(130_000);
  const before = reports.at(-1);
  const count = reports.length;
  await clock.advance(60_000);
  expect(reports.length).toBe(count + 1);
  expect(reports.at(-1)?.removal).toBe(before?.removal);
});

test('when a node comes of age they are, and when something changes', async () => {
  fill();
  await clock.advance(1_000);
  expect(reports.at(-1)?.removal?.removable).toEqual([]);
  await clock.advance(120_000);
  expect(reports.at(-1)?.removal?.removable.map(({ node: { name } }) => name)).toEqual(['a']);
  snapshot('pods', pod('q', 'b'));
  await clock.advance(11_000);
  expect(reports.at(-1)?.removal?.removable.map(({ node: { name } }) => name)).toEqual(['a']);
  expect(reports.at(-1)?.removal?.removable[0]?.moves).toEqual([]);
});

test('the version of the control plane is believed when it was told twice', async () => {
  versions.push('v1.36.0');
  fill();
  await clock.advance(1_000);
  expect(reports.at(-1)?.controlPlane).toBeUndefined();
  await clock.advance(240_000);
  expect(reports.at(-1)?.controlPlane).toBe('v1.37.2');
});

test('a look that takes long lets others have their turn', async () => {
  fill();
  const naps: number[] = [];
  let ms = 0;
  const done = Promise.withResolvers<FullReport>();
  const slow = new Looker({
    view,
    reports: ['removal', 'drift'],
    readFiles: () => NO_GRACE,
    driftPolicy: { imageMaxAgeMs: 0, nodeMaxAgeMs: 0, poolGraceMs: 0 },
    plans: () => [],
    before: NO_MEMORY,
    karpenter: { of: () => Promise.resolve(new Map()) },
    cycleMs: 10_000,
    passMs: 600_000,
    askVersion: () => Promise.resolve('v1.37.2'),
    onReport: done.resolve,
    onVersionAsked: () => {},
    // Each look at it is 20 ms later.
    clock: {
      now: () => START,
      monotonicMs: () => (ms += 20),
      setTimer: () => () => {},
      sleep: async (napMs, signal) => {
        naps.push(napMs);
        if (napMs > 0) await untilAborted(signal);
      },
    },
  });
  slow.run(stop.signal).catch(() => 'stopped');
  expect((await done.promise).removal?.removable.map(({ node: { name } }) => name)).toEqual(['a']);
  expect(naps.filter((nap) => nap === 0).length).toBeGreaterThan(3);
});

/** A looker that has only looked for nodes that could go, and no time to speak of. */
function hurriedLooker(
  clockOf: LookerOptions['clock'],
  passMs: number,
  onReport: (report: FullReport) => void,
): Looker {
  return new Looker({
    view,
    reports: ['removal', 'drift'],
    readFiles: () => NO_GRACE,
    driftPolicy: { imageMaxAgeMs: 0, nodeMaxAgeMs: 0, poolGraceMs: 0 },
    plans: () => [],
    before: NO_MEMORY,
    karpenter: { of: () => Promise.resolve(new Map()) },
    cycleMs: 10_000,
    passMs,
    askVersion: () => Promise.resolve('v1.37.2'),
    onReport,
    onVersionAsked: () => {},
    clock: clockOf,
  });
}

/** Four nodes that could go, one after another, and one that takes all. */
function fillMore(): void {
  fill();
  const names = ['a', 'b', 'c', 'd'];
  snapshot('nodes', ...names.map((name) => node(name)), node('e', { allocatable: { cpu: '64', memory: '256Gi' } }));
  snapshot('pods', ...names.map((name) => pod(`on-${name}`, name)));
  snapshot('replicaSets', replicaSet('web', 4));
}

test('a search that had no time is gone on with each minute until every node is looked at, and rests then', async () => {
  fillMore();
  const found: [minute: number, removable: number, notLookedAt: number][] = [];
  let searched: FullReport['removal'];
  const startedAtMs = clock.monotonicMs();
  const hurried = hurriedLooker(clock, 0, ({ removal }) => {
    const minute = Math.round((clock.monotonicMs() - startedAtMs) / 60_000);
    if (removal !== searched && removal !== undefined)
      found.push([minute, removal.removable.length, notLookedAt(removal)]);
    searched = removal;
  });
  hurried.run(stop.signal).catch(() => 'stopped');
  await clock.advance(30 * 60_000);
  expect(found).toEqual([
    [0, 1, 4],
    [1, 2, 3],
    [2, 3, 2],
    [3, 4, 1],
    [4, 4, 0],
  ]);
});

test('what was found is not lost by a change in a cluster too large for a look', async () => {
  fillMore();
  const found: number[] = [];
  const hurried = hurriedLooker(clock, 0, ({ removal }) => found.push(removal?.removable.length ?? -1));
  hurried.run(stop.signal).catch(() => 'stopped');
  for (let change = 0; change < 6; change += 1) {
    await clock.advance(10_000);
    snapshot('replicaSets', replicaSet('web', 4), replicaSet(`other-${String(change)}`, 1));
  }
  await clock.advance(10_000);
  expect(found.slice(0, 6)).toEqual([1, 2, 3, 4, 4, 4]);
});

/** What a look finds whose clock is so much later each time that it is looked at. */
async function foundByClock(stepMs: number, passMs: number): Promise<[removable: number, notLookedAt: number]> {
  fillMore();
  let ms = 0;
  const done = Promise.withResolvers<FullReport>();
  const sleep: LookerOptions['clock']['sleep'] = async (napMs, signal) => {
    if (napMs > 0) await untilAborted(signal);
  };
  const jumping = { now: () => START, monotonicMs: () => (ms += stepMs), setTimer: () => () => {}, sleep };
  hurriedLooker(jumping, passMs, done.resolve)
    .run(stop.signal)
    .catch(() => 'stopped');
  const { removal } = await done.promise;
  return [removal?.removable.length ?? -1, removal === undefined ? -1 : notLookedAt(removal)];
}

test('a machine that sleeps takes little from the time of a look', async () => {
  expect(await foundByClock(3_600_000, 600_000)).toEqual([4, 0]);
});

test('what comes before a search is counted, and leaves it a part of the time', async () => {
  expect(await foundByClock(100, 40_000)).toEqual([4, 0]);
  expect(await foundByClock(100, 10_000)).toEqual([3, 2]);
});

test('who looks next says the same since when, and believes a version by one answer that is what the one before believed', async () => {
  fill();
  const agentpool = 'blue';
  const other = { agentpool, 'kubernetes.azure.com/node-image-version': 'other' };
  snapshot('nodes', node('a', { labels: { agentpool } }), node('b', { labels: other }));
  const lookAfter = async (before: DriftMemory, answers: readonly string[]): Promise<[FullReport[], Looker]> => {
    const [told, left, end]: [FullReport[], string[], AbortController] = [[], [...answers], new AbortController()];
    const next = new Looker({
      view,
      reports: ['drift'],
      readFiles: () => NO_GRACE,
      driftPolicy: { imageMaxAgeMs: 0, nodeMaxAgeMs: 0, poolGraceMs: 3_600_000 },
      plans: () => [],
      before,
      karpenter: { of: () => Promise.resolve(new Map([['a', 'NodePoolDrifted']])) },
      cycleMs: 10_000,
      passMs: 10_000,
      askVersion: () => Promise.resolve(left.shift() ?? ''),
      onReport: (report) => told.push(report),
      onVersionAsked: () => {},
      clock,
    });
    for (const run of [next.runVersion(end.signal), next.run(end.signal)]) run.catch(() => 'stopped');
    // A look, and another one that ages are due.
    await clock.advance(70_000);
    end.abort();
    return [told, next];
  };
  const startMs = clock.now();
  const [, first] = await lookAfter(NO_MEMORY, ['v1.37.2']);
  expect(first.memory).toEqual({ controlPlane: undefined, mixedSinceMs: new Map([['blue', startMs]]) });
  await clock.advance(2 * 3_600_000);
  const [second] = await lookAfter({ ...NO_MEMORY, ...first.memory, controlPlane: 'v1.37.2' }, ['v1.37.2']);
  expect(second.at(-1)).toMatchObject({ controlPlane: 'v1.37.2', pools: [{ mixedSinceMs: startMs }] });
  expect(second.at(-1)?.drift?.map(({ reason }) => reason)).toContain('pool_mixed');
  expect(second[0]?.drift?.map(({ reason }) => reason)).toContain('karpenter_drifted');
  const [third] = await lookAfter({ ...NO_MEMORY, controlPlane: 'v1.36.0' }, ['v1.37.2']);
  expect(third.at(-1)?.controlPlane).toBeUndefined();
});
