import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProgramDocs } from './program-docs.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What each program tells of itself, by its folder: whatever folder has a `docs.ts`. */
export async function readProgramDocs(): Promise<Map<string, ProgramDocs>> {
  const all = new Map<string, ProgramDocs>();
  for (const path of globSync('*/docs.ts', { cwd: ROOT }).sort()) {
    const { DOCS } = (await import(join(ROOT, path))) as { readonly DOCS: ProgramDocs };
    all.set(dirname(path), DOCS);
  }
  return all;
}
