/**
 * `npm run generate`: writes the parts of the Markdown files that come from the code, between `<!-- generated: <name> -->` and
 * `<!-- end of generated -->`. With `--check` nothing is written; exit code 1 tells that a part is not what the code gives.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectSections } from './docs/collect-sections.ts';
import { fillSections } from './docs/fill-sections.ts';

const ROOT = join(import.meta.dirname, '..');

const sections = await collectSections();
const used = new Set<string>();
const stale: string[] = [];
for (const path of globSync('**/*.md', { cwd: ROOT, exclude: ['**/node_modules', '**/dist'] }).sort()) {
  const before = readFileSync(join(ROOT, path), 'utf8');
  const after = fillOne(path, before);
  if (after === before) continue;
  stale.push(path);
  if (!process.argv.includes('--check')) writeFileSync(join(ROOT, path), after);
}
const unused = [...sections.keys()].filter((name) => !used.has(name));
if (unused.length > 0) throw new Error(`no Markdown file has a place for ${unused.join(', ')}`);
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`${stale.join(', ')}: not what the code gives: run npm run generate`);
  process.exitCode = 1;
}

function fillOne(path: string, text: string): string {
  try {
    return fillSections(text, sections, used);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
