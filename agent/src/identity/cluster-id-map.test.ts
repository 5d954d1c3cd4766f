import { expect, test } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ClusterIdMap, type ClusterIdPlace } from './cluster-id-map.ts';

const PLACE = { namespace: 'ns', name: 'ids', key: 'CLUSTER_ID' };

/** A writer whose API server answers like this, the last answer for ever. */
async function scenario(
  answers: readonly (Error | 'ok')[],
  { place }: { place: ClusterIdPlace | undefined } = { place: PLACE },
) {
  const clock = new ManualClock();
  const written: string[] = [];
  const told: string[] = [];
  const queue = [...answers];
  const map = new ClusterIdMap({
    client: {
      patch: async (path, patch) => {
        const answer = queue.length > 1 ? queue.shift() : queue[0];
        written.push(`${path} ${JSON.stringify(patch)}`);
        if (answer instanceof Error) throw answer;
        return {};
      },
    },
    place,
    observer: {
      onClusterIdWritten: ({ name }) => told.push(`written ${name}`),
      onClusterIdNotWritten: (error, delayMs) => told.push(`${(error as KubeError).code} ${delayMs}`),
    },
    clock,
    random: () => 0.5,
  });
  const stop = new AbortController();
  const run = map.run(stop.signal).catch((error: unknown) => error);
  await clock.advance(0);
  return { clock, map, written, told, stop, run };
}

test('the id is applied, and nothing else of the object is claimed', async () => {
  const { map, written, told, clock, stop, run } = await scenario(['ok']);
  expect(written).toEqual([]);
  map.note('c-1');
  await clock.advance(0);
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ids', namespace: 'ns' },
    data: { CLUSTER_ID: 'c-1' },
  };
  expect(written).toEqual([
    `/api/v1/namespaces/ns/configmaps/ids?fieldManager=castai-agent&force=true ${JSON.stringify({ contentType: 'application/apply-patch+yaml', body })}`,
  ]);
  // The same id again is no news; after an hour it is made sure that it is still there, and nobody is told twice.
  map.note('c-1');
  await clock.advance(3_599_000);
  expect(written).toHaveLength(1);
  await clock.advance(1_000);
  expect(written).toHaveLength(2);
  expect(told).toEqual(['written ids']);
  stop.abort(new Error('stopped'));
  expect(await run).toEqual(new Error('stopped'));
});

test('another id is written at once, also one that comes while a failure is waited for', async () => {
  const { map, written, told, clock } = await scenario([new KubeError('KUBE_FORBIDDEN', 'no'), 'ok']);
  map.note('c-1');
  await clock.advance(0);
  map.note('c-2');
  await clock.advance(0);
  map.note('c-3');
  await clock.advance(0);
  expect(written.map((line) => /c-\d/u.exec(line)?.[0])).toEqual(['c-1', 'c-2', 'c-3']);
  expect(told).toEqual(['KUBE_FORBIDDEN 1000', 'written ids', 'written ids']);
});

test('a refusal and an outage are waited for, at most five minutes at a time, for ever', async () => {
  const { map, told, clock } = await scenario([new KubeError('KUBE_FORBIDDEN', 'no')]);
  map.note('c-1');
  for (let turn = 0; turn < 9; turn += 1) await clock.advance(300_000);
  const delays = told.map((line) => Number(line.split(' ')[1]));
  expect(delays.slice(0, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000]);
  expect(Math.max(...delays)).toBe(150_000);
});

test('without a place nothing is written', async () => {
  const { map, written, clock } = await scenario(['ok'], { place: undefined });
  map.note('c-1');
  await clock.advance(7_200_000);
  expect(written).toEqual([]);
});
