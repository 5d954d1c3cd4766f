/** Every Markdown file of the repository against the repository. What would be seen is in judge-paper.test.ts. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judgePaper, type Library } from './judge-paper.ts';
import { readPaper } from './read-paper.ts';

const ROOT = join(import.meta.dirname, '../..');

function readLibrary(): Library {
  const files = globSync('**/*', { cwd: ROOT, exclude: ['**/node_modules', '**/dist', '.git'] });
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return {
    papers: files
      .filter((path) => path.endsWith('.md'))
      .map((path) => readPaper(path, readFileSync(join(ROOT, path), 'utf8'))),
    files,
    scripts: Object.keys(scripts),
  };
}

test('papers are short, and what they link to, name and tell to run exists', () => {
  const library = readLibrary();
  expect(library.papers.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'agent/README.md']));
  expect(library.papers.flatMap((paper) => judgePaper(paper, library))).toEqual([]);
});
