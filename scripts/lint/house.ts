import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS, SHIPPED_PROGRAMS } from '../programs.ts';
import { HEAVY_PACKAGES } from './floors.ts';
import type { House, Manifest } from './judge-import.ts';

/** The house below a folder, as its package.json files and the list of programs say. */
export function readHouse(root: string): House {
  const folders = readdirSync(root).filter((folder) => existsSync(join(root, folder, 'package.json')));
  return {
    programs: PROGRAMS.map(({ name }) => name),
    onEveryNode: SHIPPED_PROGRAMS.filter(({ notInMain }) =>
      HEAVY_PACKAGES.every((name) => notInMain.includes(name)),
    ).map(({ name }) => name),
    manifests: Object.fromEntries(['', ...folders].map((folder) => [folder, readManifest(join(root, folder))])),
  };
}

function readManifest(folder: string): Manifest {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Partial<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;
  return { dependencies: Object.keys(dependencies), devDependencies: Object.keys(devDependencies) };
}
