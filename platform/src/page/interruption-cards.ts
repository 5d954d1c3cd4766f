/** What spot handlers told, as cards: which node, when its machine ends, and how it ended. Pure. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { ReportRow } from '../store/report-row.ts';
import type { ClusterOverview } from './cluster-overview.ts';
import { describeInterruption } from './describe-interruption.ts';
import { field, text } from './loose-fields.ts';

/** One interruption. */
export interface InterruptionCard {
  readonly key: number;
  /** When the platform was told. */
  readonly atMs: number;
  /** The node's name; empty: the cluster has none that is called so. */
  readonly node: string;
  /** In words: what was announced, of which machine. */
  readonly what: string;
  /** When the machine ends; `undefined`: nobody said. */
  readonly endsAtMs: number | undefined;
  /**
   * `ahead`: the node is marked. `gone`: there is no such node any more. `cancelled`: the node is there and not marked any more. `advice`: only a
   * recommendation, of which nothing follows. `unknown`: the node was not read yet, or not marked yet.
   */
  readonly state: 'ahead' | 'gone' | 'cancelled' | 'advice' | 'unknown';
}

/** Longer than marking ever takes; from then on a node without a mark is one whose mark was taken away. */
const MARKED_WITHIN_MS = 30_000;
const SHOWN = 12;

/** What they are made of. */
export interface CardSources {
  /** Reports of the kind `event`, newest first. */
  readonly reports: readonly ReportRow[];
  readonly overview: Pick<ClusterOverview, 'nodeCalled'>;
  /** Whether every node was read: before, one that is missing means nothing. */
  readonly isComplete: boolean;
  readonly nowMs: number;
}

/** The cards, newest first; of one machine only the newest. */
export function interruptionCards({ reports, overview, isComplete, nowMs }: CardSources): InterruptionCard[] {
  const seen = new Set<string>();
  const newest = reports.filter(({ body }) => {
    const [id = ''] = idsOf(body);
    if (id !== '' && seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  return newest.slice(0, SHOWN).map(({ id, atMs, body }) => {
    const node = idsOf(body)
      .map((name) => overview.nodeCalled(name))
      .find((found) => found !== undefined);
    const isAdvice = text(field(body, 'event_type') ?? field(body, 'eventType')) === 'rebalanceRecommendation';
    const age = nowMs - atMs;
    return {
      key: id,
      atMs,
      node: node?.name ?? '',
      what: describeInterruption(isRecord(body) ? body : {}),
      endsAtMs: node?.mark?.endsAtMs,
      state: stateOf({ isAdvice, node, isComplete, isLate: age > MARKED_WITHIN_MS }),
    };
  });
}

function stateOf(seen: {
  readonly isAdvice: boolean;
  readonly node: { readonly mark: unknown } | undefined;
  readonly isComplete: boolean;
  readonly isLate: boolean;
}): InterruptionCard['state'] {
  const { isAdvice, node, isComplete, isLate } = seen;
  if (node?.mark) return 'ahead';
  if (node === undefined) return isComplete && isLate ? 'gone' : 'unknown';
  if (isAdvice) return 'advice';
  return isLate ? 'cancelled' : 'unknown';
}

/** By what the node is called, in lower case; from others these come in camel case. */
function idsOf(body: unknown): string[] {
  const ids = [
    text(field(body, 'provider_id') ?? field(body, 'providerId')),
    text(field(body, 'node_id') ?? field(body, 'nodeId')),
  ];
  return ids.filter((id) => id !== '').map((id) => id.toLowerCase());
}
