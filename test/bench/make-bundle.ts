import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const BUNDLE = join(import.meta.dirname, '../../scripts/bundle.ts');

/** Makes the bundle of a program: what ships is what is measured. Throws an Error when it cannot be made. */
export function makeBundle(program: string): void {
  execFileSync(process.execPath, [BUNDLE, program], { stdio: ['ignore', 'ignore', 'inherit'] });
}
