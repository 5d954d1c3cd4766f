import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from '../chart/chart-folder.ts';
import { packagedText } from './packaged-text.ts';

const LICENSE = join(import.meta.dirname, '../../LICENSE');
const DOCUMENTS = ['README.md', 'UPGRADING.md'];

/** Copies the chart into `<folder>/castai` as it is packaged, with license and examples; gives that path. See `packagedText`. */
export function stageChart(folder: string, repository?: string): string {
  const chart = join(folder, 'castai');
  cpSync(CHART, chart, { recursive: true });
  renameSync(join(chart, 'ci'), join(chart, 'examples'));
  cpSync(LICENSE, join(chart, 'LICENSE'));
  writeFileSync(join(chart, '.helmignore'), '*.tgz\n');
  for (const name of DOCUMENTS) {
    const path = join(chart, name);
    writeFileSync(path, packagedText(readFileSync(path, 'utf8'), repository));
  }
  return chart;
}
