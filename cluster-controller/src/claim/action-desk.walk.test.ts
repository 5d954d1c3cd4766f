import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, it } from 'vitest';
import { DeskBench, type RunningController } from '../testing/desk-bench.ts';

const SEED = 20_261_129;
const PODS = 60;
const ROUNDS = 16;
const LONG = 100_000;

/**
 * Controllers that end at any moment, two that lead at once, acknowledgements that are lost and refused, an API server that drops
 * connections; and a controller of StatefulSets that puts a successor in the place of each pod that has gone.
 */
it(`of a StatefulSet's pods that are evicted at random no successor is, and everything is acknowledged (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  await using bench = await DeskBench.start();
  const { fake } = bench.kube;
  const set = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'set', controller: true }], finalizers: ['example.com/slow'] };
  const names = Array.from({ length: PODS }, (_, index) => `web-${index}`);
  bench.addNode('n-1');
  const first = new Set(names.map((name) => bench.addPod(name, 'n-1', set)));
  const successors = new Set<string>();
  /** What has been asked to go goes when its node says so, some sooner and some later, and the next one comes at once. */
  const replace = (): void => {
    for (const { metadata } of fake.objects('pods')) {
      if (metadata['deletionTimestamp'] === undefined || random.chance(0.5)) continue;
      fake.delete({ apiVersion: 'v1', kind: 'Pod', name: metadata.name, namespace: 'default' });
      successors.add(bench.addPod(metadata.name, 'n-1', set));
    }
  };
  for (const name of names) {
    bench.hub.ask(`e-${name}`, { actionEvictPod: { namespace: 'default', podName: name, timeoutSeconds: LONG } });
  }
  const bugs: unknown[] = [];
  let running: RunningController[] = [];
  const stopOldest = async (): Promise<void> => {
    const oldest = running.shift();
    await oldest?.stop();
    bugs.push(...(oldest?.bugs ?? []));
  };
  for (let transitions = 1; transitions <= ROUNDS; transitions += 1) {
    bench.hub.loseAcks += random.integer(3);
    bench.hub.refuseAcks += random.integer(3);
    // The one before often goes on for a while: it was frozen, and does not know.
    running = [...running, bench.start({ epoch: { lease: 'l', transitions }, all: 1 + random.integer(6) })];
    // Turns of the event loop, so that it ends anywhere between two of its requests, on a slow machine as well.
    for (let turns = random.integer(2000); turns > 0; turns -= 1) await turn();
    if (random.integer(3) === 0) fake.abortConnections();
    replace();
    if (running.length > 2 || random.integer(2) === 0) await stopOldest();
    replace();
  }
  bench.hub.loseAcks = 0;
  bench.hub.refuseAcks = 0;
  while (running.length > 0) await stopOldest();
  const last = bench.start({ epoch: { lease: 'l', transitions: ROUNDS + 1 } });
  await eventually({
    what: 'everything is acknowledged',
    look: () => {
      replace();
      return bench.hub.openIds;
    },
    until: (open) => open.length === 0,
  });
  expect([...bugs, ...last.bugs]).toEqual([]);
  // Every first one has gone, once; and every successor that ever came is there.
  const there = fake.objects('pods').map(({ metadata }) => metadata.uid ?? '');
  expect(there.filter((uid) => first.has(uid))).toEqual([]);
  expect(new Set(there)).toEqual(successors);
  expect(successors.size).toBe(PODS);
  expect(new Set(bench.hub.acks.map(({ error }) => error))).toEqual(new Set([null]));
});
