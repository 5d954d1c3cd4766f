import { expect, test } from 'vitest';
import { said } from '../verdict/said.ts';
import { classifyAnswer } from './classify-kube.ts';
import { cureFor } from './cure-for.ts';

/** What the API server answers, as the programs hear it. */
function heard(status: number, message: string): ReturnType<typeof said> {
  const body = Buffer.from(
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message }),
  );
  return said(
    classifyAnswer({
      path: '/api/v1/nodes',
      status,
      contentType: 'application/json',
      retryAfter: undefined,
      body,
      nowMs: 1_750_000_000_000,
    }),
  );
}

test('of a right that is missing whoever asked knows more than the API server says', () => {
  const missing = heard(
    403,
    'configmaps "w" is forbidden: User "system:serviceaccount:a:b" cannot get resource "configmaps"',
  );
  expect(missing).toMatchObject({ code: 'KUBE_FORBIDDEN', hint: expect.stringContaining('RBAC') });
  expect(cureFor(missing, 'make the Role')).toBe('make the Role');
  expect(cureFor(heard(403, 'admission webhook "w" denied the request'), 'ask its owner')).toBe('ask its owner');
});

test('a hint that says more than that is told', () => {
  expect(cureFor(heard(401, 'Unauthorized'), 'make the Role')).toMatch(/check the service account token/u);
  expect(cureFor({ hint: 'mount the CA' }, 'make the Role')).toBe('mount the CA');
});
