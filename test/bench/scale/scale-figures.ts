import { makeBundle } from '../agent/bundled-agent.ts';
import { memoryFigures } from '../agent/memory-figures.ts';
import type { Figure } from '../figure.ts';
import { awayFigures } from './away-figures.ts';
import { outageFigures } from './outage-figures.ts';
import { overloadFigures } from './overload-figures.ts';
import { roundTripFigures } from './round-trip-figures.ts';

/** The suite `scale`: 150,000 pods, 2,000 changes a second, and platforms that are slow or away. */
export async function scaleFigures(report: (line: string) => void): Promise<Figure[]> {
  makeBundle();
  const figures: Figure[] = [];
  for (const part of [memoryFigures, roundTripFigures, outageFigures, overloadFigures, awayFigures]) {
    figures.push(...(await part(report)));
  }
  return figures;
}
