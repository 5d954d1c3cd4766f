/** What the platform asks for is what the cluster controller understands. */
import { parseAction } from '@castai/cluster-controller/poll/parse-action.ts';
import { NODE_ACTIONS, nodeAction } from '@castai/platform/actions/node-action.ts';
import { expect, test } from 'vitest';

const NODE = {
  metadata: { name: 'n1', labels: { 'provisioner.cast.ai/node-id': 'id-1' } },
  spec: { providerID: 'azure:///vm-1' },
};
const node = { name: 'n1', nodeId: 'id-1', providerId: 'azure:///vm-1' };
const marks = { labels: {}, annotations: {}, taints: [], capacity: {} };

test('each action of a node’s page is read as it was meant', () => {
  const read = NODE_ACTIONS.map((name) => {
    const document = nodeAction(NODE, { name, drainSeconds: 60, force: true });
    return parseAction({ id: 'a', createdAt: '2026-01-02T03:04:05.678Z', ...document });
  });
  const action = (body: object): object => ({
    is: 'action',
    action: { id: 'a', createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), body },
  });
  expect(read).toEqual([
    action({ kind: 'patchNode', node, ...marks, unschedulable: true }),
    action({ kind: 'patchNode', node, ...marks, unschedulable: false }),
    action({
      kind: 'drainNode',
      node,
      timeoutMs: 60_000,
      force: true,
      awaitsVolumes: expect.any(Boolean) as boolean,
      volumesMs: expect.any(Number) as number,
    }),
    action({ kind: 'deleteNode', node }),
  ]);
});
