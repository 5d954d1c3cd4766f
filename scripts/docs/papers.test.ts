/** Every Markdown file of the repository against the repository. What would be seen is in judge-paper.test.ts. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAMS } from '../programs.ts';
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

/** Who reads the first has to find the second. */
const MUST_LINK = [
  ['README.md', 'docs/what-leaves-the-cluster.md'],
  ['README.md', 'SECURITY.md'],
  ['README.md', 'ARCHITECTURE.md'],
  ['README.md', 'CONTRIBUTING.md'],
  ['SECURITY.md', 'docs/what-leaves-the-cluster.md'],
  ['CONTRIBUTING.md', 'ARCHITECTURE.md'],
  ...PROGRAMS.flatMap(({ name }) => [
    ['README.md', `${name}/README.md`],
    ['ARCHITECTURE.md', `${name}/ARCHITECTURE.md`],
    [`${name}/README.md`, 'ARCHITECTURE.md'],
    [`${name}/ARCHITECTURE.md`, 'README.md'],
  ]),
] as const;

test('from the first paper the others are found: those of every program, and those for who has to allow them', () => {
  const { papers } = readLibrary();
  const missing = MUST_LINK.filter(
    ([from, to]) =>
      !papers.some(({ path, lines }) => path === from && lines.some(({ text }) => text.includes(`](${to}`))),
  );
  expect(missing).toEqual([]);
});

test('papers are short, and what they link to, name and tell to run exists', () => {
  const library = readLibrary();
  expect(library.papers.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'agent/README.md']));
  expect(library.papers.flatMap((paper) => judgePaper(paper, library))).toEqual([]);
});
