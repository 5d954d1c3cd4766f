/** What the generated tables about the evictor are made of. */
import type { DocTable } from '../scripts/docs/doc-table.ts';
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { EVICTOR_OPTIONS } from './src/config.ts';
import { BUDGET_PROBLEMS } from './src/judge/judge-budgets.ts';
import { DRIFT_REASONS } from './src/judge/judge-drift.ts';
import { EvictorMetrics } from './src/observe/evictor-metrics.ts';
import { type ReasonText, REASONS } from './src/simulate/reason.ts';
import { VIEW_FEEDS } from './src/view/view-feeds.ts';

export const DOCS: ProgramDocs = {
  options: EVICTOR_OPTIONS,
  metrics: () =>
    new EvictorMetrics({
      version: '',
      clock: systemClock,
      view: { isReady: () => false, isLeader: () => false, latest: () => undefined },
    }).registry,
  tables: {
    reads: () => ({
      head: ['collections', 'for the reports'],
      rows: [...Map.groupBy(VIEW_FEEDS, ({ reports }) => reports.join(', '))].map(([reports, feeds]) => [
        feeds.map(({ collection }) => `\`${collection}\``).join(', '),
        reports,
      ]),
    }),
    'reasons to stay': () => reasonTable(REASONS),
    'reasons to renew': () => reasonTable(DRIFT_REASONS),
    'budget problems': () => reasonTable(BUDGET_PROBLEMS),
  },
};

function reasonTable(reasons: Readonly<Record<string, ReasonText>>): DocTable {
  return {
    head: ['reason', 'what it means', 'what to do'],
    rows: Object.entries(reasons).map(([code, { words, cure }]) => [`\`${code}\``, words, cure]),
  };
}
