import { expect, test } from 'vitest';
import type { KubeErrorCode } from '../kube/kube-error.ts';
import { KubeError } from '../kube/kube-error.ts';
import { classifyEviction, type EvictionAnswer } from './classify-eviction.ts';

test('each refusal of an eviction has one meaning, and keeps the words of the API server', () => {
  const f = (code: KubeErrorCode, expected: EvictionAnswer, retryAfterMs?: number): void => {
    expect([code, classifyEviction(new KubeError(code, 'no', { retryAfterMs }))]).toEqual([code, expected]);
  };
  const held = (reason: Extract<EvictionAnswer, { is: 'held' }>['reason'], retryAfterMs = 0): EvictionAnswer => ({
    is: 'held',
    reason,
    detail: 'no',
    retryAfterMs,
  });
  f('KUBE_NOT_FOUND', { is: 'gone' });
  f('KUBE_CONFLICT', { is: 'gone' });
  f('KUBE_THROTTLED', held('budget'));
  f('KUBE_THROTTLED', held('budget', 10_000), 10_000);
  f('KUBE_FORBIDDEN', held('forbidden'));
  f('KUBE_UNAUTHORIZED', held('unauthorized'));
  f('KUBE_UNREACHABLE', held('unreachable'));
  f('KUBE_SERVER_ERROR', held('refused', 1000), 1000);
  f('KUBE_BAD_REQUEST', held('refused'));
});

test('what nobody expected is no yes', () => {
  expect(classifyEviction(new TypeError('odd'))).toEqual({
    is: 'held',
    reason: 'refused',
    detail: 'odd',
    retryAfterMs: 0,
  });
});
