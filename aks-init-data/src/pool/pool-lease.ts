import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeLease } from '@castai/shared/kube/kube-lease.ts';
import { type LeaseRecord, type LeaseSighting, sightLease } from '@castai/shared/kube/lease-record.ts';
import { leaseName, type PoolName } from './pool-name.ts';

/** What a lease is made with. */
export interface PoolLeaseOptions {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
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
  #sighting: LeaseSighting | undefined;

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
    const lease = this.#lease(pool);
    const current = await lease.read(signal);
    if (current !== undefined && !this.#isFree(current)) {
      this.#renewedAtMs = undefined;
      return false;
    }
    const isNewHolder = current?.holder !== holderIdentity;
    const transitions = (current?.transitions ?? 0) + (current !== undefined && isNewHolder ? 1 : 0);
    const claim = { holder: holderIdentity, transitions, durationMs: LEASE_DURATION_MS, isNewHolder };
    const written = await lease.write(current, claim, signal);
    this.#renewedAtMs = written === undefined ? undefined : nowMs;
    return written !== undefined;
  }

  /** Gives the lease back, so that nobody has to wait for it to run out. Throws what the API server answers. */
  async release(signal: AbortSignal): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined || this.#renewedAtMs === undefined) return;
    this.#renewedAtMs = undefined;
    const lease = this.#lease(pool);
    const current = await lease.read(signal);
    if (current?.holder !== this.#options.holderIdentity) return;
    const { transitions } = current;
    await lease.write(current, { holder: '', transitions, durationMs: LEASE_DURATION_MS, isNewHolder: false }, signal);
  }

  #isFree(current: LeaseRecord): boolean {
    const { holderIdentity, clock } = this.#options;
    if (current.holder === '' || current.holder === holderIdentity) return true;
    const nowMs = clock.monotonicMs();
    this.#sighting = sightLease(this.#sighting, current, nowMs);
    return nowMs - this.#sighting.atMs >= LEASE_DURATION_MS;
  }

  #lease(pool: PoolName): KubeLease {
    return new KubeLease({ ...this.#options, name: leaseName(pool), program: 'castai-aks-init-data' });
  }
}
