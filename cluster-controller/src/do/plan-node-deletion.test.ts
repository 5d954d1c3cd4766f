import type { PodView } from '@castai/shared/drain/pod-view.ts';
import { describe, expect, it } from 'vitest';
import { NODE_ID_LABEL, type NodeView } from './node-view.ts';
import { type NodeDeletion, planLeftPods, planNodeDeletion } from './plan-node-deletion.ts';

const node = (more: Partial<NodeView> = {}): NodeView => ({
  name: 'n',
  uid: 'u',
  labels: { [NODE_ID_LABEL]: 'x' },
  annotations: undefined,
  providerId: '',
  isEnding: false,
  finalizers: [],
  unschedulable: false,
  taints: undefined,
  ready: 'True',
  capacity: undefined,
  ...more,
});
const pod = (name: string, more: Partial<PodView> = {}): PodView => ({
  namespace: 'd',
  name,
  uid: name,
  graceSeconds: 30,
  isSystem: false,
  isEnding: false,
  isOver: false,
  isStatic: false,
  isDaemon: false,
  isTolerant: false,
  lineage: name,
  ...more,
});
const ids = { name: 'n', nodeId: 'x', providerId: '' };
const found = { is: 'found', uid: 'u' } as const;
const plan = (more: Partial<Parameters<typeof planNodeDeletion>[0]> = {}): NodeDeletion =>
  planNodeDeletion({
    ids,
    target: found,
    node: node(),
    pods: [pod('web-0')],
    isEmptied: false,
    ended: { uids: new Set(), lineages: new Set() },
    isWaitOver: false,
    ...more,
  });

describe('the deletion of a node', () => {
  it('defect 11: is refused while its kubelet is alive and pods run there', () => {
    const detail = 'the kubelet of node n is alive and 1 pods run there: d/web-0; drain it first';
    expect(plan()).toEqual({ is: 'refused', detail });
    // A kubelet that says of itself that it is not ready is alive.
    expect(plan({ node: node({ ready: 'False' }) })).toEqual({ is: 'refused', detail });
    // A drain before counts as long as the node is kept empty.
    expect(plan({ isEmptied: true })).toEqual({ is: 'refused', detail });
    // A pod that ends still runs.
    expect(plan({ pods: [pod('web-0', { isEnding: true })] })).toEqual({ is: 'refused', detail });
  });

  it('names some of many pods', () => {
    const { detail } = plan({ pods: Array.from({ length: 12 }, (_, index) => pod(`p${index}`)) }) as { detail: string };
    expect(detail).toMatch(/12 pods run there: d\/p0, .*d\/p9 and 2 more; drain it first$/u);
  });

  it('is done when nothing is lost by it', () => {
    const done = { is: 'delete', uid: 'u' };
    expect(plan({ node: node({ ready: 'Unknown' }) })).toEqual(done);
    expect(plan({ node: node({ ready: '' }) })).toEqual(done);
    expect(
      plan({ pods: [pod('a', { isDaemon: true }), pod('b', { isStatic: true }), pod('c', { isOver: true })] }),
    ).toEqual(done);
  });

  it('lets what a drain has left end in its own time, and does not wait for what takes its place', () => {
    const emptied = { isEmptied: true, node: node({ unschedulable: true }) };
    const tolerant = pod('agent', { isTolerant: true });
    const ending = pod('slow', { isEnding: true });
    expect(plan({ ...emptied, pods: [tolerant, ending, pod('d', { isDaemon: true })] })).toEqual({
      is: 'end',
      pods: [tolerant],
      left: [tolerant, ending],
    });
    const ended = { uids: new Set(['agent', 'slow']), lineages: new Set(['agent', 'slow']) };
    expect(plan({ ...emptied, ended, pods: [{ ...tolerant, isEnding: true }] })).toMatchObject({ is: 'end', pods: [] });
    const done = { is: 'delete', uid: 'u' };
    const next = pod('agent-2', { isTolerant: true, lineage: 'agent' });
    expect(plan({ ...emptied, ended, pods: [next] })).toEqual(done);
    expect(plan({ ...emptied, ended, isWaitOver: true, pods: [ending] })).toEqual(done);
    // No kubelet is there that would end them, and nothing is waited for where nothing is left.
    expect(plan({ ...emptied, node: node({ unschedulable: true, ready: 'Unknown' }), pods: [tolerant] })).toEqual(done);
    expect(plan({ ...emptied, pods: [] })).toEqual(done);
  });

  it('waits for what holds a node that was deleted, and names it', () => {
    const detail = 'node n is deleted and still there, held by karpenter.sh/termination';
    const ending = node({ isEnding: true, finalizers: ['karpenter.sh/termination'] });
    expect(plan({ node: ending, isEmptied: true })).toEqual({ is: 'ending', detail });
    expect(plan({ node: ending, pods: [] })).toEqual({ is: 'ending', detail });
  });

  it("is over when the machine is gone, or its name is another one's", () => {
    expect(plan({ node: undefined })).toEqual({ is: 'gone' });
    expect(plan({ target: { is: 'gone' } })).toEqual({ is: 'gone' });
    expect(plan({ target: { is: 'mismatch' } })).toEqual({ is: 'gone' });
    expect(plan({ node: node({ uid: 'another' }) })).toEqual({ is: 'gone' });
    expect(plan({ node: node({ labels: { [NODE_ID_LABEL]: 'y' } }) })).toEqual({ is: 'gone' });
  });
});

it('what is left of a machine is cleaned up, unless another one has its name by now', () => {
  expect(planLeftPods(undefined, [pod('a'), pod('b', { isDaemon: true })])).toEqual([
    { namespace: 'd', name: 'a', uid: 'a' },
    { namespace: 'd', name: 'b', uid: 'b' },
  ]);
  expect(planLeftPods(node({ uid: 'another' }), [pod('a')])).toEqual([]);
});
