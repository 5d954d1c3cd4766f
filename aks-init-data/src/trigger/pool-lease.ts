import type { Clock } from '@castai/shared/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isKubeObject, isRecord } from '@castai/shared/kube/kube-object.ts';
import { leaseName, type PoolName } from './pool-name.ts';

/** What a lease is made with. */
export interface PoolLeaseOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly namespace: string;
  /** Tells this process from every other one. */
  readonly holderIdentity: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

/** How long a holder that says nothing is believed to be at work. */
export const LEASE_DURATION_MS = 120_000;
/** A holder stops believing in its own lease earlier than others do: an attempt that it starts then ends in time. */
const OWN_BELIEF_MS = 60_000;

/**
 * The right to deliver for a pool, held only while there is something to deliver: a `coordination.k8s.io/v1` Lease.
 *
 * Whether another holder is gone is judged by how long *we* saw its lease unchanged, as client-go does: clocks of nodes differ.
 */
export class PoolLease {
  readonly #options: PoolLeaseOptions;
  #pool: PoolName | undefined;
  #renewedAtMs: number | undefined;
  #seen: { readonly stamp: string; readonly atMs: number } | undefined;

  constructor(options: PoolLeaseOptions) {
    this.#options = options;
  }

  /** Whether the lease is ours for at least as long as an attempt takes. */
  get isHeld(): boolean {
    return this.#renewedAtMs !== undefined && this.#options.clock.monotonicMs() - this.#renewedAtMs < OWN_BELIEF_MS;
  }

  /** Takes the lease, or renews it. False: another pod of the pool is at work. Throws what the API server answers. */
  async acquire(pool: PoolName, signal: AbortSignal): Promise<boolean> {
    const { holderIdentity, clock } = this.#options;
    if (this.#pool !== undefined && leaseName(this.#pool) !== leaseName(pool)) this.#renewedAtMs = undefined;
    this.#pool = pool;
    // Before the request: what takes long must not look fresher than it is.
    const nowMs = clock.monotonicMs();
    const current = await this.#read(pool, signal);
    if (current !== undefined && !this.#isFree(current)) {
      this.#renewedAtMs = undefined;
      return false;
    }
    const isOurs = current?.holder === holderIdentity;
    const transitions = (current?.transitions ?? 0) + (current === undefined || isOurs ? 0 : 1);
    const isTaken = await this.#write(pool, { current, spec: this.#spec(holderIdentity, transitions, isOurs) }, signal);
    this.#renewedAtMs = isTaken ? nowMs : undefined;
    return isTaken;
  }

  /** Gives the lease back, so that nobody has to wait for it to run out. Throws what the API server answers. */
  async release(signal: AbortSignal): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined || this.#renewedAtMs === undefined) return;
    this.#renewedAtMs = undefined;
    const current = await this.#read(pool, signal);
    if (current?.holder !== this.#options.holderIdentity) return;
    await this.#write(pool, { current, spec: this.#spec('', current.transitions, true) }, signal);
  }

  #isFree({ holder, stamp }: Current): boolean {
    const { holderIdentity, clock } = this.#options;
    if (holder === '' || holder === holderIdentity) return true;
    const nowMs = clock.monotonicMs();
    if (this.#seen?.stamp !== stamp) this.#seen = { stamp, atMs: nowMs };
    return nowMs - this.#seen.atMs >= LEASE_DURATION_MS;
  }

  #spec(holderIdentity: string, leaseTransitions: number, isSame: boolean): Record<string, unknown> {
    const renewTime = `${new Date(this.#options.clock.now()).toISOString().slice(0, -1)}000Z`;
    return {
      holderIdentity,
      leaseTransitions,
      leaseDurationSeconds: LEASE_DURATION_MS / 1000,
      renewTime,
      ...(isSame ? {} : { acquireTime: renewTime }),
    };
  }

  async #read(pool: PoolName, signal: AbortSignal): Promise<Current | undefined> {
    try {
      return toCurrent(await this.#options.client.get(`${this.#collection}/${leaseName(pool)}`, signal));
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #write(
    pool: PoolName,
    { current, spec }: { current: Current | undefined; spec: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client } = this.#options;
    try {
      if (current === undefined) {
        const metadata = { name: leaseName(pool), labels: { 'app.kubernetes.io/name': 'castai-aks-init-data' } };
        const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
        await client.create(this.#collection, lease, signal);
      } else {
        const body = { metadata: { resourceVersion: current.resourceVersion }, spec };
        const patch = { contentType: 'application/merge-patch+json', body } as const;
        await client.patch(`${this.#collection}/${leaseName(pool)}`, patch, signal);
      }
      return true;
    } catch (error) {
      // Somebody was faster, or has just removed it.
      if (error instanceof KubeError && (error.code === 'KUBE_CONFLICT' || error.code === 'KUBE_NOT_FOUND'))
        return false;
      throw error;
    }
  }

  get #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#options.namespace)}/leases`;
  }
}

/** A lease as found. */
interface Current {
  readonly holder: string;
  readonly transitions: number;
  readonly resourceVersion: string;
  /** Changes with every renewal. */
  readonly stamp: string;
}

function toCurrent(lease: Record<string, unknown>): Current {
  const spec = isRecord(lease['spec']) ? lease['spec'] : {};
  const { holderIdentity, leaseTransitions } = spec;
  const resourceVersion = (isKubeObject(lease) ? lease.metadata.resourceVersion : undefined) ?? '';
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    resourceVersion,
    stamp: resourceVersion,
  };
}
