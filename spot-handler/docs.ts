/** What the generated tables about the spot handler are made of. */
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { SPOT_HANDLER_OPTIONS } from './src/config.ts';
import { SpotMetrics } from './src/observe/spot-metrics.ts';

export const DOCS: ProgramDocs = {
  options: SPOT_HANDLER_OPTIONS,
  metrics: () => {
    const sources = {
      pollAgeMs: () => 0,
      pendingReports: () => 0,
      isMarkPending: () => false,
      isMarked: () => false,
      clockErrorMs: () => 0,
    };
    return new SpotMetrics({ version: '', clock: systemClock, mode: 'mark', isDryRun: false, sources }).registry;
  },
};
