import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { KubeLease } from '../kube/kube-lease.ts';
import type { LeaseRecord } from '../kube/lease-record.ts';
import type { LeasePace } from './lease-pace.ts';
import type { LeaseCommand, LeaseIdentity, LeaseInput } from './lease-state.ts';

/** What the calls need. */
export interface LeaseCallsOptions {
  readonly lease: Pick<KubeLease, 'read' | 'write'>;
  readonly self: LeaseIdentity;
  readonly pace: Pick<LeasePace, 'durationMs'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** Told what a call failed with; not of one that was ended from outside. */
  readonly onFailed: (error: unknown) => void;
}

/** A request that is lost on the way must leave time for another one before the deadline. */
const REQUEST_MS = 4_000;
/** Giving the lease back is a courtesy: the end of the process does not wait long for it. */
const RELEASE_MS = 3_000;
const RELEASE_ATTEMPTS = 3;
/** What the others need to know of a lease that was given back. */
const RELEASED_DURATION_MS = 1_000;

/**
 * The election's calls to the API server, each under a deadline and with the times that the machine judges by. They reject only
 * because of a bug: what goes wrong is an input.
 */
export class LeaseCalls {
  readonly #options: LeaseCallsOptions;
  #seen: Pick<LeaseRecord, 'holder' | 'transitions'> = { holder: '', transitions: 0 };

  constructor(options: LeaseCallsOptions) {
    this.#options = options;
  }

  /** The lease as it was read or written last; without a holder when there is none. */
  get seen(): Pick<LeaseRecord, 'holder' | 'transitions'> {
    return this.#seen;
  }

  /** Looks at the lease. */
  async read(signal: AbortSignal): Promise<LeaseInput> {
    const { lease, clock } = this.#options;
    return this.#within(REQUEST_MS, signal, async (within) => {
      const record = await lease.read(within);
      // After the answer: what was seen late must not look as if it had been silent for longer.
      const nowMs = clock.monotonicMs();
      this.#see(record);
      return { type: 'found', record, nowMs };
    });
  }

  /** Takes the lease, or renews it. */
  async write(
    { seen, transitions, isNewHolder }: Extract<LeaseCommand, { type: 'write' }>,
    signal: AbortSignal,
  ): Promise<LeaseInput> {
    const { lease, clock, self, pace } = this.#options;
    return this.#within(REQUEST_MS, signal, async (within) => {
      const sentAtMs = clock.monotonicMs();
      const claim = { holder: self.holder, transitions, durationMs: pace.durationMs, isNewHolder };
      const record = await lease.write(seen, claim, within);
      if (record === undefined) return { type: 'conflict' };
      this.#see(record);
      return { type: 'written', record, sentAtMs };
    });
  }

  /** Gives the lease back if it is ours, as well as a few seconds allow. */
  async release(signal: AbortSignal): Promise<void> {
    await this.#within(RELEASE_MS, signal, async (within) => {
      for (let attempt = 0; attempt < RELEASE_ATTEMPTS && !within.aborted; attempt += 1) {
        if (await this.#clear(within)) break;
      }
      return { type: 'stop' };
    });
  }

  /** True: it is not ours any more. */
  async #clear(signal: AbortSignal): Promise<boolean> {
    const { lease, self } = this.#options;
    const found = await lease.read(signal);
    if (found?.holder !== self.holder) return true;
    const { transitions } = found;
    const claim = { holder: '', transitions, durationMs: RELEASED_DURATION_MS, isNewHolder: false };
    return (await lease.write(found, claim, signal)) !== undefined;
  }

  #see(record: LeaseRecord | undefined): void {
    this.#seen = { holder: record?.holder ?? '', transitions: record?.transitions ?? 0 };
  }

  async #within(
    ms: number,
    signal: AbortSignal,
    call: (within: AbortSignal) => Promise<LeaseInput>,
  ): Promise<LeaseInput> {
    const { clock, onFailed } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const overdue = (): KubeError =>
      new KubeError('KUBE_UNREACHABLE', `the API server gave no answer within ${ms / 1000} s`);
    try {
      return await withDeadline({ ms, clock, overdue }, call, signal);
    } catch (error) {
      const tookMs = clock.monotonicMs() - sentAtMs;
      if (signal.aborted) return { type: 'failed', retryAfterMs: 0, tookMs };
      onFailed(error);
      return { type: 'failed', retryAfterMs: error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0, tookMs };
    }
  }
}
