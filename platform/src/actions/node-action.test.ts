import { expect, test } from 'vitest';
import { nodeAction, type NodeWish } from './node-action.ts';

const NODE = {
  metadata: { name: 'n1', labels: { 'provisioner.cast.ai/node-id': 'id-1' } },
  spec: { providerID: 'azure:///vm-1' },
};
const wish = (name: NodeWish['name'], more: Partial<NodeWish> = {}): NodeWish => ({
  name,
  drainSeconds: 600,
  force: false,
  ...more,
});
const ids = { nodeName: 'n1', nodeId: 'id-1', providerId: 'azure:///vm-1' };

test('each says which machine is meant, and what is to be done', () => {
  expect(nodeAction(NODE, wish('cordon'))).toEqual({ actionPatchNode: { ...ids, unschedulable: true } });
  expect(nodeAction(NODE, wish('uncordon'))).toEqual({ actionPatchNode: { ...ids, unschedulable: false } });
  expect(nodeAction(NODE, wish('drain', { drainSeconds: 60, force: true }))).toEqual({
    actionDrainNode: { ...ids, drainTimeoutSeconds: 60, force: true },
  });
  expect(nodeAction(NODE, wish('remove'))).toEqual({ actionDeleteNode: ids });
});

test('one of the two ids is enough, and a name alone is not', () => {
  const f = (labels: object, spec: object): unknown =>
    nodeAction({ metadata: { name: 'n1', labels }, spec }, wish('remove'));
  expect(f({}, { providerID: 'p' })).toEqual({ actionDeleteNode: { nodeName: 'n1', nodeId: '', providerId: 'p' } });
  expect(f({ 'provisioner.cast.ai/node-id': 'i' }, {})).toEqual({
    actionDeleteNode: { nodeName: 'n1', nodeId: 'i', providerId: '' },
  });
  expect(f({}, {})).toBe(undefined);
  expect(nodeAction(null, wish('remove'))).toBe(undefined);
});
