import { expect, test } from 'vitest';
import { pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { Crowd } from './crowd.ts';
import type { Mover } from './mover.ts';

const APART = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'zone' },
      ],
    },
  },
};
const [web, queue, far] = stateOf([
  pod('web', 'a', { app: 'web', requests: { cpu: '1' }, ...APART }),
  pod('queue', 'a', { app: 'queue', requests: { cpu: '2' } }),
  pod('far', 'a', { app: 'queue', requests: { cpu: '4' } }),
]).pods.map((one): Mover => ({ pod: one, home: 0, count: one.name === 'web' ? 3 : 1 }));
if (web === undefined || queue === undefined || far === undefined) throw new Error('a pod is missing');

/** The one that is far comes to other nodes than the other two. */
const crowd = new Crowd([web, queue, far], {
  groupOf: ({ name }) => (name === 'far' ? 1 : 0),
  overlap: (a, b) => a === b,
});
const namesOf = (movers: readonly Mover[]): string[] => movers.map((one) => `${String(one.count)} ${one.pod.name}`);
const QUEUE = [{ key: 'app', operator: 'In' as const, values: ['queue'] }];

test('the others of one pod are the rest of its kind, and all that come to the same nodes', () => {
  expect(namesOf(crowd.around(web).movers)).toEqual(['2 web', '1 queue']);
  expect([crowd.around(web).count, crowd.around(web).total('cpu')]).toEqual([3, 4000]);
  expect(namesOf(crowd.around(queue).movers)).toEqual(['3 web']);
  expect([crowd.around(queue).count, crowd.around(queue).total('cpu')]).toEqual([3, 3000]);
});

test('whom a selector selects is found wherever they come to, but for the pod itself', () => {
  expect(namesOf(crowd.around(web).selectedBy(QUEUE))).toEqual(['1 queue', '1 far']);
  expect(namesOf(crowd.around(far).selectedBy(QUEUE))).toEqual(['1 queue']);
  expect(namesOf(crowd.around(web).selectedBy([]))).toEqual(['2 web', '1 queue', '1 far']);
});

test('the rest of its kind is one and the same wherever it comes up', () => {
  const others = crowd.around(web);
  expect(others.termsAbout(web.pod).map(({ mover }) => mover)).toEqual([others.selectedBy([])[0]]);
  expect(others.termsAbout(web.pod)[0]?.mover).toBe(others.selectedBy([])[0]);
  expect(crowd.around(far).termsAbout(far.pod)).toEqual([]);
});

test('a crowd on a base is what all of them together are', () => {
  const reach = {
    groupOf: ({ name }: Mover['pod']) => (name === 'far' ? 1 : 0),
    overlap: (a: number, b: number) => a === b,
  };
  const onBase = new Crowd([queue, far], reach, new Crowd([web], reach));
  for (const mover of [web, queue, far]) {
    const [one, same] = [onBase.around(mover), crowd.around(mover)];
    expect(namesOf(one.movers).toSorted()).toEqual(namesOf(same.movers).toSorted());
    expect([one.count, one.total('cpu')]).toEqual([same.count, same.total('cpu')]);
    for (const selector of [QUEUE, [], undefined])
      expect(namesOf(one.selectedBy(selector)).toSorted()).toEqual(namesOf(same.selectedBy(selector)).toSorted());
    expect(one.termsAbout(web.pod)).toEqual(same.termsAbout(web.pod));
  }
});
