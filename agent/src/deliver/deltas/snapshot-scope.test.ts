import { describe, expect, it } from 'vitest';
import type { DeltaFeed } from './delta-feeds.ts';
import { opennessOf } from './snapshot-scope.ts';

const feed = (id: number, name: string, status: Partial<DeltaFeed['status']>, isBarred = false): DeltaFeed => ({
  id,
  name,
  group: '',
  version: 'v1',
  kind: 'Thing',
  isPolled: false,
  shape: 'v1/1',
  isBarred,
  status: { phase: 'live', state: 'SYNCED', restarts: 0, ...status },
});
const broken = { phase: 'pausing', state: 'DEGRADED: broken', restarts: 5 } as const;
const isIn =
  (...ids: number[]) =>
  (id: number): boolean =>
    ids.includes(id);

describe('scope of a full snapshot', () => {
  it('is open while a feed that may be read is not in it to its end', () => {
    for (const phase of ['served', 'queued', 'listing', 'live', 'pausing'] as const) {
      expect(opennessOf([feed(1, 'jobs.batch', { phase })], isIn())).toBe('open');
      expect(opennessOf([feed(1, 'jobs.batch', { phase })], isIn(1))).toBe('complete');
    }
  });

  it('waits for nobody of whom nothing can come', () => {
    for (const phase of ['forbidden', 'absent', 'unsupported', 'refused'] as const) {
      expect(opennessOf([feed(1, 'pods', { phase })], isIn())).toBe('complete');
    }
  });

  it('does not take one refusal for an answer: an API server that starts refuses what it allows a moment later', () => {
    const forbidden = { phase: 'forbidden' } as const;
    expect(opennessOf([feed(1, 'pods', forbidden, true)], isIn())).toBe('open');
    expect(opennessOf([feed(1, 'jobs.batch', forbidden, true)], isIn())).toBe('stuck');
    expect(opennessOf([feed(1, 'jobs.batch', forbidden, true)], isIn(1))).toBe('complete');
  });

  it('says when all that it waits for may never come', () => {
    const unknown = feed(1, 'pods.metrics.k8s.io', { phase: 'unknown' });
    expect(opennessOf([unknown, feed(2, 'rollouts.argoproj.io', broken)], isIn())).toBe('stuck');
    expect(opennessOf([unknown, feed(2, 'rollouts.argoproj.io', { ...broken, restarts: 4 })], isIn())).toBe('open');
    expect(opennessOf([unknown, feed(2, 'jobs.batch', { phase: 'listing' })], isIn())).toBe('open');
  });

  it('never does without nodes and pods', () => {
    for (const name of ['nodes', 'pods']) {
      expect(opennessOf([feed(1, name, { phase: 'unknown' })], isIn())).toBe('open');
      expect(opennessOf([feed(1, name, broken)], isIn())).toBe('open');
    }
  });
});
