/** What keeps a cluster's picture from being complete and new, one row a cause. Pure. */
import type { FeedView } from './feed-view.ts';

/** One cause. */
export interface ClusterProblem {
  readonly key: string;
  readonly tone: 'bad' | 'warn';
  readonly title: string;
  /** In the words of the agent, or the API server's. */
  readonly why: string;
  /** What to do; empty: nothing, it ends by itself. */
  readonly cure: string;
  /** The kinds that it is about, by name. */
  readonly feeds: readonly string[];
}

const KINDS: Readonly<Record<string, Omit<ClusterProblem, 'key' | 'why' | 'feeds'>>> = {
  FORBIDDEN: {
    tone: 'bad',
    title: 'may not be read',
    cure: 'Give the agent’s service account the right to list and watch them (the chart does), or leave them out there.',
  },
  REFUSED: {
    tone: 'bad',
    title: 'are not taken by the platform',
    cure: 'The agent’s log says which objects, and why.',
  },
  DEGRADED: {
    tone: 'warn',
    title: 'cannot be read now, and stay as they were',
    cure: 'The agent tries again by itself. If it lasts, `agent doctor` names the cause.',
  },
};

/** The causes, the gravest first, then those with most kinds. */
export function clusterProblems(feeds: readonly FeedView[]): ClusterProblem[] {
  const troubled = feeds.filter(({ state }) => Object.hasOwn(KINDS, state));
  const causes = Map.groupBy(troubled, ({ state, reason }) => `${state} ${reason}`);
  return [...causes]
    .flatMap(([key, members]) => {
      const [first] = members;
      const kind = first && KINDS[first.state];
      if (!kind) return [];
      const names = members.map(({ resource, group }) => (group === '' ? resource : `${resource}.${group}`));
      const title = `${names.length === 1 ? (names[0] ?? '') : `${names.length} kinds`} ${kind.title}`;
      return [{ ...kind, key, title, why: first.reason, feeds: names }];
    })
    .sort((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn') || b.feeds.length - a.feeds.length);
}
