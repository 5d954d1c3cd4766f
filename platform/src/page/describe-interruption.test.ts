import { expect, test } from 'vitest';
import { describeInterruption } from './describe-interruption.ts';

test('a report says what is about to happen to which machine, in either spelling', () => {
  expect(describeInterruption({ event_type: 'interrupted', node_id: 'n-1', provider_id: 'aws:///a/i-1' })).toBe(
    'the machine is about to be taken: node n-1, aws:///a/i-1',
  );
  expect(describeInterruption({ eventType: 'rebalanceRecommendation', nodeId: '', providerId: 'aws:///a/i-1' })).toBe(
    'a rebalance is recommended: aws:///a/i-1',
  );
  const azure = `azure:///subscriptions/${'0'.repeat(60)}/virtualMachineScaleSets/pool/virtualMachines/3`;
  expect(describeInterruption({ event_type: 'interrupted', provider_id: azure })).toBe(
    'the machine is about to be taken: …/virtualMachineScaleSets/pool/virtualMachines/3',
  );
  expect(describeInterruption({ event_type: 'interrupted', node_id: '', provider_id: null })).toBe(
    'the machine is about to be taken: nothing says which',
  );
});
