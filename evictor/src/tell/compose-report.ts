import {
  type EvictorReport,
  MOST_EVICTOR_REPORT_BYTES,
  type ReportedBlocker,
} from '@castai/shared/wire/evictor/evictor-report.ts';
import { DRIFT_REASONS } from '../judge/judge-drift.ts';
import type { FullReport } from '../report/report.ts';
import { nameOf } from '../simulate/placement.ts';
import { type Blocker, REASONS } from '../simulate/reason.ts';
import type { PodRecord } from '../view/pod-record.ts';

/** How it is cut, and what is not named. */
export interface ComposeOptions {
  /** Namespaces whose pods leave neither by name nor in a detail. */
  readonly skipNamespaces: ReadonlySet<string>;
  /** Bytes of the body at the most; less in tests. */
  readonly mostBytes?: number;
}

/** Moves and blockers of one node that are told at the most. */
const MOST_PER_NODE = 50;
/** A node is never cut off by the details of the nodes before it: these get what the names leave. */
const SHARE_OF_NAMES = 0.5;
/** For the head of the report and the words of the reasons. */
const HEAD_BYTES = 32 * 1024;

/**
 * What of a report leaves the cluster: names, amounts, and our own words. Of labels only the version of a node image leaves, in a detail,
 * and not the name of a pool, which is one; nor the list of budgets, which the platform does not show. In order of nodes; what does not fit is counted.
 */
export function composeReport(report: FullReport, options: ComposeOptions): EvictorReport {
  const { removal, drift = [] } = report;
  const { skipNamespaces, mostBytes = MOST_EVICTOR_REPORT_BYTES } = options;
  const names = new ByteAccount((mostBytes - HEAD_BYTES) * SHARE_OF_NAMES);
  const details = new ByteAccount((mostBytes - HEAD_BYTES) * (1 - SHARE_OF_NAMES));
  const leftOut = { moves: 0, blockers: 0, nodes: 0 };
  const fits = (account: ByteAccount, row: unknown, what: keyof typeof leftOut): boolean => {
    const isIn = account.take(row);
    if (!isIn) leftOut[what] += 1;
    return isIn;
  };
  const nameOfPod = (pod: Pick<PodRecord, 'namespace' | 'name'>): string =>
    skipNamespaces.has(pod.namespace) ? '' : nameOf(pod);
  const removable = (removal?.removable ?? [])
    .filter(({ node }) => fits(names, node.name, 'nodes'))
    .map(({ node, moves }) => ({
      node: node.name,
      moves: some(moves.map(({ pod, to }) => ({ pod: nameOfPod(pod), to }))).filter((one) =>
        fits(details, one, 'moves'),
      ),
      told: moves.length,
    }));
  for (const { told } of removable) leftOut.moves += Math.max(0, told - MOST_PER_NODE);
  const renew = drift
    .map(({ node, reason, detail }) => ({ node, reason, detail }))
    .filter((one) => fits(names, one, 'nodes'));
  const blocked = (removal?.blocked ?? [])
    .filter(({ node }) => fits(names, node.name, 'nodes'))
    .map(({ node, blockers }) => {
      leftOut.blockers += Math.max(0, blockers.length - MOST_PER_NODE);
      const told = some(blockers).map((one) => blockerOf(one, skipNamespaces));
      return { node: node.name, blockers: told.filter((one) => fits(details, one, 'blockers')) };
    });
  const reasons = new Set([
    ...renew.map(({ reason }) => reason),
    ...blocked.flatMap(({ blockers }) => blockers.map(({ reason }) => reason)),
  ]);
  return {
    at: new Date(report.atMs).toISOString(),
    nodes: report.nodeCount,
    pods: report.podCount,
    controlPlane: report.controlPlane ?? '',
    saved: { cores: (removal?.saved['cpu'] ?? 0) / 1000, gibibytes: (removal?.saved['memory'] ?? 0) / 2 ** 30 },
    removable: removable.map(({ node, moves }) => ({ node, moves })),
    blocked,
    renew,
    words: Object.fromEntries(
      Object.entries({ ...REASONS, ...DRIFT_REASONS })
        .filter(([code]) => reasons.has(code))
        .map(([code, { words, cure }]) => [code, { words, cure }]),
    ),
    leftOut,
  };
}

function some<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(0, MOST_PER_NODE);
}

/** A detail about a pod may name what is its own, such as a claim. */
function blockerOf({ code, pod, detail }: Blocker, skipNamespaces: ReadonlySet<string>): ReportedBlocker {
  const isSkipped = skipNamespaces.has(pod.slice(0, Math.max(0, pod.indexOf('/'))));
  return isSkipped ? { reason: code, pod: '', detail: '' } : { reason: code, pod, detail };
}

/** Bytes of JSON that may still be written. */
class ByteAccount {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether a row fits; if so, it is counted. */
  take(row: unknown): boolean {
    // Its commas, brackets and the names of the lists around it.
    const bytes = Buffer.byteLength(JSON.stringify(row)) + 40;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
