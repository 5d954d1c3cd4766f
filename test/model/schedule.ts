import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import type { KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import fc from 'fast-check';
import type { PlatformFault } from './model-platform.ts';

const spec = (resource: string, priority: number, mode: FeedSpec['mode'] = 'watch'): FeedSpec => ({
  name: resource,
  group: '',
  versions: ['v1', 'v1beta1'],
  resource,
  // The second wire knows objects by their kind alone.
  kind: resource,
  mode,
  namespace: '',
  fieldSelector: '',
  scrub: 'metadataOnly',
  priority,
});
/** The feeds of the model: two ordinary ones, one without bookmarks, one that is polled. Each is known in two versions. */
export const SPECS = [spec('pods', 0), spec('nodes', 1), spec('events', 2), spec('metrics', 3, 'poll')];
/** The objects of every feed: few, so that things happen to the same one. */
export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** The one of which nothing may leave. */
export const SAYS_NOTHING = 'h';

/** One thing that happens to cluster, platform or agent. */
export type Step =
  | { do: 'write'; feed: number; name: string; action: 'put' | 'delete' | 'replace' }
  | { do: 'wait'; ms: number }
  | {
      do:
        | 'compact'
        | 'endWatches'
        | 'breakWatches'
        | 'forbid'
        | 'allow'
        | 'remove'
        | 'serve'
        | 'loseObjects'
        | 'hide'
        | 'reversion';
      feed: number;
    }
  | { do: 'failList'; code: KubeErrorCode | 'MIDWAY' }
  | { do: 'failWatch'; code: KubeErrorCode }
  | { do: 'apiDown' | 'apiUp' | 'checkpoint' | 'restore' | 'kill' | 'drain' | 'rival' | 'upgrade' }
  /** etcd is backed up, and goes back to that backup. */
  | { do: 'backup' | 'rewind' }
  /** A process stops for a while, as by SIGSTOP: the first one, or all. */
  | { do: 'freeze'; ms: number; all: boolean }
  /** Somebody deletes the lease, or a write of it counts and its answer is lost. */
  | { do: 'loseLease' | 'loseLeaseAnswer' }
  | { do: 'platform'; fault: PlatformFault; times: number }
  | { do: 'poison' | 'cure'; name: string }
  /** An object cannot be read, cannot be read once, or cannot be kept; or all of that is over. */
  | { do: 'garble' | 'garbleOnce' | 'unkeep' | 'mend'; name: string };

/** A world and what happens in it. */
export interface Scenario {
  readonly seed: number;
  /** Ours unless told. */
  readonly wire?: Wire;
  /** Agents compete for a lease; otherwise each believes to be alone. */
  readonly hasElection: boolean;
  /** The versions of the nodes are no numbers: nobody can tell which one is newer. */
  readonly isOpaque?: boolean;
  /** The longest that a request, or an answer, is on its way to the platform. */
  readonly linkMs: number;
  /** The longest that a watch lags behind what a list shows. */
  readonly watchLagMs: number;
  readonly pageSize: number;
  readonly pendingLimitBytes: number;
  readonly maxBatchBytes: number;
  /** With so many bytes waiting a batch goes out at once: the 256 KiB of the agent, scaled to objects of a few bytes. */
  readonly readyBytes?: number;
  readonly objects: number;
  readonly steps: Step[];
}

const feed = fc.nat({ max: SPECS.length - 1 });
const name = fc.constantFrom(...NAMES);
const code = fc.constantFrom<KubeErrorCode[]>(
  'KUBE_EXPIRED',
  'KUBE_THROTTLED',
  'KUBE_SERVER_ERROR',
  'KUBE_STREAM_BROKEN',
  'KUBE_FRAME_TOO_LARGE',
  'KUBE_UNREACHABLE',
  'KUBE_UNAUTHORIZED',
  'KUBE_FORBIDDEN',
);
const platformFault = fc.constantFrom<PlatformFault[]>(
  'loseRequest',
  'loseAnswer',
  'unavailable',
  'unauthorized',
  'tooLarge',
  'refuse',
  'forgetSession',
  'wrongAck',
  'lateOpen',
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      feed,
      name,
      action: fc.constantFrom('put' as const, 'put' as const, 'delete' as const, 'replace' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 50, 200, 1000, 5000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(30_000, 130_000) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'compact' as const,
        'endWatches' as const,
        'breakWatches' as const,
        'forbid' as const,
        'allow' as const,
        'remove' as const,
        'serve' as const,
        'loseObjects' as const,
        'hide' as const,
        'reversion' as const,
      ),
      feed,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('failList' as const),
      code: fc.oneof(code, fc.constant('MIDWAY' as const)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('failWatch' as const), code }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'apiDown' as const,
        'apiUp' as const,
        'checkpoint' as const,
        'restore' as const,
        'kill' as const,
        'drain' as const,
        'rival' as const,
        'upgrade' as const,
        'backup' as const,
        'rewind' as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('platform' as const),
      fault: platformFault,
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('poison' as const, 'cure' as const), name }) },
);

/** Any of them. */
export const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.boolean(),
  linkMs: fc.constantFrom(20, 150, 1500),
  watchLagMs: fc.constantFrom(200, 2000, 20_000),
  pageSize: fc.integer({ min: 1, max: 5 }),
  pendingLimitBytes: fc.constantFrom(2000, 5000, 1 << 20),
  maxBatchBytes: fc.constantFrom(150, 400, 1500, 1 << 20),
  readyBytes: fc.constantFrom(1, 400, 700, 2000, 256 * 1024),
  objects: fc.integer({ min: 0, max: NAMES.length }),
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
});

/**
 * A change waits when the snapshot of its feed begins, and what it is about goes before the list is read. The platform's wish comes with the
 * answer to another feed's change; between two wishes of one feed lies a minute.
 */
const overtaken: fc.Arbitrary<Step[]> = fc
  .record({
    feed: fc.constantFrom(0, 1, 2),
    names: fc.array(name, { minLength: 1, maxLength: 3 }),
    wishMs: fc.constantFrom(250, 270, 300, 350, 400),
    goneMs: fc.constantFrom(0, 20, 50, 100, 150, 200),
  })
  .map(({ feed: at, names, wishMs, goneMs }): Step[] => [
    { do: 'wait', ms: 130_000 },
    ...names.map((one): Step => ({ do: 'write', feed: at, name: one, action: 'put' })),
    { do: 'wait', ms: 1000 },
    { do: 'loseObjects', feed: at },
    { do: 'write', feed: (at + 1) % 3, name: 'a', action: 'put' },
    { do: 'wait', ms: wishMs },
    ...names.map((one): Step => ({ do: 'write', feed: at, name: one, action: 'put' })),
    { do: 'wait', ms: goneMs },
    ...names.map((one): Step => ({ do: 'write', feed: at, name: one, action: 'delete' })),
    { do: 'wait', ms: 1000 },
  ]);

/** Batches that are full with an object or two: each push may be the one that cuts. */
export const fullBatches: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.constant(false),
  linkMs: fc.constant(20),
  watchLagMs: fc.constantFrom(20, 200),
  pageSize: fc.constantFrom(1, 5),
  pendingLimitBytes: fc.constant(1 << 20),
  maxBatchBytes: fc.constantFrom(1500, 1 << 20),
  readyBytes: fc.constantFrom(400, 600, 800, 1000),
  objects: fc.integer({ min: 1, max: NAMES.length }),
  steps: fc.array(overtaken, { minLength: 2, maxLength: 6 }).map((groups): Step[] => groups.flat()),
});

const garbling: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('garble' as const, 'garbleOnce' as const, 'unkeep' as const, 'mend' as const, 'mend' as const),
  name,
});

/** Objects that cannot be read or kept, among all else that may happen to a history that is not rewound; and versions that tell no order. */
export const unreadables: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.constant(false),
  isOpaque: fc.boolean(),
  linkMs: fc.constantFrom(20, 1500),
  watchLagMs: fc.constantFrom(200, 2000),
  pageSize: fc.integer({ min: 1, max: 5 }),
  pendingLimitBytes: fc.constantFrom(2000, 1 << 20),
  maxBatchBytes: fc.constantFrom(400, 1 << 20),
  objects: fc.integer({ min: 1, max: NAMES.length }),
  steps: fc
    .array(fc.oneof({ weight: 1, arbitrary: garbling }, { weight: 4, arbitrary: step }), { maxLength: 50, size: 'max' })
    .map((steps) => steps.filter((one) => one.do !== 'backup' && one.do !== 'rewind')),
});

/** An object changes twice and its feed's history expires, so that the token of a snapshot under way has to be renewed. */
const expiry: fc.Arbitrary<Step[]> = fc
  .record({
    feed,
    name,
    second: fc.constantFrom('put' as const, 'replace' as const, 'delete' as const),
    ms: fc.constantFrom(0, 50, 200, 1000),
  })
  .map(({ feed: at, name: first, second, ms }) => [
    { do: 'write', feed: at, name: first, action: 'put' },
    { do: 'write', feed: at, name: first, action: second },
    { do: 'compact', feed: at },
    { do: 'wait', ms },
  ]);

/** A slow link and watches that lag, while continue tokens expire under a snapshot of many pages. */
export const expiringTokens: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.constant(false),
  linkMs: fc.constant(1500),
  watchLagMs: fc.constant(20_000),
  pageSize: fc.constant(1),
  pendingLimitBytes: fc.constant(1 << 20),
  maxBatchBytes: fc.constant(1500),
  objects: fc.constant(NAMES.length),
  steps: fc
    .tuple(fc.constantFrom(200, 1000, 2000, 4000), fc.array(expiry, { minLength: 4, maxLength: 12 }))
    .map(([ms, groups]): Step[] => [{ do: 'wait', ms }, ...groups.flat()]),
});

/** Objects change, history expires and the watches end, so that whoever lists has lost his; often enough that the tokens expire as well. */
const loss: fc.Arbitrary<Step[]> = fc
  .record({
    feed: fc.constantFrom(0, 1, 2),
    names: fc.array(name, { minLength: 1, maxLength: 3 }),
    action: fc.constantFrom('put' as const, 'replace' as const, 'delete' as const),
    ends: fc.boolean(),
    ms: fc.constantFrom(0, 200, 1000, 4000, 20_000),
  })
  .map(({ feed: at, names, action, ends, ms }): Step[] => [
    ...names.map((one): Step => ({ do: 'write', feed: at, name: one, action })),
    { do: 'compact', feed: at },
    ...(ends ? [{ do: 'endWatches' as const, feed: at }] : []),
    { do: 'wait', ms },
  ]);

/** Lists that take longer than the API server remembers changes: small pages, a slow link, and a history that is lost again and again. */
export const shortHistories: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.constant(false),
  isOpaque: fc.boolean(),
  linkMs: fc.constantFrom(150, 1500),
  watchLagMs: fc.constantFrom(200, 20_000),
  pageSize: fc.constantFrom(1, 2),
  pendingLimitBytes: fc.constantFrom(2000, 1 << 20),
  maxBatchBytes: fc.constantFrom(400, 1500),
  objects: fc.integer({ min: 4, max: NAMES.length }),
  steps: fc
    .tuple(
      fc.constantFrom(200, 1000, 4000),
      fc.array(fc.oneof({ weight: 6, arbitrary: loss }, { weight: 1, arbitrary: step.map((one) => [one]) }), {
        minLength: 4,
        maxLength: 14,
      }),
    )
    .map(([ms, groups]): Step[] =>
      [{ do: 'wait' as const, ms }, ...groups.flat()].filter((one) => one.do !== 'backup' && one.do !== 'rewind'),
    ),
});

/** etcd is backed up, objects change, and it goes back to the backup while a watch fails in one way or another. */
const rewind: fc.Arbitrary<Step[]> = fc
  .record({
    feed,
    names: fc.array(name, { minLength: 1, maxLength: 4 }),
    action: fc.constantFrom('put' as const, 'replace' as const, 'delete' as const),
    failures: fc.array(code, { maxLength: 3 }),
    seenMs: fc.constantFrom(0, 1000, 5000),
    ms: fc.constantFrom(0, 200, 5000, 130_000),
    also: fc.constantFrom<Step[]>([], [{ do: 'kill' }], [{ do: 'apiDown' }, { do: 'wait', ms: 5000 }, { do: 'apiUp' }]),
  })
  .map(({ feed: at, names, action, failures, seenMs, ms, also }): Step[] => [
    { do: 'backup' },
    ...names.map((one): Step => ({ do: 'write', feed: at, name: one, action })),
    { do: 'wait', ms: seenMs },
    ...failures.map((one): Step => ({ do: 'failWatch', code: one })),
    { do: 'rewind' },
    ...also,
    { do: 'wait', ms },
  ]);

/** A history that is rewound, once. */
export const rewinds: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.constant(false),
  linkMs: fc.constantFrom(20, 1500),
  watchLagMs: fc.constantFrom(200, 2000),
  pageSize: fc.constantFrom(1, 5),
  pendingLimitBytes: fc.constant(1 << 20),
  maxBatchBytes: fc.constant(1500),
  objects: fc.integer({ min: 1, max: NAMES.length }),
  steps: fc
    .tuple(fc.constantFrom(0, 1000, 5000, 30_000), rewind, fc.array(step, { maxLength: 5 }))
    .map(([ms, group, after]): Step[] => [{ do: 'wait', ms }, ...group, ...after]),
});

const electionStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('freeze' as const),
      ms: fc.constantFrom(3000, 9000, 14_000, 16_000, 40_000),
      all: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('rival' as const, 'drain' as const, 'kill' as const) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'loseLeaseAnswer' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'loseLease' }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('apiDown' as const, 'apiUp' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(500, 5000, 20_000) }) },
  { weight: 8, arbitrary: step },
);

/** Replicas that compete for a lease, while processes are stopped, answers are lost and somebody deletes it. */
export const elections: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  hasElection: fc.constant(true),
  linkMs: fc.constantFrom(20, 1500),
  watchLagMs: fc.constant(200),
  pageSize: fc.constantFrom(1, 5),
  pendingLimitBytes: fc.constant(1 << 20),
  maxBatchBytes: fc.constant(1500),
  objects: fc.integer({ min: 1, max: NAMES.length }),
  steps: fc
    .array(electionStep, { maxLength: 40, size: 'max' })
    .map((steps): Step[] => [{ do: 'rival' }, { do: 'wait', ms: 5000 }, ...steps]),
});
