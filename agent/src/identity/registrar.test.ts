import { describe, expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { IdentityOverrides } from './evidence.ts';
import { type ClusterIdentity, type IdentityMemory, Registrar, type RegistrationFailure } from './registrar.ts';

interface Cluster {
  readonly uid: string;
  readonly nodes: readonly Record<string, unknown>[];
}
interface Refused {
  readonly verdict: Verdict;
}
const CLUSTER: Cluster = { uid: 'u-1', nodes: [{ metadata: { name: 'rack-1' } }] };
const REGISTERED = { id: 'c-1', organizationId: 'o-1' };
const AWAY: Refused = {
  verdict: { kind: 'UNAVAILABLE', status: 503, detail: '503 from the platform', hint: 'wait', retryAfterMs: 7_000 },
};
const REFUSED: Refused = {
  verdict: { kind: 'UNAUTHORIZED', status: 401, detail: 'the key was refused', keyChanged: false },
};

/** A registrar whose API server and platform give these answers, the last one for ever; jitter is always half. */
function scenario(answers: {
  config?: IdentityOverrides;
  cluster?: readonly (Cluster | Error)[];
  register?: readonly (Record<string, unknown> | Refused)[];
  /** What is remembered, by one process for the next; an error cannot be read, once. */
  memory?: { text: string; error?: Error };
}) {
  const clock = new ManualClock();
  const told = { failures: [] as RegistrationFailure[], refusals: [] as string[], identities: [] as ClusterIdentity[] };
  const registrations: JsonCall<unknown>['body'][] = [];
  const stop = new AbortController();
  const clusters = [...(answers.cluster ?? [CLUSTER])];
  const register = [...(answers.register ?? [REGISTERED])];
  const take = <T>(queue: T[]): T | undefined => (queue.length > 1 ? queue.shift() : queue[0]);
  let cluster: Cluster | Error = CLUSTER;
  const registrar = new Registrar({
    config: answers.config ?? {},
    client: {
      get: async (path) => {
        const isFirst = path === '/api/v1/namespaces/kube-system';
        if (isFirst) cluster = take(clusters) ?? CLUSTER;
        if (cluster instanceof Error) throw cluster;
        return isFirst ? { metadata: { uid: cluster.uid } } : { items: cluster.nodes };
      },
    },
    onId: () => {},
    rest: {
      call: async ({ body, parse }) => {
        registrations.push(body);
        const next = take(register) ?? REGISTERED;
        if ('verdict' in next) return { ok: false, verdict: next.verdict as Verdict };
        const success = parse(new Map(Object.entries(next)));
        if (!success.valid) throw new Error(success.problem);
        return { ok: true, value: success.value };
      },
    },
    ...(answers.memory === undefined ? {} : { memory: remembering(answers.memory) }),
    observer: {
      onRegistered: (identity) => told.identities.push(identity),
      onRegistrationFailed: (failure) => told.failures.push(failure),
      onRegistrationRefused: ({ kind }) => told.refusals.push(kind),
    },
    clock,
    random: () => 0.5,
  });
  let settled: unknown;
  const done = registrar.register(stop.signal).then(
    (clusterId) => (settled = clusterId),
    (error: unknown) => (settled = error),
  );
  return { clock, registrar, told, registrations, stop, done, settled: () => settled };
}

function remembering(memory: { text: string; error?: Error }): IdentityMemory {
  return {
    recall: () => {
      const { error } = memory;
      delete memory.error;
      return error === undefined ? Promise.resolve(memory.text) : Promise.reject(error);
    },
    remember: (text) => (memory.text = text),
  };
}

const EKSCTL = {
  metadata: {
    name: 'ip-1',
    labels: { 'topology.kubernetes.io/region': 'eu-central-1', 'alpha.eksctl.io/cluster-name': 'shop' },
  },
  spec: { providerID: 'aws:///eu-central-1a/i-1' },
};
const KARPENTER = {
  ...EKSCTL,
  metadata: { name: 'ip-2', labels: { 'topology.kubernetes.io/region': 'eu-central-1' } },
};

describe('registrar', () => {
  it('recognises the cluster and registers it', async () => {
    const { done, registrar, told, registrations } = scenario({ config: { anywhereClusterName: 'lab' } });
    expect(await done).toBe('c-1');
    const identity = {
      clusterId: 'c-1',
      organizationId: 'o-1',
      provider: 'anywhere',
      reasons: ['no node is of AKS, EKS or GKE', 'the uid of kube-system is the identity'],
    };
    expect(told).toEqual({ identities: [identity], failures: [], refusals: [] });
    expect(registrations).toMatchObject([{ name: 'lab', anywhere: { kubeSystemNamespaceId: 'u-1' } }]);
    expect(registrar.status).toEqual({ stage: 'done', attempts: 0, lastError: '', identity });
  });

  it('does not register a cluster whose id the operator gave', async () => {
    const { done, told, registrations } = scenario({ config: { clusterId: 'c-9' } });
    expect(await done).toBe('c-9');
    expect([told.identities[0]?.provider, registrations]).toEqual(['fixed', []]);
  });

  it('waits for an API server that is away', async () => {
    const away = new KubeError('KUBE_UNREACHABLE', 'connection refused');
    const { clock, done, settled, told } = scenario({ cluster: [away, away, CLUSTER] });
    await clock.advance(749);
    expect(settled()).toBeUndefined();
    await clock.advance(1);
    expect(await done).toBe('c-1');
    expect(told.failures[0]).toEqual({
      stage: 'identifying',
      attempts: 1,
      lastError: 'connection refused',
      delayMs: 250,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits until a node has been seen by its cloud', async () => {
    const { clock, done } = scenario({ cluster: [{ ...CLUSTER, nodes: [] }, CLUSTER] });
    await clock.advance(250);
    expect(await done).toBe('c-1');
  });

  it('asks a platform that is away for ever, with the pause that it wishes as a floor, and says how far it is', async () => {
    const { clock, done, settled, told, registrar } = scenario({ register: [AWAY, AWAY, REGISTERED] });
    await clock.advance(7_250);
    const failed = { stage: 'registering', attempts: 2, lastError: '503 from the platform; wait' };
    expect(told.failures.at(-1)).toEqual({ ...failed, delayMs: 7_500 });
    expect(told.refusals).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(registrar.status).toEqual({ ...failed, identity: undefined });
    await clock.advance(7_499);
    expect(settled()).toBeUndefined();
    await clock.advance(1);
    expect(await done).toBe('c-1');
  });

  it('is known as before when a later attempt is ended with its term', async () => {
    const { done, registrar, clock, told } = scenario({ register: [REGISTERED, AWAY] });
    await done;
    const term = new AbortController();
    const again = registrar.register(term.signal).catch((error: unknown) => error);
    await clock.advance(20_000);
    expect(registrar.status).toMatchObject({ stage: 'registering', lastError: expect.stringContaining('503') });
    term.abort(new Error('the term is over'));
    expect(await again).toEqual(new Error('the term is over'));
    expect(registrar.status).toEqual({ stage: 'done', attempts: 0, lastError: '', identity: told.identities[0] });
  });

  it('asks rarely with a key that was refused, at most ten minutes apart', async () => {
    const { clock, told, registrations, stop, done } = scenario({ register: [REFUSED] });
    await clock.advance(3_600_000);
    const delays = told.failures.map(({ delayMs }) => delayMs);
    expect(delays.slice(0, 6)).toEqual([45_000, 60_000, 90_000, 150_000, 270_000, 315_000]);
    expect(registrations.length).toBeLessThan(20);
    stop.abort(new Error('stopped'));
    expect(await done).toEqual(new Error('stopped'));
    expect(clock.pendingTimers).toBe(0);
  });

  it('asks at once when the refused key is replaced while it waits, and keeps a pause that the platform asked for', async () => {
    const { clock, registrar, registrations, done } = scenario({ register: [REFUSED, AWAY, REGISTERED] });
    await clock.advance(5_000);
    expect(registrations).toHaveLength(1);
    registrar.keyReplaced();
    await clock.advance(0);
    expect(registrations).toHaveLength(2);
    registrar.keyReplaced();
    await clock.advance(6_999);
    expect(registrations).toHaveLength(2);
    await clock.advance(500);
    expect(await done).toBe('c-1');
  });

  it('asks at once after a refusal when the key has changed meanwhile', async () => {
    const changed: Refused = { verdict: { kind: 'UNAUTHORIZED', status: 401, detail: 'refused', keyChanged: true } };
    const { clock, done } = scenario({ register: [changed, REGISTERED] });
    await clock.advance(250);
    expect(await done).toBe('c-1');
  });

  it('gives up only on what the operator said in contradiction to itself, and says what to do', async () => {
    const { done, registrations } = scenario({ config: { provider: 'aks', eksRegion: 'eu-central-1' } });
    expect(await done).toMatchObject({
      code: 'IDENTITY_UNKNOWN',
      message:
        'cannot tell which cluster this is: PROVIDER=aks, EKS_REGION speak of different providers (aks, eks); unset those that do not apply',
      hint: 'set PROVIDER and the variables of that provider, or CLUSTER_ID if the platform already knows this cluster',
    });
    expect(registrations).toEqual([]);
  });

  it('waits for the uid of kube-system even when the id is given: the platform tells clusters apart by it', async () => {
    const { clock, done, settled } = scenario({
      config: { clusterId: 'c-9' },
      cluster: [{ ...CLUSTER, uid: '' }, CLUSTER],
    });
    await clock.advance(249);
    expect(settled()).toBeUndefined();
    await clock.advance(1);
    expect(await done).toBe('c-9');
  });

  it('keeps the identity that it registered when all nodes that told it are gone, or others tell another one', async () => {
    const config = { eksAccountId: '123456789012' };
    const memory = { text: '' };
    const first = scenario({ config, memory, cluster: [{ uid: 'u-1', nodes: [EKSCTL] }] });
    await first.done;
    const renamed = {
      ...EKSCTL,
      metadata: { ...EKSCTL.metadata, labels: { 'alpha.eksctl.io/cluster-name': 'other' } },
    };
    for (const nodes of [[], [KARPENTER], [KARPENTER, EKSCTL], [renamed]]) {
      const next = scenario({ config, memory, cluster: [{ uid: 'u-1', nodes }] });
      await next.done;
      expect(next.registrations).toEqual(first.registrations);
      expect(next.told.failures).toEqual([]);
    }
  });

  it('finds the identity anew in another cluster, and when the operator says something else', async () => {
    const memory = { text: '' };
    const register = async (config: IdentityOverrides, uid: string) => {
      const { done, registrations } = scenario({ config, memory, cluster: [{ uid, nodes: [EKSCTL] }] });
      await done;
      return registrations.map((body) => {
        const { eks, anywhere } = body as Record<string, unknown>;
        return eks ?? anywhere;
      });
    };
    const shop = { clusterName: 'shop', region: 'eu-central-1', accountId: '123456789012' };
    expect(await register({ eksAccountId: '123456789012' }, 'u-1')).toEqual([shop]);
    expect(await register({ eksAccountId: '123456789012', eksClusterName: 'mart' }, 'u-1')).toEqual([
      { ...shop, clusterName: 'mart' },
    ]);
    expect(await register({ provider: 'anywhere' }, 'u-1')).toEqual([
      { clusterName: '', kubeSystemNamespaceId: 'u-1' },
    ]);
    expect(await register({ provider: 'anywhere' }, 'u-2')).toEqual([
      { clusterName: '', kubeSystemNamespaceId: 'u-2' },
    ]);
  });

  it('decides nothing while it cannot be read what was remembered', async () => {
    const memory = { text: '', error: new KubeError('KUBE_UNREACHABLE', 'away') };
    const { clock, told, registrations, done } = scenario({ memory });
    await clock.advance(0);
    expect(registrations).toEqual([]);
    expect(told.failures).toMatchObject([{ stage: 'identifying', lastError: 'away' }]);
    await clock.advance(1000);
    await done;
    expect(registrations).toHaveLength(1);
  });
});
