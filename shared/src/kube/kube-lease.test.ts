import { expect, it } from 'vitest';
import { KubeLease } from './kube-lease.ts';

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
