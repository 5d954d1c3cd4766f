import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, eventName, type EventReason, kubeEvent } from './kube-event.ts';

const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'ns', name: 'castai-agent', uid: 'u-1' };
const event = (message: string) =>
  kubeEvent(
    { reason: 'DeliveryLost', workload, reporter: 'castai-agent-1-x' },
    { message, count: 3, firstAtMs: Date.UTC(2026, 0, 1), lastAtMs: Date.UTC(2026, 0, 1, 0, 1, 2, 345) },
  );

describe('an Event', () => {
  it('is about the Deployment, counts, and says who reports it', () => {
    expect(event('nothing is delivered')).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'ns', name: 'castai-agent.delivery-lost' },
      involvedObject: workload,
      type: 'Warning',
      reason: 'DeliveryLost',
      message: 'nothing is delivered',
      count: 3,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:01:02Z',
      source: { component: 'castai-agent' },
      reportingComponent: 'castai-agent',
      reportingInstance: 'castai-agent-1-x',
    });
  });

  it('has one name for a reason, which are those that the Role of the chart grants', () => {
    const names = (Object.keys(EVENT_TYPES) as EventReason[]).map((reason) => eventName('a', reason));
    expect(names).toEqual(['a.registered', 'a.delivery-lost', 'a.delivery-regained', 'a.key-refused', 'a.fenced']);
  });

  it('says at most a kilobyte, and ends with a whole character', () => {
    const said = (text: string): unknown => event(text)['message'];
    expect(said('a'.repeat(1_024))).toBe('a'.repeat(1_024));
    expect(said('a'.repeat(1_025))).toBe(`${'a'.repeat(1_021)}…`);
    // Two bytes each, and 1,021 is odd.
    expect(said('ü'.repeat(1_000))).toBe(`${'ü'.repeat(510)}…`);
  });
});
