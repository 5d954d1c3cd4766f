import { describe, expect, it } from 'vitest';
import type { PatchNode, Taint } from '../poll/action.ts';
import { viewNode, type NodeView } from './node-view.ts';
import { planCapacityPatch, planCordon, planNodePatch } from './plan-node-patch.ts';
import type { PatchOperation } from './patch-operation.ts';

const node = (metadata: object, spec: object = {}, status: object = {}): NodeView => {
  const view = viewNode({ metadata: { name: 'n', uid: 'u', ...metadata }, spec, status });
  if (view === undefined) throw new Error('no node');
  return view;
};
const wish = (more: Partial<PatchNode>): PatchNode => ({
  kind: 'patchNode',
  node: { name: 'n', nodeId: 'x', providerId: '' },
  labels: {},
  annotations: {},
  taints: [],
  capacity: {},
  ...more,
});
const taint = (key: string, value = '', effect = 'NoSchedule'): Taint => ({ key, value, effect });
const UID: PatchOperation = { op: 'test', path: '/metadata/uid', value: 'u' };

/** What a patch makes of a list of taints, or which test fails: a JSON patch of our own, for this list alone. */
function applyToTaints(taints: readonly object[], operations: readonly PatchOperation[]): object[] | string {
  const list = [...taints];
  for (const { op, path, value } of operations.filter((one) => one.path.startsWith('/spec/taints'))) {
    const place = path.slice('/spec/taints/'.length);
    if (place === '-' && op === 'add') list.push(value as object);
    else if (op === 'test' && JSON.stringify(list[Number(place)]) !== JSON.stringify(value)) return `test ${place}`;
    else if (op === 'replace') list[Number(place)] = value as object;
    else if (op === 'remove') list.splice(Number(place), 1);
  }
  return list;
}

describe('the patch of a node', () => {
  it('is nothing when the node is what is wanted', () => {
    const there = node(
      { labels: { a: 'b' }, annotations: { c: 'd' } },
      { unschedulable: true, taints: [{ key: 'k', effect: 'NoSchedule' }] },
    );
    const same = wish({
      labels: { a: 'b', '-x': '' },
      annotations: { c: 'd' },
      taints: [taint('k'), taint('-gone')],
      unschedulable: true,
    });
    expect(planNodePatch(there, same)).toEqual([]);
    expect(planCapacityPatch(there, same)).toEqual([]);
    expect(planCordon(there, true)).toEqual([]);
  });

  it('tests the node and each entry that it changes, and nothing else', () => {
    const there = node({ labels: { a: 'old', 'x/y~z': '1', foreign: '1' } });
    expect(planNodePatch(there, wish({ labels: { a: 'new', b: '2', '-x/y~z': '' } }))).toEqual([
      UID,
      { op: 'test', path: '/metadata/labels/a', value: 'old' },
      { op: 'add', path: '/metadata/labels/a', value: 'new' },
      { op: 'test', path: '/metadata/labels/b', value: null },
      { op: 'add', path: '/metadata/labels/b', value: '2' },
      { op: 'test', path: '/metadata/labels/x~1y~0z', value: '1' },
      { op: 'remove', path: '/metadata/labels/x~1y~0z' },
    ]);
    expect(planNodePatch(there, wish({ annotations: { a: '1' } }))).toEqual([
      UID,
      { op: 'test', path: '/metadata/annotations', value: null },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'test', path: '/metadata/annotations/a', value: null },
      { op: 'add', path: '/metadata/annotations/a', value: '1' },
    ]);
  });

  it('cordons and uncordons, and tells whether it was already', () => {
    expect(planCordon(node({}), true)).toEqual([
      UID,
      { op: 'test', path: '/spec/unschedulable', value: null },
      { op: 'add', path: '/spec/unschedulable', value: true },
    ]);
    expect(planCordon(node({}, { unschedulable: true }), false)).toEqual([
      UID,
      { op: 'test', path: '/spec/unschedulable', value: true },
      { op: 'remove', path: '/spec/unschedulable' },
    ]);
    expect(planNodePatch(node({}, { unschedulable: true }), wish({}))).toEqual([]);
  });

  it('defect 1: a foreign taint that comes between reading and writing survives', () => {
    const own = { key: 'own', value: 'old', effect: 'NoSchedule' };
    const drop = { key: 'drop', effect: 'NoExecute' };
    const foreign = { key: 'foreign', value: 'x', effect: 'NoSchedule' };
    const there = node({}, { taints: [own, drop] });
    const patch = planNodePatch(
      there,
      wish({ taints: [taint('own', 'new'), taint('-drop', '', 'NoExecute'), taint('added')] }),
    );
    const after = [
      { ...own, value: 'new' },
      { key: 'added', effect: 'NoSchedule' },
    ];
    expect(applyToTaints([own, drop], patch)).toEqual(after);
    expect(applyToTaints([own, drop, foreign], patch)).toEqual([after[0], foreign, after[1]]);
    // In front of the others: what is at that place is not what was read, so nothing is written and it is planned anew.
    expect(applyToTaints([foreign, own, drop], patch)).toBe('test 0');
    expect(planNodePatch(node({}), wish({ taints: [taint('a', 'b')] }))).toEqual([
      UID,
      { op: 'test', path: '/spec/taints', value: null },
      { op: 'add', path: '/spec/taints', value: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] },
    ]);
  });

  it('tells taints apart by key and effect, takes off several from the end on, and goes by what is said last', () => {
    const entry = (key: string, effect = 'NoSchedule'): object => ({ key, effect });
    const taints = [entry('a'), entry('b'), entry('a', 'NoExecute'), entry('c')];
    const f = (wishes: Taint[], expected: object[]): void =>
      expect(applyToTaints(taints, planNodePatch(node({}, { taints }), wish({ taints: wishes })))).toEqual(expected);
    f([taint('-a'), taint('-c')], [taints[1] ?? {}, taints[2] ?? {}]);
    f([taint('-a', '', 'NoExecute')], [taints[0] ?? {}, taints[1] ?? {}, taints[3] ?? {}]);
    f([taint('-b'), taint('b')], taints);
    f([taint('b'), taint('-b')], [taints[0] ?? {}, taints[2] ?? {}, taints[3] ?? {}]);
  });

  it('of the capacity is one of the status', () => {
    const there = node({}, {}, { capacity: { cpu: '4', 'example.com/x': '1' } });
    expect(planCapacityPatch(there, wish({ capacity: { 'example.com/x': '2', cpu: '4' } }))).toEqual([
      UID,
      { op: 'test', path: '/status/capacity/example.com~1x', value: '1' },
      { op: 'add', path: '/status/capacity/example.com~1x', value: '2' },
    ]);
  });
});
