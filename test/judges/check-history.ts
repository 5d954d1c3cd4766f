import { compareResourceVersions } from '@castai/shared/kube/resource-version.ts';
import type { HistoryLine } from '../platform-rig/client.ts';

/**
 * Looks through what a platform applied for one cluster, oldest first, for breaches of the invariants that must hold at every
 * step: I2 (nothing that was deleted comes back), I3 (the version of an object only rises within a feed), I6 (nothing is
 * swept but by a snapshot that ended or by a resource that is gone) and I7 (only the newest session has effects); and that an offer marked
 * nothing but the version that was put last. One sentence for each breach. Not for histories that were rewound; of a platform that was restored from
 * a backup each part by itself.
 */
export function historyViolations(history: readonly HistoryLine[]): string[] {
  const checker = new HistoryChecker();
  for (const line of history) checker.take(line);
  return checker.violations;
}

interface Life {
  /** Version of the newest state that was applied. */
  readonly version: string;
  /** Where it was deleted; undefined while it lives. */
  readonly endedAt: string | undefined;
}

class HistoryChecker {
  readonly violations: string[] = [];
  /** By feed and uid, which is the same object only within one feed. */
  readonly #lives = new Map<string, Life>();
  readonly #swept = new Map<string, string>();
  #epoch = 0;
  #seq = 0;
  /** Whether the batch under way may sweep. */
  #maySweep = false;

  take({ epoch, seq, record }: HistoryLine): void {
    const at = `epoch ${epoch}, seq ${seq}`;
    this.#order(epoch, seq, at);
    const { type } = record;
    if ('rejection' in record) return;
    // A full snapshot of the second wire is begin and end at once. Whether it was whole shows when what it swept comes back.
    if (type === 'snapshotEnd' || type === 'fullSnapshot' || (type === 'feedState' && record['state'] === 'ABSENT'))
      this.#maySweep = true;
    if (type === 'swept') this.#sweep(record['uids'] as readonly string[], at);
    if (type === 'upsert' || type === 'delete') this.#change(record, at);
    if (type === 'offer' && record['wanted'] !== true) this.#mark(record, at);
  }

  #order(epoch: number, seq: number, at: string): void {
    if (epoch < this.#epoch) this.violations.push(`I7: ${at} has an effect after epoch ${this.#epoch}`);
    if (epoch === this.#epoch && seq < this.#seq)
      this.violations.push(`I7: ${at} has an effect after seq ${this.#seq}`);
    if (epoch !== this.#epoch || seq !== this.#seq) this.#maySweep = false;
    this.#epoch = epoch;
    this.#seq = seq;
  }

  #sweep(uids: readonly string[], at: string): void {
    if (!this.#maySweep) this.violations.push(`I6: ${at} sweeps ${uids.length} objects without the end of a snapshot`);
    for (const uid of uids) this.#swept.set(uid, at);
  }

  /** Of what was put before this history began nothing is known. */
  #mark(record: HistoryLine['record'], at: string): void {
    const { feedId, uid = '', resourceVersion } = record as unknown as Record<string, string>;
    const life = this.#lives.get(`${feedId} ${uid}`);
    const endedAt = life?.endedAt ?? this.#swept.get(uid);
    if (endedAt !== undefined) this.violations.push(`offers: ${at} marks ${uid}, which ${endedAt} removed`);
    else if (life !== undefined && life.version !== resourceVersion)
      this.violations.push(`offers: ${at} marks ${uid} at ${resourceVersion}, which is held at ${life.version}`);
  }

  #change(record: HistoryLine['record'], at: string): void {
    const { type, feedId, uid, name, resourceVersion } = record as unknown as Record<string, string>;
    // Virtual objects have names for uids, and a name may come back.
    if (uid === undefined || resourceVersion === undefined || uid.includes('/')) return;
    const key = `${feedId} ${uid}`;
    const before = this.#lives.get(key);
    const endedAt = before?.endedAt ?? this.#swept.get(uid);
    if (type === 'upsert' && endedAt !== undefined) {
      this.violations.push(`I2: ${at} brings ${name} (${uid}) back, which ${endedAt} removed`);
    }
    if (before !== undefined && compareResourceVersions(resourceVersion, before.version) === 'older') {
      this.violations.push(`I3: ${at} has ${name} (${uid}) at ${resourceVersion} after ${before.version}`);
    }
    this.#lives.set(key, { version: resourceVersion, endedAt: type === 'delete' ? at : undefined });
    if (type === 'upsert') this.#swept.delete(uid);
  }
}
