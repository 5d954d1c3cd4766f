/** The figures of the chart (`npm run bench -- chart`): what rendering takes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createHelm } from '../../stages/chart/helm.ts';
import { CI_FOLDER } from '../../../scripts/chart/chart-folder.ts';
import { atMost, type Figure, median, shown } from '../figure.ts';

const RUNS = 9;
const TARGET_SECONDS = 1;

/** Measures everything. `report` hears what is being done. */
export async function chartFigures(report: (line: string) => void = () => undefined): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const major of [4, 3] as const) {
    using helm = await createHelm(major);
    report(`chart: Helm ${major} renders every shape ${RUNS} times`);
    const medians: number[] = [];
    for (const file of readdirSync(CI_FOLDER)) {
      medians.push(median(await secondsOf(() => helm.render('--values', join(CI_FOLDER, file)))));
    }
    const start = median(await secondsOf(() => helm.must('version')));
    figures.push(
      atMost(TARGET_SECONDS, {
        figure: `Helm ${major} renders the slowest of ${medians.length} shapes (median)`,
        value: Math.max(...medians),
        unit: 's',
      }),
      shown({ figure: `Helm ${major} renders the middle one (median)`, value: median(medians), unit: 's' }),
      shown({ figure: `Helm ${major} prints its version (median)`, value: start, unit: 's' }),
    );
  }
  return figures;
}

async function secondsOf(run: () => Promise<unknown>): Promise<number[]> {
  const seconds: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const startedAt = performance.now();
    await run();
    seconds.push((performance.now() - startedAt) / 1000);
  }
  return seconds;
}
