import { expect, test } from 'vitest';
import { node, pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { gatherMovers, PodKinds } from './gather-movers.ts';
import type { Mover } from './mover.ts';
import { NodeSet } from './node-set.ts';
import { Placement } from './placement.ts';
import { RoomyPlaces } from './roomy-places.ts';

const small = { allocatable: { cpu: '2' } };
const placement = new Placement(
  stateOf([
    node('a'),
    node('b', small),
    node('c', small),
    pod('one', 'a'),
    pod('like it', 'b', { app: 'other' }),
    pod('larger', 'a', { requests: { cpu: '2' } }),
  ]),
);
const ALL = NodeSet.where(3, () => true);
const LAST = NodeSet.where(3, (index) => index === 2);
const rooms = new RoomyPlaces();

function mover(name: string): Mover {
  const pods = placement.nodes.flatMap((one) => one.pods).filter((one) => one.name === name);
  const [only] = gatherMovers(pods, 0, new PodKinds());
  if (only === undefined) throw new Error(`no pod ${name}`);
  return only;
}

const among = (nodes: NodeSet, name: string, headroom = 0) =>
  rooms.among(nodes, mover(name), { placement, gone: NodeSet.NONE, headroom });

test('pods that request the same have room on the same nodes, whatever else they say', () => {
  const first = among(ALL, 'one');

  expect(first.places.list()).toEqual([0, 1, 2]);
  expect(among(ALL, 'like it')).toBe(first);
});

test('what another pod requests, other nodes, and another headroom are asked anew', () => {
  among(ALL, 'one');

  expect(among(ALL, 'larger').places.list()).toEqual([2]);
  expect(among(LAST, 'one').places.list()).toEqual([2]);
  expect(among(ALL, 'one', 0.3).places.list()).toEqual([2]);
});

test('what the others lack is counted', () => {
  expect([...among(ALL, 'larger').refused]).toEqual([
    ['no_room_cpu', 2],
    ['no_room_pods', 0],
  ]);
});
