/** What the generated tables about AKS init data are made of. */
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { INIT_DATA_OPTIONS } from './src/config.ts';
import { InitDataMetrics } from './src/observe/init-data-metrics.ts';

export const DOCS: ProgramDocs = {
  options: INIT_DATA_OPTIONS,
  metrics: () =>
    new InitDataMetrics({ version: '', clock: systemClock, isSealed: true, isReady: () => false }).registry,
};
