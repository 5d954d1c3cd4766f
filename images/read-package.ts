import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a package says about itself. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  /** As in package.json; `no licence named` if there is none. */
  readonly license: string;
}

const ROOT = join(import.meta.dirname, '..');

/** Reads the package.json of a package or workspace, given by its path in the repository; the empty path is the repository itself. */
export function readPackage(path: string): PackageFacts {
  const { name, version, license } = JSON.parse(
    readFileSync(join(ROOT, path, 'package.json'), 'utf8'),
  ) as Partial<PackageFacts>;
  if (name === undefined || version === undefined) throw new Error(`${path}/package.json has no name or no version`);
  return { name, version, license: license ?? 'no licence named' };
}
