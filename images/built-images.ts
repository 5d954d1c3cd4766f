import { join } from 'node:path';
import type { ShippedProgram } from '../scripts/programs.ts';
import { OciLayout } from './oci-layout.ts';

const FOLDER = join(import.meta.dirname, '../dist/images');

/** The images that `npm run image` makes, each with its program's name as tag. */
export function builtImages(): OciLayout {
  return new OciLayout(join(FOLDER, 'oci'));
}

/** Absolute path of the list of what is in a program's image. */
export function sbomOf(program: ShippedProgram): string {
  return join(FOLDER, `${program.name}.cdx.json`);
}
