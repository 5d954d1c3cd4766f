import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ensureKubeconform } from '../../scripts/tools/chart-binaries.ts';
import { SCHEMA_LOCATION } from './json-schemas.ts';

/** What kubeconform says of one object. */
export interface Verdict {
  readonly filename: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly msg: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Has kubeconform check the files of a folder, strictly and against our own schemas alone. Throws when it did not run. */
export async function runKubeconform(folder: string, schemas: string): Promise<Verdict[]> {
  const binary = await ensureKubeconform(console.log);
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', join(schemas, SCHEMA_LOCATION), folder];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(binary, args, { env: { PATH: '' }, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      // It also ends with 1 when an object is wrong, and then says which.
      if (error !== null && !stdout.includes('"resources"')) reject(new Error(`kubeconform: ${stderr}${stdout}`));
      else resolve(stdout);
    });
  });
  return (JSON.parse(output) as { resources: Verdict[] }).resources;
}
