import { makeBundle } from '../make-bundle.ts';
import { largestFigures } from './largest-figures.ts';
import { memoryFigures } from '../agent/memory-figures.ts';
import type { Suite } from '../suite.ts';
import { awayFigures } from './away-figures.ts';
import { burstFigures } from './burst-figures.ts';
import { outageFigures } from './outage-figures.ts';
import { overloadFigures } from './overload-figures.ts';
import { realSnapshotFigures } from './real-snapshot-figures.ts';
import { roundTripFigures } from './round-trip-figures.ts';

/** The suite `scale`: 150,000 pods, 2,000 changes a second, and platforms that are slow or away. */
export const SCALE_SUITE: Suite = {
  prepare: () => makeBundle('agent'),
  parts: {
    memory: memoryFigures,
    snapshot: roundTripFigures,
    real: realSnapshotFigures,
    outage: outageFigures,
    burst: burstFigures,
    overload: overloadFigures,
    away: awayFigures,
    largest: largestFigures,
  },
};
