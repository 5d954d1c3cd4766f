import type { Suite } from '../suite.ts';
import { makeBundle } from '../make-bundle.ts';
import { latencyFigures } from './latency-figures.ts';
import { encodingFigures } from './encoding-figures.ts';
import { lintFigures } from './lint-figures.ts';
import { memoryFigures } from './memory-figures.ts';
import { realFigures } from './real-figures.ts';

/** The suite `agent`: what the README's performance section shows. */
export const AGENT_SUITE: Suite = {
  prepare: () => makeBundle('agent'),
  parts: {
    lint: lintFigures,
    memory: memoryFigures,
    real: realFigures,
    latency: latencyFigures,
    encoding: encodingFigures,
  },
};
