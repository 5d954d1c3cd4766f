/** What the generated tables about the spot handler are made of. */
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { SPOT_HANDLER_OPTIONS } from './src/config.ts';
import { registerGauges } from './src/observe/spot-gauges.ts';
import { SpotMetrics } from './src/observe/spot-metrics.ts';

export const DOCS: ProgramDocs = {
  options: SPOT_HANDLER_OPTIONS,
  metrics: () => {
    const { registry } = new SpotMetrics({ version: '', clock: systemClock, mode: 'mark', isDryRun: false });
    registerGauges(registry, {
      metadataWatch: { ageMs: 0 },
      reporter: { pendingCount: 0 },
      marker: { isPending: false, isMarked: false },
      interruptions: { clockErrorMs: 0 },
    });
    return registry;
  },
};
