import { describe, expect, it, test } from 'vitest';
import { jsonPatch } from '@castai/test/fakes/kube-apiserver/patch.ts';
import type { RecordedNotice } from './node-record.ts';
import { parseRecord } from './node-record.ts';
import { viewNode } from './node-view.ts';
import { planNodePatch } from './plan-node-patch.ts';

const TAINT = { key: 'autoscaling.cast.ai/draining', value: 'true', effect: 'NoSchedule' };
const OTHER = { key: 'example.com/gpu', effect: 'NoSchedule' };
const LABEL = 'autoscaling.cast.ai/draining';
const RECORD = 'autoscaling.cast.ai/spot-handler';

const notice: RecordedNotice = {
  id: 'event-1',
  source: 'scheduled-events',
  kind: 'preempt',
  type: 'Preempt',
  isStarted: false,
  isReported: false,
  isMarking: true,
};

interface TestNode {
  metadata: Record<string, unknown> & { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: { unschedulable?: boolean; taints?: unknown[] };
}

function node(
  more: { spec?: TestNode['spec']; labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): TestNode {
  return {
    metadata: {
      name: 'node-1',
      uid: 'uid-1',
      resourceVersion: '7',
      ...(more.labels === undefined ? {} : { labels: more.labels }),
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    },
    spec: more.spec ?? {},
  };
}

/** What the node is after what is planned for it; the same object when nothing is. */
function after(before: TestNode, wanted: readonly RecordedNotice[]): TestNode {
  const patch = planNodePatch(viewNode(before), wanted);
  return patch === undefined ? before : (jsonPatch(before, patch.operations) as TestNode);
}

describe('marking and unmarking gives back the node as it was', () => {
  const cases: Record<string, TestNode> = {
    'a bare node': node({ labels: {}, annotations: {} }),
    'a node without labels and annotations': node(),
    'a node with a taint of somebody else': node({ spec: { taints: [OTHER] }, labels: { a: 'b' }, annotations: {} }),
    'a node that somebody has cordoned': node({ spec: { unschedulable: true }, labels: {}, annotations: {} }),
    'a node with our taint on it already': node({ spec: { taints: [TAINT] }, labels: {}, annotations: {} }),
    'a node that is drained for another reason': node({ labels: { [LABEL]: 'rebalancing' }, annotations: {} }),
    'a node with our label on it already': node({ labels: { [LABEL]: 'spot-interruption' }, annotations: {} }),
  };
  for (const [name, before] of Object.entries(cases)) {
    it(`for ${name}`, () => {
      const marked = after(before, [notice]);
      expect(marked.spec.unschedulable).toBe(true);
      expect(marked.metadata.labels?.[LABEL]).toBe('spot-interruption');
      expect(marked.spec.taints?.filter((taint) => JSON.stringify(taint) === JSON.stringify(TAINT))).toHaveLength(1);
      const unmarked = after(marked, []);
      const empty = { labels: {}, annotations: {} };
      const emptyTaints = before.spec.taints === undefined && unmarked.spec.taints?.length === 0;
      expect({
        ...unmarked,
        metadata: { ...empty, ...unmarked.metadata },
        spec: emptyTaints ? { ...unmarked.spec, taints: undefined } : unmarked.spec,
      }).toEqual({ ...before, metadata: { ...empty, ...before.metadata } });
    });
  }
});

test('taints of others keep their places', () => {
  const marked = after(node({ spec: { taints: [OTHER] } }), [notice]);
  expect(marked.spec.taints).toEqual([OTHER, TAINT]);
});

test('a taint that somebody adds after the node was read makes the patch fail instead of losing it', () => {
  const read = node({ spec: { taints: [OTHER] }, annotations: {} });
  const patch = planNodePatch(viewNode(read), [notice]);
  const now = { ...read, spec: { taints: [OTHER, { key: 'example.com/new', effect: 'NoExecute' }] } };
  expect(() => jsonPatch(now, patch?.operations)).toThrow('the server rejected our request');
});

test('somebody who cordons after the node was read makes the patch fail, so that it is not taken for ours', () => {
  const read = node({ annotations: {} });
  const patch = planNodePatch(viewNode(read), [notice]);
  expect(() => jsonPatch({ ...read, spec: { unschedulable: true } }, patch?.operations)).toThrow('rejected');
});

test('nothing is planned for a node that is as wanted', () => {
  const marked = after(node(), [notice]);
  expect(planNodePatch(viewNode(marked), [notice])).toBeUndefined();
  expect(planNodePatch(viewNode(node()), [])).toBeUndefined();
});

test('a further notice and a delivered report only change the record', () => {
  const marked = after(node(), [notice]);
  const reported = { ...notice, isReported: true };
  const patch = planNodePatch(viewNode(marked), [reported, { ...notice, id: 'event-2' }]);
  expect(patch?.does).toBe('record');
  const twice = jsonPatch(marked, patch?.operations) as TestNode;
  expect(parseRecord(twice.metadata.annotations?.[RECORD]).notices).toEqual([reported, { ...notice, id: 'event-2' }]);
  expect(twice.spec).toEqual(marked.spec);
});

test('the mark stays until its last reason is gone', () => {
  const both = after(after(node(), [notice]), [notice, { ...notice, id: 'event-2' }]);
  const one = after(both, [{ ...notice, id: 'event-2' }]);
  expect(one.spec).toEqual({ unschedulable: true, taints: [TAINT] });
  expect(after(one, []).spec).toEqual({ taints: [] });
});

test('what somebody took off by hand stays off', () => {
  const marked = after(node({ labels: {} }), [notice]);
  const freed = { ...marked, spec: {}, metadata: { ...marked.metadata, labels: {} } };
  expect(planNodePatch(viewNode(freed), [notice])?.does).toBe('record');
  expect(after(freed, [notice]).spec).toEqual({});
  const end = after(freed, []);
  expect([end.spec, end.metadata.labels, end.metadata.annotations]).toEqual([{}, {}, {}]);
});

test('what somebody took off by hand is not ours any more: whoever puts it there later keeps it', () => {
  const marked = after(node({ labels: {} }), [notice]);
  const freed = { ...marked, spec: {}, metadata: { ...marked.metadata, labels: {} } };
  const known = after(freed, [notice]);
  expect(parseRecord(viewNode(known).record).mark).toEqual({ isCordonOurs: false, isTaintOurs: false });
  const theirs = {
    ...known,
    spec: { unschedulable: true, taints: [TAINT] },
    metadata: { ...known.metadata, labels: { [LABEL]: 'spot-interruption' } },
  };
  const end = after(theirs, []);
  expect([end.spec, end.metadata.labels, end.metadata.annotations]).toEqual([theirs.spec, theirs.metadata.labels, {}]);
});

test('each part of the mark is ours until it is taken off, and no longer', () => {
  const marked = after(node({ labels: {} }), [notice]);
  const f = (spec: TestNode['spec'], expected: object): void => {
    const changed = after({ ...marked, spec }, [notice]);
    expect(parseRecord(viewNode(changed).record).mark).toEqual({ labelBefore: null, ...expected });
  };
  f({ taints: [TAINT] }, { isCordonOurs: false, isTaintOurs: true });
  f({ unschedulable: true }, { isCordonOurs: true, isTaintOurs: false });
  // The same taint with another value is another reason to drain.
  const theirs = { ...TAINT, value: 'rebalancing' };
  f({ unschedulable: true, taints: [theirs] }, { isCordonOurs: true, isTaintOurs: false });
  expect(after({ ...marked, spec: { unschedulable: true, taints: [theirs] } }, []).spec).toEqual({ taints: [theirs] });
});

test('a mark that is held stays without a reason, with what cannot be read, and goes when it is let go', () => {
  const unread = { id: 'e', kind: 'of a later version' };
  const marked = after(node({ labels: {} }), [notice]);
  const record = { ...JSON.parse(viewNode(marked).record ?? ''), notices: [unread] };
  const orphan = { ...marked, metadata: { ...marked.metadata, annotations: { [RECORD]: JSON.stringify(record) } } };
  expect(planNodePatch(viewNode(orphan), [], { isMarkHeld: true })).toBeUndefined();
  const other = { ...notice, id: 'event-2', isMarking: false };
  const patch = planNodePatch(viewNode(orphan), [other], { isMarkHeld: true });
  const both = jsonPatch(orphan, patch?.operations) as TestNode;
  expect([both.spec, parseRecord(viewNode(both).record)]).toMatchObject([
    marked.spec,
    { notices: [other], unread: [unread] },
  ]);
  expect(after(both, []).spec).toEqual({ taints: [] });
  // Nothing is put onto a node because a mark is held that it does not carry.
  expect(planNodePatch(viewNode(node()), [], { isMarkHeld: true })).toBeUndefined();
});

test('a record that cannot be read at all is treated as if there were none', () => {
  for (const text of ['{"version":1,"notices":[7],"mark":{"isCordonOurs":"yes"}}', '{"version":', '[]']) {
    const strange = node({ spec: { unschedulable: true }, annotations: { [RECORD]: text } });
    expect([text, planNodePatch(viewNode(strange), [])]).toEqual([text, undefined]);
    const end = after(after(strange, [notice]), []);
    expect([text, end.spec.unschedulable, end.metadata.annotations]).toEqual([text, true, {}]);
  }
});
