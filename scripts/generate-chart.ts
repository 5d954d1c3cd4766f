/** Copies rules and dashboards of `monitoring/` into the chart. Part of `npm run generate`; a test checks that nobody forgot. */
import { copyMonitoring } from './chart/copy-monitoring.ts';

console.log(`${copyMonitoring()} files of the chart are those of monitoring/ now`);
