/** What the generated tables about the platform are made of. */
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { PLATFORM_OPTIONS } from './src/config.ts';
import { Counters } from './src/observe/counters.ts';
import { PlatformMetrics } from './src/observe/platform-metrics.ts';

export const DOCS: ProgramDocs = {
  options: PLATFORM_OPTIONS,
  metrics: () => {
    const store = {
      clusters: async () => [],
      feeds: async () => [],
      countObjects: async () => 0,
      findings: async () => ({ judged: 0, broken: 0, counts: [] }),
    };
    return new PlatformMetrics({ store, counters: new Counters(), version: '' }).registry;
  },
};
