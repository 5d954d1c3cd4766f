/**
 * Copies rules and dashboards of `monitoring/` into the chart, and the defaults of its values to where its templates can read them. Part
 * of `npm run generate`; tests check that nobody forgot.
 */
import { writeFileSync } from 'node:fs';
import { copyMonitoring } from './chart/copy-monitoring.ts';
import { DEFAULTS_FILE, valueDefaults } from './chart/value-defaults.ts';

console.log(`${copyMonitoring()} files of the chart are those of monitoring/ now`);
writeFileSync(DEFAULTS_FILE, valueDefaults());
