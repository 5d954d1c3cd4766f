/**
 * Generates `shared/src/wire/ingest/ingest.js` and `ingest.d.ts` from `ingest.proto`: JavaScript with its types beside it,
 * because generated TypeScript would hold enums and namespaces, which type stripping cannot run.
 * With `--check` nothing is written; exit code 1 tells that the committed files are not what the .proto gives.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../shared/src/wire/ingest');
const work = mkdtempSync(join(tmpdir(), 'castai-wire-'));
const pbjs: { main: (args: string[], callback: (error: Error | null) => void) => void } = createRequire(
  import.meta.url,
)('protobufjs-cli/pbjs');

// Only encode and decode are used: everything else that pbjs can write would be dead code in the bundle.
const unused = ['create', 'verify', 'convert', 'delimited', 'typeurl', 'service'].map((part) => `--no-${part}`);

function generate(out: string, more: string[]): Promise<void> {
  const args = ['-t', 'static-module', '-w', 'esm', ...unused, ...more, '-o', out, join(folder, 'ingest.proto')];
  return new Promise((resolve, reject) => {
    pbjs.main(args, (error) => (error ? reject(error) : resolve()));
  });
}

// The declarations are made from the comments, which the JavaScript itself does not need to carry.
await generate(join(work, 'typed.js'), ['--dts']);
await generate(join(work, 'ingest.js'), ['--no-comments']);

let stale = false;
for (const [made, name] of [
  ['ingest.js', 'ingest.js'],
  ['typed.d.ts', 'ingest.d.ts'],
] as const) {
  const fresh = readFileSync(join(work, made), 'utf8');
  const target = join(folder, name);
  if (!process.argv.includes('--check')) writeFileSync(target, fresh);
  else if (readFileSync(target, 'utf8') !== fresh) {
    stale = true;
    console.error(`${name} is not what ingest.proto gives: run npm run generate`);
  }
}
rmSync(work, { recursive: true });
process.exitCode = stale ? 1 : 0;
