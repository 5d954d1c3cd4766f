import { expect, it } from 'vitest';
import { nodeEventCall } from './node-event-call.ts';

it('reports a node that is about to go in the words that the platform has always got', () => {
  const f = (event: Parameters<typeof nodeEventCall>[1], body: Record<string, unknown>): void => {
    const call = nodeEventCall('c 1', event);
    expect([call.path, call.body]).toEqual(['/v1/kubernetes/external-clusters/c%201/events', body]);
    expect(call.parse(new Map())).toEqual({ valid: true, value: undefined });
  };
  f(
    { type: 'interrupted', nodeId: '', providerId: 'azure:///x' },
    { event_type: 'interrupted', node_id: '', provider_id: 'azure:///x' },
  );
  f(
    { type: 'rebalanceRecommendation', nodeId: 'n' },
    { event_type: 'rebalanceRecommendation', node_id: 'n', provider_id: null },
  );
});
