import type { Clock } from '@castai/shared/async/clock.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { LeaseClaim } from '@castai/shared/kube/kube-lease.ts';
import type { LeaseRecord } from '@castai/shared/kube/lease-record.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** One Lease of the cluster, with the API server's rule: a write counts only on the version that it was made for. */
export class ModelLease {
  isDown = false;
  /** So many of the next writes are stored, and their answers lost. */
  lostAnswers = 0;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  #record: LeaseRecord | undefined;
  #version = 0;
  #lives = 0;

  constructor(dependencies: { clock: Clock; random: SeededRandom }) {
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
  }

  /** Somebody deletes it. */
  delete(): void {
    this.#record = undefined;
  }

  async read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    await this.#reach(signal);
    const record = this.#record;
    await this.#clock.sleep(this.#random.integer(200), signal);
    return record;
  }

  async write(
    seen: LeaseRecord | undefined,
    { holder, transitions }: LeaseClaim,
    signal: AbortSignal,
  ): Promise<LeaseRecord | undefined> {
    await this.#reach(signal);
    if (this.#record?.resourceVersion !== seen?.resourceVersion) return undefined;
    const uid = this.#record?.uid ?? `lease-${String(++this.#lives)}`;
    const record = { uid, resourceVersion: String(++this.#version), holder, transitions };
    this.#record = record;
    await this.#clock.sleep(this.#random.integer(200), signal);
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw new KubeError('KUBE_UNREACHABLE', 'the answer is lost');
    }
    return record;
  }

  async #reach(signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(this.#random.integer(200), signal);
    if (this.isDown) throw new KubeError('KUBE_UNREACHABLE', 'refused');
  }
}
