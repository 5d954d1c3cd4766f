import { join } from 'node:path';
import { PROGRAMS } from '../../../scripts/programs.ts';
import { startProgram } from '../child-program.ts';

const ENTRY = join(import.meta.dirname, '../../../images/main.ts');
const LIMIT_MS = 600_000;

/** `npm run image` for these programs, or all. Throws with its last lines when it fails. */
export async function buildImages(...names: readonly string[]): Promise<void> {
  const wanted = names.length === 0 ? PROGRAMS.map(({ name }) => name) : names;
  await using builder = startProgram({ entry: ENTRY, name: 'npm run image', args: wanted });
  // The last line of the last of them: whatever ends it before is told with what it said.
  await builder.waitForLine((text) => text === `dist/images/${wanted.at(-1)}.cdx.json`, LIMIT_MS);
  await builder.exit;
}
