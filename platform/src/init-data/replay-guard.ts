import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { invalid, Refusal } from '../answer/refusal.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { KEPT_REPORTS } from '../store/report-row.ts';

/** What the guard needs. */
export interface ReplayGuardOptions {
  /** What was taken before this process began is among the reports. */
  readonly store: Pick<PlatformStore, 'reports'>;
  /** Wall clock, ms since the epoch. */
  readonly now: () => number;
}

/** How far the clock of a node may be ahead of ours. A time beyond it would keep the pool out until it has come. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * Takes each envelope of a pool once. What is sealed stays good for ever, so whoever has seen one could send it again later, and the
 * platform would make nodes from data that is out of date; the time of capture is bound to the envelope, and has to rise.
 */
export class ReplayGuard {
  readonly #options: ReplayGuardOptions;
  readonly #newestMs = new Map<string, number>();

  constructor(options: ReplayGuardOptions) {
    this.#options = options;
  }

  /**
   * Notes an envelope that was opened. Throws `Refusal` 400 for a time that is none, 409 `NOT_NEWER` for one that is not later than the
   * newest of its pool, `CLOCK_AHEAD` for one that has not come: both are asked again, with an envelope made anew.
   */
  async admit(cluster: string, agentPool: string, capturedAt: string): Promise<void> {
    const atMs = Date.parse(capturedAt);
    if (Number.isNaN(atMs) || new Date(atMs).toISOString() !== capturedAt) throw invalid('capturedAt is not a time');
    const aheadMs = atMs - this.#options.now();
    if (aheadMs > TOLERANCE_MS) {
      const message = `capturedAt is ${Math.round(aheadMs / 1000)} s ahead of the platform: set the clock of the node`;
      throw new Refusal(409, 'CLOCK_AHEAD', { message });
    }
    const pool = JSON.stringify([cluster, agentPool]);
    const stored = this.#newestMs.has(pool) ? undefined : await this.#readNewest(cluster, agentPool);
    // Only now, without a pause before it is noted: of two that are equal one is taken.
    const newestMs = this.#newestMs.get(pool) ?? stored;
    if (newestMs !== undefined && atMs <= newestMs) {
      const message = `an envelope of this pool that was made at ${new Date(newestMs).toISOString()} was taken already`;
      throw new Refusal(409, 'NOT_NEWER', { message });
    }
    this.#newestMs.set(pool, atMs);
  }

  async #readNewest(cluster: string, agentPool: string): Promise<number | undefined> {
    const reports = await this.#options.store.reports(cluster, 'initData', KEPT_REPORTS);
    const times = reports.flatMap(({ body }) => {
      if (!isRecord(body) || body['agentPool'] !== agentPool) return [];
      const atMs = Date.parse(String(body['capturedAt']));
      return Number.isNaN(atMs) ? [] : [atMs];
    });
    return times.length === 0 ? undefined : Math.max(...times);
  }
}
