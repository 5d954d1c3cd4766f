import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test, or a row of one that is run for several. */
export interface NamedTest {
  /** Path from the root of the repository. */
  readonly file: string;
  /** As it stands in the source, without the numbers of the faults behind it. */
  readonly name: string;
}

/** Numbers in brackets within a text in quotes: `'is reset in the middle of a frame (C3)'`. */
const NAMED = /(['"`])((?:\\.|(?!\1)[^\\])*?) \(((?:[CI]\d{1,2}(?:, )?)+)\)((?:\\.|(?!\1)[^\\])*?)\1/gu;

/** Tests that name faults in a file's text, with the faults that they name. */
export function namesIn(file: string, text: string): [id: string, test: NamedTest][] {
  return text.split('\n').flatMap((line) =>
    [...line.matchAll(NAMED)].flatMap(([, , before = '', ids = '', after = '']) => {
      const name = `${before}${after}`.replaceAll(/\\(.)/gu, '$1');
      return ids.split(', ').map((id): [string, NamedTest] => [id, { file, name }]);
    }),
  );
}

/** Tests of all tiers that name faults, by fault, in the order of their files. */
export function readNamedTests(root: string): Map<string, NamedTest[]> {
  const found = new Map<string, NamedTest[]>();
  const files = globSync('**/*.test.ts', { cwd: root, exclude: ['**/node_modules', '**/dist', 'test/faults'] });
  for (const file of files.sort()) {
    for (const [id, test] of namesIn(file, readFileSync(join(root, file), 'utf8'))) {
      found.set(id, [...(found.get(id) ?? []), test]);
    }
  }
  return found;
}
