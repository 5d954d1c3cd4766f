import { describe, expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { ClusterRegistration } from './registration.ts';
import type { RegisteredCluster } from './register-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { IdentityEvidence } from './evidence.ts';
import { Registrar, type RegistrarStatus } from './registrar.ts';

const EVIDENCE: IdentityEvidence = {
  nodes: [{ name: 'rack-1', providerId: '', labels: {}, isUninitialized: false }],
  kubeSystemUid: 'u-1',
  overrides: {},
};
const REGISTERED: Outcome<RegisteredCluster> = { ok: true, value: { id: 'c-1', organizationId: 'o-1' } };
const failure = (verdict: Extract<Outcome<never>, { ok: false }>['verdict']): Outcome<never> => ({
  ok: false,
  verdict,
});
const AWAY = failure({ kind: 'UNAVAILABLE', status: 503, detail: '503 from the platform', retryAfterMs: 7_000 });
const REFUSED = failure({ kind: 'UNAUTHORIZED', status: 401, detail: 'the key was refused', keyChanged: false });

/** A registrar whose API server and platform give these answers, the last one for ever; jitter is always half. */
function scenario(answers: {
  evidence?: readonly (IdentityEvidence | Error)[];
  register?: readonly Outcome<RegisteredCluster>[];
}) {
  const clock = new ManualClock();
  const statuses: RegistrarStatus[] = [];
  const registrations: ClusterRegistration[] = [];
  const stop = new AbortController();
  const evidence = [...(answers.evidence ?? [EVIDENCE])];
  const register = [...(answers.register ?? [REGISTERED])];
  const take = <T>(queue: T[]): T | undefined => (queue.length > 1 ? queue.shift() : queue[0]);
  const registrar = new Registrar({
    collect: async () => {
      const next = take(evidence);
      if (next instanceof Error) throw next;
      return next ?? EVIDENCE;
    },
    register: async (cluster) => {
      registrations.push(cluster);
      return take(register) ?? REGISTERED;
    },
    clock,
    random: () => 0.5,
    observe: (status) => statuses.push(status),
  });
  let settled: unknown;
  const done = registrar.establish(stop.signal).then(
    (identity) => (settled = identity),
    (error: unknown) => (settled = error),
  );
  return { clock, statuses, registrations, stop, done, settled: () => settled };
}

describe('establish', () => {
  it('recognises the cluster and registers it', async () => {
    const { done, statuses, registrations } = scenario({});
    expect(await done).toEqual({
      clusterId: 'c-1',
      organizationId: 'o-1',
      clusterUid: 'u-1',
      provider: 'anywhere',
      reasons: ['no node is of AKS, EKS or GKE', 'the uid of kube-system is the identity'],
    });
    expect(registrations).toHaveLength(1);
    expect(statuses.map((status) => status.stage)).toEqual(['registering', 'done']);
  });

  it('does not register a cluster whose id the operator gave', async () => {
    const { done, registrations } = scenario({ evidence: [{ ...EVIDENCE, overrides: { clusterId: 'c-9' } }] });
    expect(await done).toMatchObject({ clusterId: 'c-9', clusterUid: 'u-1', provider: 'fixed' });
    expect(registrations).toEqual([]);
  });

  it('waits for an API server that is away', async () => {
    const away = new KubeError('KUBE_UNREACHABLE', 'connection refused');
    const { clock, done, settled, statuses } = scenario({ evidence: [away, away, EVIDENCE] });
    await clock.advance(749);
    expect(settled()).toBeUndefined();
    await clock.advance(1);
    expect(await done).toMatchObject({ clusterId: 'c-1' });
    expect(statuses[0]).toEqual({ stage: 'identifying', attempts: 1, lastError: 'connection refused', delayMs: 250 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits until a node has been seen by its cloud', async () => {
    const { clock, done } = scenario({ evidence: [{ ...EVIDENCE, nodes: [] }, EVIDENCE] });
    await clock.advance(250);
    expect(await done).toMatchObject({ clusterId: 'c-1' });
  });

  it('asks a platform that is away for ever, with the pause that it wishes as a floor', async () => {
    const { clock, done, settled, statuses } = scenario({ register: [AWAY, AWAY, REGISTERED] });
    await clock.advance(7_250);
    expect(statuses.findLast((status) => status.delayMs > 0)).toEqual({
      stage: 'registering',
      attempts: 2,
      lastError: '503 from the platform',
      delayMs: 7_500,
    });
    await clock.advance(7_499);
    expect(settled()).toBeUndefined();
    await clock.advance(1);
    expect(await done).toMatchObject({ clusterId: 'c-1' });
  });

  it('asks rarely with a key that was refused, at most ten minutes apart', async () => {
    const { clock, statuses, registrations, stop, done } = scenario({ register: [REFUSED] });
    await clock.advance(3_600_000);
    const delays = statuses.map((status) => status.delayMs).filter((delayMs) => delayMs > 0);
    expect(delays.slice(0, 6)).toEqual([45_000, 60_000, 90_000, 150_000, 270_000, 315_000]);
    expect(registrations.length).toBeLessThan(20);
    stop.abort(new Error('stopped'));
    expect(await done).toEqual(new Error('stopped'));
    expect(clock.pendingTimers).toBe(0);
  });

  it('asks at once after a refusal when the key has changed meanwhile', async () => {
    const changed = failure({ kind: 'UNAUTHORIZED', status: 401, detail: 'the key was refused', keyChanged: true });
    const { clock, done } = scenario({ register: [changed, REGISTERED] });
    await clock.advance(250);
    expect(await done).toMatchObject({ clusterId: 'c-1' });
  });

  it('gives up only on what the operator said in contradiction to itself, and says what to do', async () => {
    const overrides = { provider: 'aks', eksRegion: 'eu-central-1' } as const;
    const { done, registrations } = scenario({ evidence: [{ ...EVIDENCE, overrides }] });
    expect(await done).toMatchObject({
      code: 'IDENTITY_UNKNOWN',
      message:
        'cannot tell which cluster this is: PROVIDER=aks, EKS_REGION speak of different providers (aks, eks); unset those that do not apply',
      hint: 'set PROVIDER and the variables of that provider, or CLUSTER_ID if the platform already knows this cluster',
    });
    expect(registrations).toEqual([]);
  });

  it('waits for the uid of kube-system even when the id is given: the platform tells clusters apart by it', async () => {
    const withId = { ...EVIDENCE, overrides: { clusterId: 'c-9' } };
    const { clock, done, settled } = scenario({ evidence: [{ ...withId, kubeSystemUid: '' }, withId] });
    await clock.advance(249);
    expect(settled()).toBeUndefined();
    await clock.advance(1);
    expect(await done).toMatchObject({ clusterId: 'c-9', clusterUid: 'u-1' });
  });
});
