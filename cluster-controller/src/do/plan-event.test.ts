import { describe, expect, it } from 'vitest';
import type { CreateEvent } from '../poll/action.ts';
import { planEvent, planNodeEvent } from './plan-event.ts';

const about = {
  apiVersion: 'v1',
  kind: 'Node',
  namespace: '',
  name: 'n',
  uid: 'u',
  resourceVersion: '',
  fieldPath: '',
};
const wish = (more: Partial<CreateEvent> = {}): CreateEvent => ({
  kind: 'createEvent',
  reporter: 'castai/autoscaler',
  about,
  type: 'Warning',
  reason: 'NodeRebalanced',
  action: 'Rebalance',
  message: 'was replaced',
  ...more,
});
const own = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), reporter: 'castai-cluster-controller' };

describe('an event', () => {
  it('is written as it is wanted', () => {
    expect(planEvent('a-1', wish(), own)).toEqual({
      namespace: 'default',
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^castai-[a-f\d]{32}$/u) as unknown, namespace: 'default' },
        involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' },
        type: 'Warning',
        reason: 'NodeRebalanced',
        message: 'was replaced',
        action: 'Rebalance',
        source: { component: 'castai/autoscaler' },
        reportingComponent: 'castai/autoscaler',
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:04:05Z',
        count: 1,
      },
    });
  });

  it('defect 5: every event of a reporter keeps its type, its time and its own object', () => {
    const [first, second] = ['a-1', 'a-2'].map((id) => planEvent(id, wish({ atMs: 1_000_000 }), own).body);
    expect([first?.['type'], second?.['type']]).toEqual(['Warning', 'Warning']);
    expect(first?.['firstTimestamp']).toBe('1970-01-01T00:16:40Z');
    expect(first?.['metadata']).not.toEqual(second?.['metadata']);
    // After an answer that was lost it meets itself.
    expect(planEvent('a-1', wish({ atMs: 1_000_000 }), own).body).toEqual(first);
  });

  it('belongs to the namespace of its object, and is no longer than the API server takes', () => {
    const { namespace, body } = planEvent(
      'a',
      wish({ about: { ...about, namespace: 'shop' }, message: 'é'.repeat(2000), reporter: '' }),
      own,
    );
    expect(namespace).toBe('shop');
    expect(Buffer.byteLength(String(body['message']))).toBeLessThanOrEqual(1024);
    expect(body['source']).toEqual({ component: 'castai-cluster-controller' });
  });

  it('of our own about a node is about that very node, and has a name of its own', () => {
    const news = { type: 'Warning', reason: 'DrainFailed', message: 'é'.repeat(2000) } as const;
    const { namespace, body } = planNodeEvent({ name: 'n', uid: 'u' }, news, {
      id: 'random-1',
      atMs: own.nowMs,
      reporter: own.reporter,
    });
    expect([namespace, body]).toEqual([
      'default',
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'n.random-1', namespace: 'default' },
        involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' },
        type: 'Warning',
        reason: 'DrainFailed',
        message: `${'é'.repeat(510)}…`,
        source: { component: 'castai-cluster-controller' },
        reportingComponent: 'castai-cluster-controller',
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:04:05Z',
        count: 1,
      },
    ]);
  });
});
