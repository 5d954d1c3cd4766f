import { type Stats, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file, link or folder of an image. */
export interface ImageFile {
  /** Its path in the image. */
  readonly path: string;
  readonly stats: Stats;
}

/** Everything below a root file system, sorted. */
export function imageFiles(rootfs: string): ImageFile[] {
  const paths = readdirSync(rootfs, { recursive: true, encoding: 'utf8' }).sort();
  return paths.map((path) => ({ path: `/${path}`, stats: lstatSync(join(rootfs, path)) }));
}
