import { expect, test } from 'vitest';
import { isSpotNode } from './is-spot-node.ts';

test.each([
  [{ 'kubernetes.azure.com/scalesetpriority': 'spot' }, true],
  [{ 'kubernetes.azure.com/scalesetpriority': 'regular' }, false],
  [{ 'eks.amazonaws.com/capacityType': 'SPOT' }, true],
  [{ 'eks.amazonaws.com/capacityType': 'ON_DEMAND' }, false],
  [{ 'karpenter.sh/capacity-type': 'spot' }, true],
  [{ 'karpenter.sh/capacity-type': 'on-demand' }, false],
  [{ 'cloud.google.com/gke-spot': 'true' }, true],
  [{ 'cloud.google.com/gke-preemptible': 'true' }, true],
  [{ 'cloud.google.com/gke-provisioning': 'standard' }, false],
  [{ 'scheduling.cast.ai/spot': 'true' }, true],
  [{ toString: 'spot', app: 'spot' }, false],
  [{}, false],
  [undefined, false],
  ['spot', false],
])('%j: %s', (labels, isSpot) => {
  expect(isSpotNode(labels)).toBe(isSpot);
});
