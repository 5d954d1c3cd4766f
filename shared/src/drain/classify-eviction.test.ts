import { expect, test } from 'vitest';
import { classifyAnswer } from '../kube/classify-kube.ts';
import type { KubeErrorCode } from '../kube/kube-error.ts';
import { KubeError } from '../kube/kube-error.ts';
import { classifyEviction, type EvictionAnswer } from './classify-eviction.ts';

const EVICTION = '/api/v1/namespaces/shop/pods/a/eviction';

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
  f('KUBE_CONFLICT', held('refused'));
  f('KUBE_THROTTLED', held('busy'));
  f('KUBE_THROTTLED', held('busy', 10_000), 10_000);
  f('KUBE_FORBIDDEN', held('forbidden'));
  f('KUBE_UNAUTHORIZED', held('unauthorized'));
  f('KUBE_UNREACHABLE', held('unreachable'));
  f('KUBE_SERVER_ERROR', held('refused', 1000), 1000);
  f('KUBE_BAD_REQUEST', held('refused'));
});

test('a conflict means that the pod is gone only where its uid is what is in conflict', () => {
  const f = (message: string): unknown => {
    const body = Buffer.from(JSON.stringify({ kind: 'Status', code: 409, reason: 'Conflict', message }));
    const error = classifyAnswer({
      path: EVICTION,
      status: 409,
      contentType: 'application/json',
      retryAfter: undefined,
      body,
      nowMs: 0,
    });
    return classifyEviction(error).is;
  };
  expect(f('Operation cannot be fulfilled: Precondition failed: UID in precondition: a, UID in object meta: b')).toBe(
    'gone',
  );
  expect(f('the UID in the precondition (a) does not match the UID in record (b)')).toBe('gone');
  expect(f('the object has been modified; please apply your changes to the latest version')).toBe('held');
});

test('what is not the API server says of no pod that it is gone', () => {
  const body = Buffer.from('404 page not found\n');
  const contentType = 'text/plain; charset=utf-8';
  const error = classifyAnswer({ path: EVICTION, status: 404, contentType, retryAfter: undefined, body, nowMs: 0 });
  expect(classifyEviction(error)).toMatchObject({ is: 'held', reason: 'refused' });
});

test('a webhook that refuses says neither that the pod is gone nor that we may not, whatever its code', () => {
  for (const code of [400, 401, 403, 404, 409, 410, 422]) {
    const message = 'admission webhook "w.example.com" denied the request: its own object is missing';
    const body = Buffer.from(JSON.stringify({ kind: 'Status', code, reason: 'NotFound', message }));
    const error = classifyAnswer({
      path: EVICTION,
      status: code,
      contentType: 'application/json',
      retryAfter: undefined,
      body,
      nowMs: 0,
    });
    expect(classifyEviction(error)).toMatchObject({ is: 'held', reason: 'refused' });
  }
});

test('a budget that forbids is told from an API server that has too much to do, and from a webhook that wants to be asked later', () => {
  const f = (contentType: string, body: string, expected: string): void => {
    const bytes = Buffer.from(body);
    const error = classifyAnswer({ path: EVICTION, status: 429, contentType, retryAfter: '10', body: bytes, nowMs: 0 });
    expect(classifyEviction(error)).toMatchObject({ is: 'held', reason: expected, retryAfterMs: 10_000 });
  };
  const status = (details?: object): string =>
    JSON.stringify({ kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'no', details });
  f(
    'application/json',
    status({ causes: [{ reason: 'DisruptionBudget', message: 'needs 2 healthy pods' }] }),
    'budget',
  );
  f('application/json', status({ causes: [{ reason: 'Other' }, { reason: 'DisruptionBudget' }] }), 'budget');
  f('text/plain; charset=utf-8', 'Too many requests, please try again later.', 'busy');
  f('application/json', status(), 'busy');
  f('application/json', status({ retryAfterSeconds: 1, causes: [{ reason: 'Other' }] }), 'busy');
});

test('what nobody expected is no yes', () => {
  expect(classifyEviction(new TypeError('odd'))).toEqual({
    is: 'held',
    reason: 'refused',
    detail: 'odd',
    retryAfterMs: 0,
  });
});
