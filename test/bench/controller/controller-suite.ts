import { makeBundle } from '../make-bundle.ts';
import type { Suite } from '../suite.ts';
import { drainFigures, realDrainFigures } from './drain-figures.ts';
import { idleFigures } from './idle-figures.ts';
import { writeFigures } from './write-figures.ts';

/** The suite `controller`: the whole program by its own defaults, beside the fake; `real` is `drains` with a real API server. */
export const CONTROLLER_SUITE: Suite = {
  prepare: () => makeBundle('cluster-controller'),
  parts: { write: writeFigures, drains: drainFigures, real: realDrainFigures, idle: idleFigures },
};
