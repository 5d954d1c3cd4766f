import type { Metafile } from 'esbuild';

/** The last folder of packages in a path, and the package's name after it. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u;

/**
 * Paths, relative to the repository, of the packages whose code is in a bundle: `node_modules/pino`, and of our own workspaces:
 * `shared`. Sorted. A file that esbuild read and left out altogether does not count.
 */
export function bundledPackages({ outputs }: Pick<Metafile, 'outputs'>): string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return [...new Set(files.map((file) => PACKAGE.exec(file)?.[0] ?? file.split('/')[0] ?? file))].sort();
}
