import { describe, expect, it } from 'vitest';
import { ACTION_KINDS, type ActionBody } from '../poll/action.ts';
import { type Bounds, planRefusal } from './plan-refusal.ts';

const NOW = Date.UTC(2026, 0, 1);
const bounds: Bounds = { kinds: new Set(ACTION_KINDS), resources: ['*.autoscaling.cast.ai'] };
const evict: ActionBody = { kind: 'evictPod', namespace: 'd', name: 'p', timeoutMs: 60_000 };
const refuse = (body: ActionBody, createdAtMs = NOW, within = bounds) =>
  planRefusal({ id: 'a', createdAtMs, body }, within, NOW);

describe('an action that must not be begun', () => {
  it('is of a kind that is switched off', () => {
    expect(refuse(evict, NOW, { ...bounds, kinds: new Set(['drainNode']) })).toEqual({
      is: 'failed',
      code: 'unsupported',
      detail: 'evictPod is switched off here',
    });
    expect(refuse(evict)).toBe(undefined);
  });

  it('defect 13: would take down a namespace with all that is in it', () => {
    expect(refuse({ kind: 'disconnectCluster' })).toMatchObject({ code: 'unsupported' });
  });

  it('is about a resource that is not allowed', () => {
    const object = { group: '', version: 'v1', resource: 'secrets', namespace: 'd', name: 's' };
    expect(refuse({ kind: 'delete', object })).toMatchObject({
      code: 'unsupported',
      detail: expect.stringContaining('secrets') as unknown,
    });
    expect(refuse({ kind: 'delete', object: { ...object, group: 'autoscaling.cast.ai' } })).toBe(undefined);
  });

  it('is older than it may take; clocks that are five minutes apart make none so', () => {
    expect(refuse(evict, NOW - 360_000)).toBe(undefined);
    expect(refuse(evict, NOW + 300_000)).toBe(undefined);
    expect(refuse(evict, NOW - 700_000)).toMatchObject({ code: 'timeout' });
  });
});
