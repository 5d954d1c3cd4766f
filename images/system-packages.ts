import { realpathSync } from 'node:fs';
import { runTool } from './run-tool.ts';

/** A package of Debian. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/**
 * The packages of this machine that files come from, each once, by name. Throws an Error for a file that belongs to none: an image
 * must not hold what nobody can name.
 */
export function systemPackages(files: readonly string[]): SystemPackage[] {
  const names = new Set(files.map(ownerOf));
  return [...names].sort().map((name) => {
    const format = '${Package} ${Version} ${Architecture}';
    const [plainName = '', version = '', architecture = ''] = runTool(['dpkg-query', '-W', '-f', format, name]).split(
      ' ',
    );
    return { name: plainName, version, architecture };
  });
}

/** Where merged, /lib is a link to /usr/lib, and dpkg knows a file by one of its paths only. */
function ownerOf(file: string): string {
  const real = realpathSync(file);
  const paths = [file, real, real.replace(/^\/usr/u, ''), `/usr${real}`];
  for (const path of new Set(paths)) {
    try {
      const [owner] = runTool(['dpkg-query', '-S', path]).split(': ');
      if (owner !== undefined && owner !== '') return owner;
    } catch {
      // Not by this path.
    }
  }
  throw new Error(`${file} belongs to no package of Debian: images are built on Debian`);
}
