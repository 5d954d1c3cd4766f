import type { BlockedNode, Removal } from './removal.ts';

/** Where a search goes on from. */
export interface SearchBefore {
  readonly removal: Removal;
  /** Whether it was of this very cluster, and no node has come of age since: then what was found out of a node still holds. */
  readonly isSameCluster: boolean;
  /** Of `turnsAfter`: who waits longest is looked at first. */
  readonly turns: ReadonlyMap<string, number>;
}

/** The number of the search that looked at each node last, by name; a node is not in it before that. */
export function turnsAfter({ removable, blocked }: Removal, before?: ReadonlyMap<string, number>): Map<string, number> {
  const turn = Math.max(0, ...(before?.values() ?? [])) + 1;
  const waiting = new Set(blocked.filter(isNotLookedAt).map(({ node }) => node.name));
  return new Map(
    [...removable, ...blocked].flatMap(({ node: { name } }): [string, number][] => {
      const last = waiting.has(name) ? before?.get(name) : turn;
      return last === undefined ? [] : [[name, last]];
    }),
  );
}

/** How many nodes were not looked at for want of time: of those nobody knows whether they could go. */
export function notLookedAt({ blocked }: Pick<Removal, 'blocked'>): number {
  return blocked.filter(isNotLookedAt).length;
}

/** Whether there was no time for a node. */
export function isNotLookedAt({ blockers }: Pick<BlockedNode, 'blockers'>): boolean {
  return blockers.some(({ code }) => code === 'not_looked_at');
}
