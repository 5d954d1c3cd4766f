import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from './chart-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What the chart carries of `monitoring/`, which is the only source: Helm reads nothing outside of a chart. */
const COPIED = [
  { folder: 'rules', suffix: '.yaml' },
  { folder: 'dashboards', suffix: '.json' },
] as const;

/** Single files of it. */
const FILES = ['inhibition.yaml'] as const;

/** A file of the chart that has to be what it is in `monitoring/`. */
export interface Copy {
  /** Path of the copy inside of the chart. */
  readonly path: string;
  readonly text: string;
}

/** The copies as they should be. */
export function wantedCopies(): Copy[] {
  const folders = COPIED.flatMap(({ folder, suffix }) => readFolder(join(ROOT, 'monitoring', folder), suffix, folder));
  return [...folders, ...FILES.map((name) => readOne(join(ROOT, 'monitoring', name), name))];
}

/** The copies as they are. */
export function presentCopies(): Copy[] {
  const folders = COPIED.flatMap(({ folder, suffix }) => readFolder(join(CHART, 'files', folder), suffix, folder));
  return [...folders, ...FILES.map((name) => readOne(join(CHART, 'files', name), name))];
}

/** Makes them what they should be; gives the number of files. */
export function copyMonitoring(): number {
  const copies = wantedCopies();
  for (const { folder } of COPIED) {
    rmSync(join(CHART, 'files', folder), { recursive: true, force: true });
    mkdirSync(join(CHART, 'files', folder), { recursive: true });
  }
  for (const { path, text } of copies) writeFileSync(join(CHART, path), text);
  return copies.length;
}

function readOne(path: string, name: string): Copy {
  return { path: join('files', name), text: existsSync(path) ? readFileSync(path, 'utf8') : '' };
}

function readFolder(source: string, suffix: string, folder: string): Copy[] {
  // Git keeps no empty folders.
  if (!existsSync(source)) return [];
  const names = readdirSync(source).filter((name) => name.endsWith(suffix));
  return names.sort().map((name) => ({
    path: join('files', folder, name),
    text: readFileSync(join(source, name), 'utf8'),
  }));
}
