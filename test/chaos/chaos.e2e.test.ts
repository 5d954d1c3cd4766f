/**
 * One agent, one cluster, one platform, and half a minute in which everything goes wrong at once, chosen by a seed. `SEED` repeats a run,
 * `CHAOS_STEPS` makes it longer; `npm run chaos -- agent` does it for as long as somebody has time, with every encoding on each wire.
 */
import { expect, test } from 'vitest';
import { WIRES } from '../judges/wire-promises.ts';
import { type ReadEncoding, runAgentChaos } from './agent-chaos.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const STEPS = Number(process.env['CHAOS_STEPS'] ?? 14);
/** Of the two wires one reads protobuf, by turns. */
const ENCODINGS: Readonly<Record<string, ReadEncoding>> =
  SEED % 4 < 2 ? { ingest: 'auto', 'agent-deltas': 'json' } : { ingest: 'json', 'agent-deltas': 'auto' };

test.for(WIRES)(
  `everything goes wrong at once on %s, and in the end all is well (I1-I7, SEED=${SEED})`,
  async (wire) => {
    const choice = { seed: SEED, steps: STEPS, wire, encoding: ENCODINGS[wire] ?? 'json' };
    const { found, told } = await runAgentChaos(choice);
    if (found.length > 0) console.log([JSON.stringify(choice), ...told].join('\n'));
    expect(found).toEqual([]);
  },
);
