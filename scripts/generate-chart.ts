/**
 * Writes what the chart has from elsewhere: rules and dashboards of `monitoring/`, and the table of values in its README. Part of
 * `npm run generate`; tests check that nobody forgot.
 */
import { copyMonitoring } from './chart/copy-monitoring.ts';
import { writeReadme } from './chart/values-table.ts';

console.log(`${copyMonitoring()} files of the chart are those of monitoring/ now`);
writeReadme();
