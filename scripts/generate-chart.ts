/**
 * Copies rules and dashboards of `monitoring/` into the chart, the defaults of its values to where its templates can read them
 * and into its schema, and what the agent knows of its own options. Part of `npm run generate`; with `--check` it only says whether
 * somebody forgot.
 */
import { isDeepStrictEqual } from 'node:util';
import { readFileSync, writeFileSync } from 'node:fs';
import { copyMonitoring, presentCopies, wantedCopies } from './chart/copy-monitoring.ts';
import { filledSchema, SCHEMA_FILE } from './chart/fill-schema.ts';
import { DEFAULTS_FILE, valueDefaults } from './chart/value-defaults.ts';

if (process.argv.includes('--check')) {
  const isFresh =
    isDeepStrictEqual(presentCopies(), wantedCopies()) &&
    readFileSync(DEFAULTS_FILE, 'utf8') === valueDefaults() &&
    readFileSync(SCHEMA_FILE, 'utf8') === (await filledSchema());
  if (!isFresh) {
    console.log(
      'files of the chart are older than monitoring/, values.yaml or the options of the agent: run npm run generate',
    );
    process.exitCode = 1;
  }
} else {
  console.log(`${copyMonitoring()} files of the chart are those of monitoring/ now`);
  writeFileSync(DEFAULTS_FILE, valueDefaults());
  writeFileSync(SCHEMA_FILE, await filledSchema());
}
