import type { Figure } from '../figure.ts';
import { makeBundle } from './bundled-agent.ts';
import { latencyFigures } from './latency-figures.ts';
import { lintFigures } from './lint-figures.ts';
import { memoryFigures } from './memory-figures.ts';
import { realFigures } from './real-figures.ts';

/** The suite `agent`: what the README's performance section shows. */
export async function agentFigures(report: (line: string) => void): Promise<Figure[]> {
  makeBundle();
  return [
    ...(await lintFigures(report)),
    ...(await memoryFigures(report)),
    ...(await realFigures(report)),
    ...(await latencyFigures(report)),
  ];
}
