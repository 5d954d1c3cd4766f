import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { type ShippedProgram, bundleFolder } from '../scripts/programs.ts';
import { bundledPackages } from './bundled-packages.ts';
import { IMAGE_PATHS } from './image-config.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

/**
 * Makes what one program adds to a root file system below `root`: its bundle, the licences of the packages in it, and an empty
 * folder for its compile cache.
 *
 * Source maps stay beside the bundle in `dist`: Node reads them only when it is told to, which costs it memory, and whoever has
 * the image can do without the names of our files. A release keeps them, to read stack traces with.
 */
export function makeProgramFiles(root: string, program: ShippedProgram): void {
  const folder = bundleFolder(program);
  const isAsset = (file: string): boolean =>
    program.assets !== undefined && file.startsWith(`${basename(program.assets)}/`);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!statSync(join(folder, file)).isFile() || !(file.endsWith('.mjs') || isAsset(file))) continue;
    const target = join(root, IMAGE_PATHS.program, file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(folder, file), target);
    chmodSync(target, 0o644);
  }
  // Filled later, by the program's own user: a Dockerfile cannot make a folder that is another's.
  mkdirSync(join(root, IMAGE_PATHS.compileCache));
  const notices = thirdPartyNotices(bundledPackages(readMetafile(program)));
  writeFileSync(join(root, IMAGE_PATHS.notices), notices, { mode: 0o644 });
}

/** esbuild's account of what is in a program's bundle. */
export function readMetafile(program: ShippedProgram): Metafile {
  return JSON.parse(readFileSync(join(bundleFolder(program), 'meta.json'), 'utf8')) as Metafile;
}
