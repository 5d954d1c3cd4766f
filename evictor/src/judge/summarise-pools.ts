import { compareText } from '@castai/shared/compare-text.ts';
import { type NodeRecord, poolOf } from '../view/node-record.ts';
import { isVirtualKubelet } from '../view/virtual-node.ts';
import { type DriftFinding, type DriftReason, imageLabelOf, makeOf } from './judge-drift.ts';
import { oncePerText } from './once-per-text.ts';
import { parseImageVersion } from './parse-image-version.ts';
import { parseVersion } from './parse-version.ts';
import type { MixedSince } from './pool-evenness.ts';

/** How the nodes of one pool are. */
export interface PoolSummary {
  /** As the label of whoever makes the nodes has it; empty: nobody says. */
  readonly pool: string;
  readonly nodes: number;
  /** How many minor versions the oldest kubelet is behind the control plane; negative: it is newer. Undefined: not known. */
  readonly minorSkew: number | undefined;
  /** Different makes of nodes: kubelet and image. */
  readonly makes: number;
  /** When their images were built, where their names tell. */
  readonly oldestImageAtMs: number | undefined;
  readonly newestImageAtMs: number | undefined;
  /** Undefined: they are all alike. */
  readonly mixedSinceMs: number | undefined;
  /** Nodes that should be renewed, by reason; those without any are missing. */
  readonly renew: ReadonlyMap<DriftReason, number>;
}

/** What the pools are made of. */
export interface PoolsInput {
  readonly nodes: readonly NodeRecord[];
  readonly controlPlane: string | undefined;
  readonly findings: readonly DriftFinding[];
  readonly mixedSinceMs: MixedSince;
}

/** The pools of a cluster in the order of their names. Pure; linear in the number of nodes. */
export function summarisePools({ nodes, controlPlane, findings, mixedSinceMs }: PoolsInput): PoolSummary[] {
  const goal = controlPlane === undefined ? undefined : parseVersion(controlPlane);
  const versionOf = oncePerText(parseVersion);
  const imageOf = oncePerText(parseImageVersion);
  const findingsOf = Map.groupBy(findings, ({ pool }) => pool);
  const machines = nodes.filter((node) => !isVirtualKubelet(node));
  return [...Map.groupBy(machines, poolOf)]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([pool, members]) => {
      const kubelets = members.flatMap(({ system }) => versionOf(system.kubeletVersion) ?? []);
      const skews = goal === undefined ? [] : kubelets.map(({ minor }) => goal.minor - minor);
      const built = members.flatMap((node) => imageOf(imageLabelOf(node) ?? '')?.builtAtMs ?? []);
      return {
        pool,
        nodes: members.length,
        minorSkew: most(skews),
        makes: new Set(members.map(makeOf)).size,
        oldestImageAtMs: least(built),
        newestImageAtMs: most(built),
        mixedSinceMs: mixedSinceMs.get(pool),
        renew: countReasons(findingsOf.get(pool) ?? []),
      };
    });
}

function countReasons(findings: readonly DriftFinding[]): Map<DriftReason, number> {
  const counts = new Map<DriftReason, number>();
  for (const { reason } of findings) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

/** Not by spreading them into arguments: there may be thousands. */
function most(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((best, one) => (one > best ? one : best));
}

function least(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((best, one) => (one < best ? one : best));
}
