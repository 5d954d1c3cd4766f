import type { PodView } from '@castai/shared/drain/pod-view.ts';
import { describe, expect, it } from 'vitest';
import type { ActionTarget } from '../claim/action-record.ts';
import { type PodEviction, planPodEviction } from './plan-pod-eviction.ts';

const pod = (more: Partial<PodView> = {}): PodView => ({
  namespace: 'd',
  name: 'web-0',
  uid: 'first',
  graceSeconds: 30,
  isSystem: false,
  isEnding: false,
  isOver: false,
  isStatic: false,
  isDaemon: false,
  isTolerant: false,
  lineage: 'set',
  ...more,
});
const first: ActionTarget = { is: 'found', uid: 'first' };

describe('the eviction of a pod', () => {
  const f = (target: ActionTarget, now: PodView | undefined, expected: PodEviction): void =>
    expect(planPodEviction(target, now)).toEqual(expected);

  it('asks the pod that was meant, once', () => {
    f(first, pod(), { is: 'evict', pod: { namespace: 'd', name: 'web-0', uid: 'first' } });
    f(first, pod({ isEnding: true }), { is: 'wait' });
    f(first, pod({ isOver: true }), { is: 'gone' });
    f(first, undefined, { is: 'gone' });
  });

  it('defect 2: leaves the successor of a StatefulSet pod alone, and does not wait for its end', () => {
    f(first, pod({ uid: 'second' }), { is: 'gone' });
    f({ is: 'gone' }, pod(), { is: 'gone' });
  });

  it('refuses what only the node can end', () => {
    f(first, pod({ isStatic: true }), { is: 'refused', detail: 'pod d/web-0 is static: only its node can end it' });
  });
});
