import { type NodeRecord, poolOf } from '../view/node-record.ts';
import { makeOf } from './judge-drift.ts';

/** Since when the nodes of each pool are not all alike, in milliseconds. Pools that are even, or gone, are missing. */
export type MixedSince = ReadonlyMap<string, number>;

/** What is known after another look. */
export function updateMixedSince(before: MixedSince, nodes: readonly NodeRecord[], nowMs: number): MixedSince {
  const makes = new Map<string, Set<string>>();
  for (const node of nodes) {
    const pool = poolOf(node);
    makes.set(pool, (makes.get(pool) ?? new Set()).add(makeOf(node)));
  }
  const mixed = [...makes].filter(([, kinds]) => kinds.size > 1);
  return new Map(mixed.map(([pool]) => [pool, before.get(pool) ?? nowMs]));
}
