import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEASE_DURATION_MS, PoolLease } from './pool-lease.ts';

const never = new AbortController().signal;
const POOL = { agentPool: 'pool1', architecture: 'amd64' };
const NAMESPACE = 'castai-agent';

let kube: FakeKubeClient;
let fake: FakeKubeApiserver;
let client: KubeClient;
let clock: ManualClock;

beforeEach(async () => {
  kube = await FakeKubeClient.start(NAMESPACE);
  ({ fake, client } = kube);
  clock = new ManualClock();
});
afterEach(() => kube[Symbol.asyncDispose]());

const leaseOf = (holderIdentity: string): PoolLease =>
  new PoolLease({ client, namespace: NAMESPACE, holderIdentity, clock });
const spec = (): unknown => fake.objects('leases.coordination.k8s.io')[0]?.['spec'];

describe('lease of a pool', () => {
  it('is held by one at a time', async () => {
    const [a, b] = [leaseOf('a'), leaseOf('b')];
    expect([await a.acquire(POOL, never), await b.acquire(POOL, never)]).toEqual([true, false]);
    expect([a.isHeld, b.isHeld]).toEqual([true, false]);
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseTransitions: 0, leaseDurationSeconds: 120 });
    expect(await a.acquire(POOL, never)).toBe(true);
    await a.release(never);
    expect(a.isHeld).toBe(false);
    expect(await b.acquire(POOL, never)).toBe(true);
    expect(spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('goes to exactly one of many that ask at once', async () => {
    const leases = Array.from({ length: 12 }, (_, index) => leaseOf(`pod-${index}`));
    const answers = await Promise.all(leases.map((lease) => lease.acquire(POOL, never)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('of a holder that says nothing is taken after its duration, by our own clock', async () => {
    await leaseOf('gone').acquire(POOL, never);
    const next = leaseOf('next');
    expect(await next.acquire(POOL, never)).toBe(false);
    await clock.advance(LEASE_DURATION_MS - 1);
    expect(await next.acquire(POOL, never)).toBe(false);
    await clock.advance(1);
    expect(await next.acquire(POOL, never)).toBe(true);
  });

  it('of a holder that renews it is never taken', async () => {
    const [holder, other] = [leaseOf('holder'), leaseOf('other')];
    for (let turn = 0; turn < 5; turn += 1) {
      await holder.acquire(POOL, never);
      expect(await other.acquire(POOL, never)).toBe(false);
      await clock.advance(LEASE_DURATION_MS - 1);
    }
  });

  it('is not believed in longer than others wait for it', async () => {
    const lease = leaseOf('a');
    await lease.acquire(POOL, never);
    await clock.advance(LEASE_DURATION_MS / 2);
    expect(lease.isHeld).toBe(false);
  });

  it('that somebody else took meanwhile is not given back for them', async () => {
    const [a, b] = [leaseOf('a'), leaseOf('b')];
    await a.acquire(POOL, never);
    await b.acquire(POOL, never);
    await clock.advance(LEASE_DURATION_MS);
    await b.acquire(POOL, never);
    await a.release(never);
    expect(spec()).toMatchObject({ holderIdentity: 'b' });
  });
});
