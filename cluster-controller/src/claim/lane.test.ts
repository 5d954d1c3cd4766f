import { expect, it } from 'vitest';
import type { ActionBody, ObjectId } from '../poll/action.ts';
import { inOrder, isRead, laneOf } from './lane.ts';

const node = { name: 'n-1', nodeId: 'id', providerId: '' };
const object: ObjectId = { group: 'example.com', version: 'v1', resource: 'things', namespace: 'shop', name: 'a' };
const deletion = (more: Partial<ObjectId> = {}): ActionBody => ({ kind: 'delete', object: { ...object, ...more } });

it('what is about one node shares a lane, whatever it does', () => {
  const bodies: ActionBody[] = [
    { kind: 'deleteNode', node },
    { kind: 'checkNodeDeleted', node },
    { kind: 'checkNodeStatus', node, wanted: 'ready', timeoutMs: 1000 },
    { kind: 'drainNode', node, timeoutMs: 1000, force: false, awaitsVolumes: false, volumesMs: 0 },
    { kind: 'patchNode', node, labels: {}, annotations: {}, taints: [], capacity: {} },
  ];
  expect(new Set(bodies.map(laneOf))).toEqual(new Set(['nodes/n-1']));
  expect(laneOf({ kind: 'deleteNode', node: { ...node, name: 'n-2' } })).toBe('nodes/n-2');
});

it('an object has one lane in all its versions, and another one than its neighbours', () => {
  expect(laneOf(deletion({ version: 'v1beta1' }))).toBe(laneOf(deletion()));
  expect(laneOf({ kind: 'create', object, manifest: {} })).toBe(laneOf(deletion()));
  const others = [{ name: 'b' }, { namespace: '' }, { resource: 'parts' }, { group: '' }].map((more) =>
    laneOf(deletion(more)),
  );
  expect(new Set([...others, laneOf(deletion())]).size).toBe(5);
});

it('a pod that is evicted is the object of that name', () => {
  const pod = { group: '', resource: 'pods', namespace: 'shop', name: 'web-0' };
  expect(laneOf({ kind: 'evictPod', namespace: 'shop', name: 'web-0', timeoutMs: 1000 })).toBe(laneOf(deletion(pod)));
});

it('who only looks is in nobody’s way', () => {
  expect([
    isRead({ body: { kind: 'checkNodeDeleted', node } }),
    isRead({ body: { kind: 'deleteNode', node } }),
  ]).toEqual([true, false]);
  expect(laneOf({ kind: 'disconnectCluster' })).toBe(undefined);
});

it('the order is that in which the platform made them, and the same each time where it tells none', () => {
  const actions = [{ id: 'c' }, { id: 'z', createdAtMs: 1 }, { id: 'a', createdAtMs: 2 }, { id: 'b' }];
  const sorted = ['b', 'c', 'z', 'a'];
  expect(actions.toSorted(inOrder).map(({ id }) => id)).toEqual(sorted);
  expect(
    actions
      .toReversed()
      .toSorted(inOrder)
      .map(({ id }) => id),
  ).toEqual(sorted);
});
