import { eventually } from '@castai/shared/testing/eventually.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, test } from 'vitest';
import type { DriftFinding } from '../judge/judge-drift.ts';
import { Announcer, type EventOutcome } from './announcer.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z');
const drift = (node: string): DriftFinding => ({ node, pool: 'blue', reason: 'image_old', detail: 'image x' });

function announce(answer: (path: string) => Promise<Record<string, unknown>>) {
  const written: { path: string; body: Record<string, unknown> }[] = [];
  const outcomes: EventOutcome[] = [];
  const announcer = new Announcer({
    client: {
      create: (path, body) => {
        written.push({ path, body: body as Record<string, unknown> });
        return answer(path);
      },
    },
    reporter: 'evictor-a',
    clock: new ManualClock(NOON),
    onEvent: (outcome) => outcomes.push(outcome),
    onBug: (error) => {
      throw error;
    },
  });
  const stop = new AbortController();
  const run = announcer.run(stop.signal).catch(() => 'stopped');
  const look = (...nodes: string[]): void =>
    announcer.onReport({ atMs: NOON, removal: undefined, drift: nodes.map(drift), controlPlane: 'v1.37.2' });
  const until = (count: number) =>
    eventually({ what: 'events are written', look: () => outcomes, until: ({ length }) => length >= count });
  return { look, written, outcomes, until, end: async () => (stop.abort(), run) };
}

test('an event about a node is one that kubectl describe shows', async () => {
  const { look, written, until, end } = announce(() => Promise.resolve({}));
  look();
  look('n-1');
  await until(1);
  expect(written).toEqual([
    {
      path: '/api/v1/namespaces/default/events',
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^n-1\.[0-9a-f-]{36}$/u) as unknown, namespace: 'default' },
        involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'n-1', uid: 'n-1' },
        type: 'Warning',
        reason: 'NodeDrift',
        message:
          'image_old: The image of the node is older than IMAGE_MAX_AGE_DAYS. (image x) Upgrade the image of the pool.',
        source: { component: 'castai-evictor' },
        reportingComponent: 'castai-evictor',
        reportingInstance: 'evictor-a',
        firstTimestamp: '2026-06-01T12:00:00Z',
        lastTimestamp: '2026-06-01T12:00:00Z',
        count: 1,
      },
    },
  ]);
  expect(await end()).toBe('stopped');
});

test('one that is not taken is given up, and the next is written', async () => {
  let calls = 0;
  const { look, outcomes, until, end } = announce(() =>
    (calls += 1) === 1 ? Promise.reject(new Error('HTTP 403')) : Promise.resolve({}),
  );
  look();
  look('n-1', 'n-2');
  await until(2);
  expect(outcomes).toEqual(['failed', 'written']);
  await end();
});
