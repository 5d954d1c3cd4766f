import { CastaiError } from '@castai/shared/errors.ts';
import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import { expect, it } from 'vitest';
import { classifyWorkError } from './classify-work-error.ts';

/** What each answer of the API server means for a step, and what the action came to when it stays so. */
const MEANINGS: Readonly<Record<KubeErrorCode, string>> = {
  KUBE_BAD_REQUEST: 'final invalid',
  KUBE_CONFLICT: 'changed unavailable',
  KUBE_EXPIRED: 'again unavailable',
  KUBE_FORBIDDEN: 'final forbidden',
  KUBE_FRAME_TOO_LARGE: 'again unavailable',
  KUBE_INVALID: 'changed invalid',
  KUBE_METHOD_NOT_ALLOWED: 'final invalid',
  KUBE_NOT_ACCEPTABLE: 'final invalid',
  KUBE_NOT_FOUND: 'final not_found',
  KUBE_SERVER_ERROR: 'again unavailable',
  KUBE_STREAM_BROKEN: 'again unavailable',
  KUBE_THROTTLED: 'again unavailable',
  KUBE_TOO_LARGE_RESOURCE_VERSION: 'again unavailable',
  KUBE_UNAUTHORIZED: 'again forbidden',
  KUBE_UNREACHABLE: 'again unavailable',
  KUBE_WATCHDOG: 'again unavailable',
};

it.each(Object.entries(MEANINGS) as [KubeErrorCode, string][])('%s is %s', (code, meaning) => {
  const { is, code: told, detail } = classifyWorkError(new KubeError(code, 'as the API server says'));
  expect([`${is} ${told}`, detail]).toEqual([meaning, 'as the API server says']);
});

it('waits as long as the API server asks for', () => {
  expect(classifyWorkError(new KubeError('KUBE_THROTTLED', 'busy', { retryAfterMs: 7000 }))).toEqual({
    is: 'again',
    code: 'unavailable',
    detail: 'busy',
    retryAfterMs: 7000,
  });
});

it('a lease that is lost is no outcome: whoever leads next goes on', () => {
  expect(classifyWorkError(new CastaiError('ABORTED', 'the lease is lost'))).toMatchObject({ is: 'again' });
});

it('anything else is a bug, told in one line', () => {
  const failure = classifyWorkError(new Error('first\nsecond'));
  expect(failure).toMatchObject({ is: 'final', code: 'internal' });
  expect(failure.detail).not.toContain('\n');
});
