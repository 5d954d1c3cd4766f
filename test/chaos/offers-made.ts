import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import type { HistoryLine } from '../platform-rig/client.ts';

/** What was offered in a run, by what the platform said to it. */
export interface OffersMade {
  readonly held: number;
  readonly wanted: number;
  /** Snapshots that said that nothing may be offered of what was held before. */
  readonly afresh: number;
}

/** Counts what the platform's history has of offers. */
export function countOffers(history: readonly HistoryLine[]): OffersMade {
  const count = (is: (record: HistoryLine['record']) => boolean): number =>
    history.filter(({ record }) => is(record)).length;
  return {
    held: count(({ type, wanted }) => type === 'offer' && wanted !== true),
    wanted: count(({ type, wanted }) => type === 'offer' && wanted === true),
    afresh: count(({ type, afresh }) => type === 'snapshotBegin' && afresh === true),
  };
}

/** What is wrong with a run that was to try offers. The second wire has none. */
export function offersMissing({ held, wanted }: OffersMade, wire: Wire): string[] {
  if (wire === 'ingest')
    return held > 0 ? [] : ['nothing was offered that the platform had: this run has tried no offer'];
  return held + wanted === 0 ? [] : ['something was offered on a wire that has no offers'];
}
