import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import { WIRES } from '../judges/wire-promises.ts';
import { type AgentChaosChoice, type ReadEncoding, runAgentChaos } from './agent-chaos.ts';

/** What agents speak and read; each that is left out comes up by turns. */
export interface Combination {
  readonly wire?: Wire;
  readonly encoding?: ReadEncoding;
}

/** How long to go on, and with what. */
export interface AgentRuns extends Combination {
  readonly first: number;
  /** No run begins later, by the monotonic clock; every combination has its turn all the same. */
  readonly untilMs: number;
  readonly steps: number;
}

const ENCODINGS: readonly ReadEncoding[] = ['auto', 'json'];

/** Whether words name a combination. */
export function isCombination(words: { readonly wire?: string; readonly encoding?: string }): words is Combination {
  const isOf = (word: string | undefined, known: readonly string[]): boolean =>
    word === undefined || known.includes(word);
  return isOf(words.wire, WIRES) && isOf(words.encoding, ENCODINGS);
}

/** Runs one seed after another, with every combination by turns, until something is found or the time is over. False: something was found. */
export async function repeatAgentChaos({ first, untilMs, steps, ...chosen }: AgentRuns): Promise<boolean> {
  const combinations = combinationsOf(chosen).length;
  const offers = { held: 0, wanted: 0 };
  for (let run = 0; run < combinations || performance.now() < untilMs; run += 1) {
    const choice = choiceOf({ first, steps, run }, chosen);
    const found = await runOne(choice, offers);
    if (found > 0) return false;
  }
  console.log(
    `in all ${String(offers.held)} offers of what the platform had, ${String(offers.wanted)} of what it wanted`,
  );
  return true;
}

/** What a run of a row is, counted from 0. */
export function choiceOf(
  { first, steps, run }: { readonly first: number; readonly steps: number; readonly run: number },
  chosen: Combination,
): AgentChaosChoice {
  const combinations = combinationsOf(chosen);
  // Shifted by one every time, or a combination would always meet seeds of one kind.
  const turn = (run + Math.floor(run / combinations.length)) % combinations.length;
  return { seed: first + run, steps, ...(combinations[turn] ?? { wire: 'ingest', encoding: 'json' }) };
}

type Pair = Required<Combination>;

function combinationsOf({ wire, encoding }: Combination): Pair[] {
  const wires = wire === undefined ? WIRES : [wire];
  const encodings = encoding === undefined ? ENCODINGS : [encoding];
  return wires.flatMap((one) => encodings.map((other) => ({ wire: one, encoding: other })));
}

async function runOne(choice: AgentChaosChoice, sum: { held: number; wanted: number }): Promise<number> {
  const { seed, steps, wire, encoding } = choice;
  const startedAtMs = performance.now();
  console.log(`--seed ${String(seed)} --steps ${String(steps)} --wire ${wire} --encoding ${encoding}`);
  const { found, told, offers, demotions } = await runAgentChaos(choice);
  const { held, wanted, afresh } = offers;
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const made = `offers: ${String(held)} held, ${String(wanted)} wanted, ${String(afresh)} snapshots afresh`;
  console.log(
    `  ${String(seconds)} s; ${made}; ${String(demotions)} demotions; ${String(found.length)} promises broken`,
  );
  if (found.length > 0) console.log([...told, ...found].map((line) => `  ${line}`).join('\n'));
  sum.held += held;
  sum.wanted += wanted;
  return found.length;
}
