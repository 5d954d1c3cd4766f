/**
 * Which Kubernetes Events are written about nodes; pure. Only transitions are told: what a report says of a node that the one before did not
 * say. The first report of a term tells nothing, because what it says may have been so for weeks, and a restart is no news. Kubelets are judged
 * only when the version of the control plane is believed, a minute later: the first report that judges them tells nothing of them. Nor is it news
 * that a node could go which the report before had no time for.
 *
 *     blank ─looked─▶ following ─looked─▶ following
 *
 * Ways back to the API server:
 *
 * | from | trigger | what changes | what paces it |
 * |---|---|---|---|
 * | following → following | a report says something new of a node | it is written, once | one in a day for a node and a code, and `MOST_IN_HOUR` in all |
 *
 * A write that failed is no way back: it is counted, and the report says it anyway.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import type { DriftReason } from '../judge/judge-drift.ts';

/** What can be told of a node. */
export type NodeNews = DriftReason | 'could_go';

/** Something that a report says of a node. */
export interface FoundNews {
  readonly node: string;
  readonly code: NodeNews;
  readonly detail: string;
}

/** What was told of a node and a code, and whether the last report said it. */
interface Memory {
  readonly isSo: boolean;
  /** Undefined: never. */
  readonly toldAtMs: number | undefined;
}

/** Where it is. */
export type AnnounceState =
  | { readonly is: 'blank' }
  | {
      readonly is: 'following';
      /** By node and code. */
      readonly known: ReadonlyMap<string, Memory>;
      /** Whether a report has judged kubelets. */
      readonly knowsVersion: boolean;
      /** Nodes that the last report had no time for. */
      readonly notLookedAt: ReadonlySet<string>;
      readonly hour: { readonly startMs: number; readonly count: number };
    };

/** A report was made. */
export interface AnnounceInput {
  readonly type: 'looked';
  readonly atMs: number;
  /** Whether the version of the control plane was believed, without which kubelets are not judged. */
  readonly knowsVersion: boolean;
  /** Names of the nodes that there was no time for: whether they could go is not known. */
  readonly notLookedAt: ReadonlySet<string>;
  readonly found: readonly FoundNews[];
}

/** What is to be done. `omit`: so many were news and are not written, because there were too many in this hour. */
export type AnnounceCommand =
  | { readonly type: 'write'; readonly news: FoundNews }
  | { readonly type: 'omit'; readonly count: number };

/** Nothing is known of the cluster. */
export const BLANK: AnnounceState = { is: 'blank' };

/** Whoever renews 5,000 nodes in an hour knows that without 5,000 objects in etcd. */
export const MOST_IN_HOUR = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Decides. */
export function stepAnnounce(
  state: AnnounceState,
  { atMs, knowsVersion, notLookedAt, found }: AnnounceInput,
): Step<AnnounceState, AnnounceCommand> {
  const said = new Map(found.map((news) => [keyOf(news), news]));
  if (state.is === 'blank') {
    const known = new Map([...said.keys()].map((key) => [key, { isSo: true, toldAtMs: undefined }]));
    const hour = { startMs: atMs, count: 0 };
    return { state: { is: 'following', known, knowsVersion, notLookedAt, hour }, commands: [] };
  }
  const knownBefore = knownTo(state, knowsVersion, said);
  const isRecent = (toldAtMs: number | undefined): boolean =>
    toldAtMs !== undefined && isWithin(DAY_MS, toldAtMs, atMs);
  const known = new Map<string, Memory>();
  // What is no longer said is forgotten a day after it was told.
  for (const [key, { toldAtMs }] of knownBefore) if (isRecent(toldAtMs)) known.set(key, { isSo: false, toldAtMs });
  const hour = isWithin(HOUR_MS, state.hour.startMs, atMs) ? state.hour : { startMs: atMs, count: 0 };
  const writes: AnnounceCommand[] = [];
  let omitted = 0;
  for (const [key, news] of said) {
    const before = knownBefore.get(key);
    const isNews = before?.isSo !== true && !isRecent(before?.toldAtMs);
    const isWritten = isNews && hour.count + writes.length < MOST_IN_HOUR;
    if (isWritten) writes.push({ type: 'write', news });
    else if (isNews) omitted += 1;
    known.set(key, { isSo: true, toldAtMs: isWritten ? atMs : before?.toldAtMs });
  }
  return {
    state: { is: 'following', known, knowsVersion, notLookedAt, hour: { ...hour, count: hour.count + writes.length } },
    commands: omitted === 0 ? writes : [...writes, { type: 'omit', count: omitted }],
  };
}

/**
 * What was known before. When kubelets are judged for the first time, what is said of them was so before, however new it is that it is said; so
 * with a node that there was no time for.
 */
function knownTo(
  state: Extract<AnnounceState, { is: 'following' }>,
  knowsVersion: boolean,
  said: ReadonlyMap<string, FoundNews>,
): ReadonlyMap<string, Memory> {
  const isFirstOfKubelets = !state.knowsVersion && knowsVersion;
  if (!isFirstOfKubelets && state.notLookedAt.size === 0) return state.known;
  const known = new Map(state.known);
  const wasSo = (news: FoundNews): boolean =>
    news.code === 'could_go' ? state.notLookedAt.has(news.node) : isFirstOfKubelets && isOfKubelet(news);
  for (const [key, news] of said)
    if (wasSo(news)) known.set(key, { isSo: true, toldAtMs: state.known.get(key)?.toldAtMs });
  return known;
}

/** Also when the clock was set back: a time in the future is no reason to be silent until then. */
function isWithin(spanMs: number, sinceMs: number, nowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < spanMs;
}

function isOfKubelet({ code, detail }: FoundNews): boolean {
  return code.startsWith('kubelet_') || (code === 'unknown' && detail.startsWith('kubelet '));
}

function keyOf({ node, code }: FoundNews): string {
  return `${node} ${code}`;
}
