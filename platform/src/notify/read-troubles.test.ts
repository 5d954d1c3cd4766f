import { expect, test } from 'vitest';
import type { Observation } from './condition.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedRow } from '../store/feed-row.ts';
import { type ReadTrouble, readTroubles, type TroubleSources, whileThere } from './read-troubles.ts';

test('of a cluster that was given up nothing is missed, of one that is away nothing is known, and interruptions come by themselves', () => {
  const condition = { severity: 'warning', summary: 's', reason: '', cure: '' } as const;
  const holds: Observation = { type: 'holds', condition };
  const seen: Readonly<Record<ReadTrouble, Observation>> = {
    interruptions: holds,
    'init-data': holds,
    'daemon-sets': holds,
    controller: holds,
    evictor: holds,
    drift: holds,
  };
  const f = (connection: Parameters<typeof whileThere>[1]): string[] =>
    Object.entries(whileThere(seen, connection))
      .map(([trouble, { type }]) => `${trouble} ${type}`)
      .toSorted();
  const all = (others: string): string[] =>
    ['controller', 'daemon-sets', 'drift', 'evictor', 'init-data', 'interruptions'].map((trouble) =>
      trouble === 'interruptions' ? 'interruptions holds' : `${trouble} ${others}`,
    );
  expect(f('connected')).toEqual(all('holds'));
  expect(f('waiting')).toEqual(all('holds'));
  expect(f('ended')).toEqual(all('clear'));
  for (const away of ['late', 'disconnected', 'unknown'] as const) expect(f(away)).toEqual(all('unknown'));
});

test('what a controller said of itself counts for as long as it is heard of', async () => {
  const offered = { group: 'apps', resource: 'deployments', clusterUid: 'u', feedId: 1, state: 'SYNCED', key: 1 };
  const deployment = { metadata: { name: 'castai-cluster-controller' }, status: { availableReplicas: 1 } };
  const store: TroubleSources['store'] = {
    feeds: async () => [offered as FeedRow],
    objectsAfter: async () => [{ uid: 'd', body: Buffer.from(JSON.stringify(deployment)) }],
    reports: async () => [],
  };
  const f = async (agoMs: number): Promise<string> => {
    const nowMs = 1_000_000_000;
    const controllerPoll = (): ReturnType<TroubleSources['controllerPoll']> => ({
      atMs: nowMs - agoMs,
      verdict: { state: 'blocked', cause: 'api-server' },
    });
    const times = { nowMs, heartbeatMs: 15_000, listeningSinceMs: 0 };
    const row = { id: 'c1', clusterUid: 'u' } as ClusterRow;
    const { controller } = await readTroubles({ store, controllerPoll }, row, times);
    return controller.type === 'holds' ? controller.condition.summary : controller.type;
  };
  expect(await f(299_999)).toBe('The cluster controller cannot work: api-server');
  expect(await f(300_000)).toBe('The cluster controller does not reach the platform');
});
