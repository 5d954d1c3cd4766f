/**
 * The agent's own stages between a cluster and a platform in memory, under random schedules of writes and faults.
 *
 * After every batch: what the platform holds plus what happened behind its resume point is the cluster (I5), nothing that exists
 * has vanished (I6), no deleted object rises (I2), versions rise within a session (I3). After the faults: both are equal (I1), and
 * nothing of an agent that ended is left. `MODEL_RUNS` sets the number of schedules, `MODEL_SEED` repeats them. The seed
 * stands in the names of the tests, so that it is known also of a run that hangs, or whose process ends; a failure is shrunk.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import { ModelPlatform } from './model-platform.ts';
import { World } from './model-world.ts';
import {
  elections,
  expiringTokens,
  fullBatches,
  rewinds,
  type Scenario,
  scenario,
  shortHistories,
  type Step,
  unreadables,
} from './schedule.ts';

async function check(one: Scenario): Promise<void> {
  const world = new World(one);
  try {
    await world.run();
  } finally {
    await world.end();
  }
  expect(world.problems).toEqual([]);
}

/** What random schedules have found, shrunk. */
const FOUND: Record<string, { steps: Step[] } & Partial<Scenario>> = {
  'an object that is refused alone, in a snapshot that ends in the same batch': {
    steps: [
      { do: 'write', feed: 0, name: 'a', action: 'put' },
      { do: 'write', feed: 0, name: 'b', action: 'put' },
      { do: 'poison', name: 'b' },
      { do: 'wait', ms: 2000 },
    ],
  },
  'a deletion that is refused alone': {
    objects: 2,
    steps: [
      { do: 'wait', ms: 30_000 },
      { do: 'poison', name: 'b' },
      { do: 'write', feed: 0, name: 'b', action: 'delete' },
      { do: 'wait', ms: 30_000 },
    ],
  },
  'a polled snapshot of several pages, whose objects have no version': {
    objects: 1,
    steps: [{ do: 'write', feed: 3, name: 'd', action: 'put' }],
  },
  'a resource that goes while its snapshot waits to be sent': {
    pageSize: 2,
    objects: 5,
    steps: [
      { do: 'platform', fault: 'loseRequest', times: 2 },
      { do: 'wait', ms: 5000 },
      { do: 'remove', feed: 2 },
      { do: 'write', feed: 0, name: 'a', action: 'replace' },
    ],
  },
  'a wish for a snapshot of a feed that waits for its access review': {
    steps: [
      { do: 'wait', ms: 30_000 },
      { do: 'apiDown' },
      { do: 'platform', fault: 'wrongAck', times: 1 },
      { do: 'wait', ms: 30_000 },
      { do: 'loseObjects', feed: 0 },
    ],
  },
  'a watch that works again after three failures, without an event': {
    steps: [
      { do: 'wait', ms: 5000 },
      { do: 'failWatch', code: 'KUBE_STREAM_BROKEN' },
      { do: 'failWatch', code: 'KUBE_THROTTLED' },
      { do: 'breakWatches', feed: 2 },
      { do: 'wait', ms: 30_000 },
    ],
  },
  'an answer that is lost, and a refusal of the repetition': {
    objects: 2,
    maxBatchBytes: 1 << 20,
    steps: [
      { do: 'wait', ms: 5000 },
      { do: 'write', feed: 0, name: 'a', action: 'put' },
      { do: 'write', feed: 0, name: 'b', action: 'put' },
      { do: 'platform', fault: 'refuse', times: 2 },
      { do: 'platform', fault: 'loseAnswer', times: 1 },
      { do: 'platform', fault: 'refuse', times: 1 },
      { do: 'wait', ms: 30_000 },
    ],
  },
  'an end while the key is refused': {
    objects: 1,
    steps: [
      { do: 'wait', ms: 5000 },
      { do: 'platform', fault: 'unauthorized', times: 1 },
      { do: 'wait', ms: 30_000 },
    ],
  },
  'two objects of one page whose uids cannot be read': {
    linkMs: 20,
    watchLagMs: 200,
    pageSize: 4,
    maxBatchBytes: 400,
    objects: 5,
    steps: [
      { do: 'write', feed: 1, name: 'a', action: 'delete' },
      { do: 'wait', ms: 30_000 },
      { do: 'garble', name: 'c' },
      { do: 'garble', name: 'e' },
      { do: 'reversion', feed: 1 },
      { do: 'wait', ms: 30_000 },
    ],
  },
  'one that is kept by its name, and whose successor can be read later': {
    linkMs: 20,
    watchLagMs: 200,
    maxBatchBytes: 400,
    objects: 4,
    steps: [
      { do: 'wait', ms: 5000 },
      { do: 'reversion', feed: 1 },
      { do: 'write', feed: 1, name: 'd', action: 'replace' },
      { do: 'garble', name: 'd' },
      { do: 'wait', ms: 30_000 },
    ],
  },
  'another replica that leads before the snapshot for a deletion that was refused': {
    seed: 0,
    hasElection: true,
    linkMs: 20,
    watchLagMs: 200,
    pendingLimitBytes: 1 << 20,
    maxBatchBytes: 1500,
    objects: 2,
    steps: [
      { do: 'rival' },
      { do: 'wait', ms: 5000 },
      { do: 'poison', name: 'b' },
      { do: 'wait', ms: 20_500 },
      { do: 'write', feed: 0, name: 'b', action: 'delete' },
      { do: 'wait', ms: 500 },
      { do: 'apiDown' },
      { do: 'wait', ms: 5500 },
    ],
  },
  'a wish for a snapshot during a snapshot': {
    seed: 64_519_223,
    objects: 1,
    steps: [
      { do: 'forbid', feed: 0 },
      { do: 'write', feed: 0, name: 'a', action: 'put' },
      { do: 'failWatch', code: 'KUBE_EXPIRED' },
      { do: 'wait', ms: 1000 },
      { do: 'remove', feed: 0 },
      { do: 'loseObjects', feed: 2 },
    ],
  },
};
const SMALL: Omit<Scenario, 'steps'> = {
  seed: 0,
  hasElection: false,
  linkMs: 150,
  watchLagMs: 2000,
  pageSize: 1,
  pendingLimitBytes: 2000,
  maxBatchBytes: 150,
  objects: 0,
};

describe('a list that is read again', () => {
  const again: Step[] = [
    { do: 'apiDown' },
    // Of another feed: history goes on.
    { do: 'write', feed: 1, name: 'a', action: 'put' },
    { do: 'compact', feed: 0 },
    { do: 'apiUp' },
    { do: 'wait', ms: 130_000 },
  ];

  /** How many offers were held and wanted, of a platform that takes them unless told. */
  async function offersOf(steps: Step[], takesOffers = true): Promise<object> {
    const world = new World({ ...SMALL, pendingLimitBytes: 1 << 20, pageSize: 2, objects: 5, steps });
    const { platform } = world;
    if (!(platform instanceof ModelPlatform)) throw new Error('the other wire has no offers');
    platform.takesOffers = takesOffers;
    try {
      await world.run();
    } finally {
      await world.end();
    }
    expect(world.problems).toEqual([]);
    return platform.offers;
  }

  it('is offered, and only what has changed is sent', async () => {
    const settled: Step[] = [{ do: 'wait', ms: 30_000 }];
    expect(await offersOf(settled)).toEqual({ held: 0, wanted: 0 });
    expect(await offersOf([...settled, ...again])).toEqual({ held: 5, wanted: 0 });
    const changed: Step[] = [
      { do: 'apiDown' },
      { do: 'write', feed: 0, name: 'a', action: 'put' },
      { do: 'write', feed: 0, name: 'e', action: 'replace' },
      { do: 'compact', feed: 0 },
      { do: 'apiUp' },
      { do: 'wait', ms: 130_000 },
    ];
    expect(await offersOf([...settled, ...changed])).toEqual({ held: 3, wanted: 2 });
  });

  it('is sent whole to a platform that takes no offers', async () => {
    expect(await offersOf([{ do: 'wait', ms: 30_000 }, ...again], false)).toEqual({ held: 0, wanted: 0 });
  });

  it('is sent whole when its history was rewound, and offered again after that', async () => {
    const rewound: Step[] = [
      { do: 'backup' },
      { do: 'write', feed: 0, name: 'a', action: 'put' },
      { do: 'wait', ms: 30_000 },
    ];
    const back: Step[] = [{ do: 'rewind' }, { do: 'wait', ms: 130_000 }];
    const before: Step[] = [{ do: 'wait', ms: 30_000 }, ...rewound, ...back];
    expect(await offersOf(before)).toEqual({ held: 0, wanted: 0 });
    expect(await offersOf([...before, ...again])).toEqual({ held: 5, wanted: 0 });
  });

  it('is sent whole when what may leave of an object has changed', async () => {
    const steps: Step[] = [{ do: 'wait', ms: 30_000 }, { do: 'upgrade' }, { do: 'wait', ms: 30_000 }];
    expect(await offersOf(steps)).toEqual({ held: 0, wanted: 0 });
  });
});

const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 1_000_000_000);

/** Checks as many random schedules as `MODEL_RUNS` says, or else `runs`. */
async function checkAll(one: fc.Arbitrary<Scenario>, wire: Wire, runs: number): Promise<void> {
  const numRuns = Number(process.env['MODEL_RUNS'] ?? runs);
  await fc.assert(
    fc.asyncProperty(one, (chosen) => check({ ...chosen, wire })),
    { numRuns, seed: SEED },
  );
}

describe.each<Wire>(['ingest', 'agent-deltas'])(`the pipeline on the wire %s, MODEL_SEED=${SEED}`, (wire) => {
  const checkOn = (one: Scenario): Promise<void> => check({ ...one, wire });

  for (const [name, one] of Object.entries(FOUND)) {
    it(`survives ${name}`, () => checkOn({ ...SMALL, ...one }));
  }

  it('keeps its promises under random schedules of writes and faults (I1, I2, I3, I5, I6)', async () => {
    await checkAll(scenario, wire, 300);
  }, 3_600_000);

  it('never sends an older state after a newer one while continue tokens expire (I3)', async () => {
    await checkAll(expiringTokens, wire, 100);
  }, 3_600_000);

  it('loses nothing while lists take longer than the API server remembers changes (C8, I2, I3, I6)', async () => {
    await checkAll(shortHistories, wire, 200);
  }, 3_600_000);

  it('never tells a change of before a snapshot as one of it, however full a batch is when it begins (I2)', async () => {
    await checkAll(fullBatches, wire, 100);
  }, 3_600_000);

  it('loses nothing for an object that cannot be read, and of that one nothing without a word (I1, I5, I6)', async () => {
    await checkAll(unreadables, wire, 200);
  }, 3_600_000);

  it('is equal to the cluster again after its history was rewound (C11)', async () => {
    await checkAll(rewinds, wire, 200);
  }, 3_600_000);

  it('is equal to the cluster again after elections, and whoever lost the lease is not heard any more', async () => {
    await checkAll(elections, wire, 200);
  }, 3_600_000);
});
