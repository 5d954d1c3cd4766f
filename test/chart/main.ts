/** Copies rules and dashboards from `monitoring/` into the chart: `node test/chart/main.ts`. A test checks that nobody forgot. */
import { copyMonitoring } from './copy-monitoring.ts';

console.log(`${copyMonitoring()} files of the chart are those of monitoring/ now`);
