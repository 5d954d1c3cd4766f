import { makeBundle } from '../make-bundle.ts';
import type { Suite } from '../suite.ts';
import { driftFigures } from './drift-figures.ts';
import { idleFigures } from './idle-figures.ts';
import { largeFigures, passFigures } from './pass-figures.ts';
import { viewFigures } from './view-figures.ts';

/** The suite `evictor`: two of its parts alone, then the whole program by its own defaults beside the fake. */
export const EVICTOR_SUITE: Suite = {
  prepare: () => makeBundle('evictor'),
  parts: { drift: driftFigures, view: viewFigures, pass: passFigures, large: largeFigures, idle: idleFigures },
};
