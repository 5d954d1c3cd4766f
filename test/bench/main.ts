/**
 * `npm run bench -- <suite> [part …] [--json]`: measures and prints one row per figure; with `--json` a JSON array alone on the last line.
 * Exit code 1 when a figure is not met, 2 for a suite or a part that does not exist. Ratios are taken within one run, because machines are
 * noisy.
 */
import { readCall, refuseCall } from '../../scripts/read-call.ts';
import { AGENT_SUITE } from './agent/agent-suite.ts';
import { makeBundle } from './make-bundle.ts';
import { aksFigures } from './aks/aks-figures.ts';
import { chartFigures } from './chart/chart-figures.ts';
import { CONTROLLER_SUITE } from './controller/controller-suite.ts';
import { EVICTOR_SUITE } from './evictor/evictor-suite.ts';
import type { Figure } from './figure.ts';
import { imageFigures } from './images/image-figures.ts';
import { SCALE_SUITE } from './scale/scale-suite.ts';
import { spotFigures } from './spot/spot-figures.ts';
import { wireFigures } from './wire/wire-figures.ts';
import { type Measure, partsOf, type Suite } from './suite.ts';

const SUITES: Readonly<Record<string, Suite>> = {
  agent: AGENT_SUITE,
  scale: SCALE_SUITE,
  spot: { prepare: () => makeBundle('spot-handler'), parts: { all: spotFigures } },
  aks: { prepare: () => makeBundle('aks-init-data'), parts: { all: aksFigures } },
  chart: { parts: { all: chartFigures } },
  images: { parts: { all: imageFigures } },
  'wire-v1': { prepare: () => makeBundle('agent'), parts: { all: wireFigures } },
  evictor: EVICTOR_SUITE,
  controller: CONTROLLER_SUITE,
};

const USAGE = `npm run bench -- <${Object.keys(SUITES).join('|')}> [part …] [--json]

Measures the suite, or parts of it, and prints a row for each figure. Exit code 1: a figure is not met.

  --json   also all figures as one line of JSON, the last line
  --help   this text`;

const { values, positionals } = readCall(USAGE, { options: { json: { type: 'boolean' } }, operands: true });
const [name = '', ...others] = positionals;
const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
const parts = chosen();

suite?.prepare?.();
const figures: Figure[] = [];
for (const measure of parts) figures.push(...(await measure((line) => console.error(line))));
const width = Math.max(...figures.map(({ figure }) => figure.length));
for (const { figure, value, unit, target, met } of figures) {
  const verdict = target === '' ? '' : met ? 'met' : 'NOT MET';
  console.log(`${figure.padEnd(width)}  ${`${String(value)} ${unit}`.padStart(14)}  ${target.padEnd(8)} ${verdict}`);
}
if (values.json === true) console.log(JSON.stringify(figures));
process.exitCode = figures.every(({ met }) => met) ? 0 : 1;

/** What to measure. Ends the script when the arguments name nothing that there is. */
function chosen(): Measure[] {
  if (suite === undefined) refuseCall(USAGE, `there is no suite ${JSON.stringify(name)}`);
  try {
    return partsOf(suite, others);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuseCall(USAGE, error.message);
  }
}
