/**
 * Writes the definitions of Kubernetes' types into the schema of the chart's values, from the API server that the tests run:
 * `npm run kubernetes-types`. Due when that server's version changes; a test says so.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { filledSchema, printSchema, SCHEMA_FILE } from '../../scripts/chart/fill-schema.ts';
import type { Json } from '../../scripts/chart/kubernetes-bounds.ts';
import { startCluster } from '../cluster/cluster.ts';
import { servedTypes } from './served-types.ts';
import { readCall } from '../../scripts/read-call.ts';

readCall(
  `npm run kubernetes-types

Writes the definitions of Kubernetes' types into the schema of the chart's values anew, from a real API server.`,
  { options: {} },
);

await using cluster = await startCluster({ onProgress: console.log });
const schema = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as Json;
const definitions = await servedTypes(cluster);
writeFileSync(SCHEMA_FILE, printSchema({ ...schema, definitions }));
writeFileSync(SCHEMA_FILE, await filledSchema());
console.log(`${Object.keys(definitions).length} types of Kubernetes are in ${SCHEMA_FILE} now`);
