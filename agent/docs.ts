/** What the generated tables about the agent are made of. */
import { code, type DocTable } from '../scripts/docs/doc-table.ts';
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { AGENT_OPTIONS } from './src/config.ts';
import { type FeedSpec, allFeeds } from './src/feeds/feeds.ts';
import { LINT_RULES } from './src/lint/lint-rules.ts';
import { registerGauges } from './src/observe/agent-gauges.ts';
import { AgentMetrics } from './src/observe/agent-metrics.ts';
import { describeScrubPolicy } from './src/scrub/describe-scrub-policy.ts';
import { ANNOTATIONS } from './src/scrub/annotation-policy.ts';
import { SCRUB_SWITCHES } from './src/scrub/rules.ts';

export const DOCS: ProgramDocs = {
  options: AGENT_OPTIONS,
  metrics: () => {
    const metrics = new AgentMetrics({ version: '', clock: systemClock });
    registerGauges(metrics, {
      outbox: { pendingBytes: 0, pendingCount: 0 },
      leadership: { status: { role: 'standby' } },
      supervisor: { status: [] },
    });
    return metrics.registry;
  },
  tables: {
    'kinds read': kindsRead,
    'scrub switches': () => ({
      head: ['name', 'lets out'],
      rows: Object.entries(SCRUB_SWITCHES).map(([name, meaning]) => [code(name), meaning]),
    }),
    'lint rules': () => ({
      head: ['id', 'what it tells'],
      rows: LINT_RULES.map(({ id, finding }) => [code(id), finding]),
    }),
    annotations: () => ({
      head: ['key, or all keys of a domain', 'why'],
      rows: ANNOTATIONS.map(({ allow, why }) => [code(allow), why]),
    }),
    'scrub policy': () => ({
      head: ['part', 'all that is sent of it'],
      rows: describeScrubPolicy().map(({ part, isShared, sends }) => [isShared ? `*${part}*` : part, code(sends)]),
    }),
  },
};

function kindsRead(): DocTable {
  const feeds = allFeeds({ configMapNamespaces: ['…'], readRbac: true, readIngress: true });
  const groups = Map.groupBy(feeds, (feed) => [feed.group, noteOf(feed)].join('|'));
  const rows = [...groups.values()].map((of) => {
    const [first] = of;
    const kinds = of.map(({ kind }) => kind).join(', ');
    return [kinds, first?.group === '' ? 'core' : (first?.group ?? ''), first === undefined ? '' : noteOf(first)];
  });
  return { head: ['kinds', 'API group', 'note'], rows };
}

function noteOf(feed: FeedSpec): string {
  if (feed.namespace !== '') return 'only in the namespaces of `CONFIG_MAP_NAMESPACES`';
  if (feed.fieldSelector !== '') return `only those with ${code(feed.fieldSelector)}`;
  if (feed.mode === 'poll') return 'polled';
  if (feed.readSwitch === 'rbac') return 'unless `READ_RBAC` is false';
  return feed.readSwitch === 'ingress' ? 'unless `READ_INGRESS` is false' : '';
}
