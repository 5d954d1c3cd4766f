/**
 * `npm run bench -- <suite> [--json]`: measures and prints one row per figure; with `--json` a JSON array alone on the last line.
 * Exit code 1 when a figure is not met, 2 for a suite that does not exist. Ratios are taken within one run, because machines are noisy.
 */
import { agentFigures } from './agent/agent-figures.ts';
import { aksFigures } from './aks/aks-figures.ts';
import { chartFigures } from './chart/chart-figures.ts';
import type { Figure } from './figure.ts';
import { scaleFigures } from './scale/scale-figures.ts';
import { imageFigures } from './images/image-figures.ts';
import { spotFigures } from './spot/spot-figures.ts';

const SUITES: Readonly<Record<string, (report: (line: string) => void) => Promise<Figure[]>>> = {
  agent: agentFigures,
  scale: scaleFigures,
  spot: spotFigures,
  aks: aksFigures,
  chart: chartFigures,
  images: imageFigures,
};

const [name = '', ...flags] = process.argv.slice(2);
const suite = SUITES[name];
const unknown = flags.filter((flag) => flag !== '--json');

if (suite === undefined || unknown.length > 0) {
  const problem =
    unknown.length > 0 ? `unknown argument ${unknown.join(' ')}` : `there is no suite ${JSON.stringify(name)}`;
  console.error(`${problem}\nusage: npm run bench -- <${Object.keys(SUITES).join('|')}> [--json]`);
  process.exitCode = 2;
} else {
  const figures = await suite((line) => console.error(line));
  const width = Math.max(...figures.map(({ figure }) => figure.length));
  for (const { figure, value, unit, target, met } of figures) {
    const verdict = target === '' ? '' : met ? 'met' : 'NOT MET';
    console.log(`${figure.padEnd(width)}  ${`${String(value)} ${unit}`.padStart(14)}  ${target.padEnd(8)} ${verdict}`);
  }
  if (flags.includes('--json')) console.log(JSON.stringify(figures));
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
}
