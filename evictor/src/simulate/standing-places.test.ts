import { expect, test } from 'vitest';
import { node, pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { gatherMovers, PodKinds } from './gather-movers.ts';
import { Placement } from './placement.ts';
import { type Standing, StandingPlaces } from './standing-places.ts';

const TAINTED = { taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] };
const TOLERANT = { tolerations: [{ key: 'gpu', operator: 'Exists' }] };
const BLUE = { nodeSelector: { colour: 'blue' } };

const placement = new Placement(
  stateOf([
    node('a'),
    node('b', { labels: { colour: 'blue' } }),
    node('c', { labels: { colour: 'blue' }, ...TAINTED }),
    node('d', TAINTED),
    node('e', { unschedulable: true }),
    pod('plain', 'a'),
    pod('other', 'b'),
    pod('blue', 'a', BLUE),
    pod('tolerant', 'a', TOLERANT),
    pod('both', 'a', { ...BLUE, ...TOLERANT }),
  ]),
);
const places = new StandingPlaces(placement);

function standing(name: string): Standing {
  const pods = placement.nodes.flatMap((one) => one.pods).filter((one) => one.name === name);
  const [mover] = gatherMovers(pods, 0, new PodKinds());
  if (mover === undefined) throw new Error(`no pod ${name}`);
  return places.of(mover);
}

test.each<[string, number[], [string, number][]]>([
  ['plain', [0, 1], [['taints', 2]]],
  [
    'blue',
    [1],
    [
      ['taints', 2],
      ['node_affinity', 1],
    ],
  ],
  ['tolerant', [0, 1, 2, 3], [['taints', 0]]],
  [
    'both',
    [1, 2],
    [
      ['taints', 0],
      ['node_affinity', 2],
    ],
  ],
])('%s: of the open nodes those that let it, and what keeps it off the others first', (name, indices, refused) => {
  const { places: found, refused: why } = standing(name);
  expect([found.list(), why]).toEqual([indices, new Map(refused)]);
});

test('pods that ask the same are given the same list', () => {
  expect(standing('other')).toBe(standing('plain'));
});
