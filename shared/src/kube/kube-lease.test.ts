import { expect, it } from 'vitest';
import { KubeError, type KubeErrorCode } from './kube-error.ts';
import { KubeLease } from './kube-lease.ts';
import type { LeaseRecord } from './lease-record.ts';

const never = new AbortController().signal;

it('counts as no transitions what the next holder could not count on from', async () => {
  const f = async (written: unknown, expected: number): Promise<void> => {
    const lease = { metadata: { name: 'l', uid: 'u', resourceVersion: '1' }, spec: { leaseTransitions: written } };
    const unused = (): never => expect.unreachable();
    const kube = new KubeLease({
      client: { get: () => Promise.resolve(lease), create: unused, patch: unused },
      namespace: 'n',
      name: 'l',
      program: 'castai-agent',
      clock: { now: () => 0 },
    });
    expect([written, (await kube.read(never))?.transitions]).toEqual([written, expected]);
  };
  await f(0, 0);
  await f(7, 7);
  await f(2_147_483_646, 2_147_483_646);
  await f(2_147_483_647, 0);
  await f(1e300, 0);
  await f(-1, 0);
  await f(1.5, 0);
  await f('7', 0);
  await f(undefined, 0);
});

it('tells a lease that somebody else was faster with from a namespace that is not there', async () => {
  const seen: LeaseRecord = { uid: 'u', resourceVersion: '1', holder: '', transitions: 0 };
  const f = async (code: KubeErrorCode, before: LeaseRecord | undefined): Promise<unknown> => {
    const fail = (): never => {
      throw new KubeError(code, 'as the server says', { status: 404 });
    };
    const lease = new KubeLease({
      client: { get: fail, create: async () => fail(), patch: async () => fail() },
      namespace: 'nowhere',
      name: 'l',
      program: 'castai-agent',
      clock: { now: () => 0 },
    });
    const claim = { holder: 'me', transitions: 0, durationMs: 15_000, isNewHolder: true };
    return lease.write(before, claim, never).catch((error: unknown) => error);
  };
  expect(await f('KUBE_CONFLICT', undefined)).toBeUndefined();
  expect(await f('KUBE_CONFLICT', seen)).toBeUndefined();
  expect(await f('KUBE_NOT_FOUND', seen)).toBeUndefined();
  expect(await f('KUBE_NOT_FOUND', undefined)).toMatchObject({
    code: 'KUBE_NOT_FOUND',
    message: 'there is no namespace nowhere for the lease',
    hint: 'POD_NAMESPACE has to name a namespace that exists',
    status: 404,
  });
  expect(await f('KUBE_FORBIDDEN', seen)).toMatchObject({ code: 'KUBE_FORBIDDEN', message: 'as the server says' });
});
