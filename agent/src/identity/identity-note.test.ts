import { expect, it } from 'vitest';
import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import { IdentityNote, recallIdentity } from './identity-note.ts';

it('is what the Lease says until something was found, and never takes away what it says', () => {
  const note = new IdentityNote();
  expect(note.text).toBe('');
  note.onRead('of before');
  expect(note.text).toBe('of before');
  note.remember('found');
  note.onRead('of before');
  expect(note.text).toBe('found');
});

it('is read from the Lease; one that may not be read says nothing, and every other failure is told', async () => {
  const { signal } = new AbortController();
  const note = new IdentityNote();
  const lease = {
    read: () => {
      note.onRead('of before');
      return Promise.resolve(undefined);
    },
  };
  expect(await recallIdentity(lease, note, signal)).toBe('of before');
  const failing = (code: KubeErrorCode) => ({ read: () => Promise.reject(new KubeError(code, 'no')) });
  expect(await recallIdentity(failing('KUBE_FORBIDDEN'), new IdentityNote(), signal)).toBe('');
  await expect(recallIdentity(failing('KUBE_SERVER_ERROR'), new IdentityNote(), signal)).rejects.toThrow('no');
});
