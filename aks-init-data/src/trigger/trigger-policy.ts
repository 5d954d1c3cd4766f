import type { TriggerPolicy } from './trigger-state.ts';

const HOUR_MS = 3_600_000;
const REFUSED_PAUSE_MS = 24 * HOUR_MS;
const KEY_CHANGE_PAUSE_MS = HOUR_MS;
const YOUNGER_FIRST_MS = HOUR_MS / 2;
/** So that the pods of a pool are not due in the same second. */
const PERIOD_JITTER_MS = HOUR_MS;

/** When this process sends: its options, and what nobody has to choose. The period is up to an hour longer, or one per cent of it. */
export function triggerPolicy(
  { periodMs, sendOnLivePatch }: Pick<TriggerPolicy, 'periodMs' | 'sendOnLivePatch'>,
  random: () => number,
): TriggerPolicy {
  return {
    periodMs: periodMs + Math.round(random() * Math.min(PERIOD_JITTER_MS, periodMs / 100)),
    sendOnLivePatch,
    refusedPauseMs: REFUSED_PAUSE_MS,
    keyChangePauseMs: KEY_CHANGE_PAUSE_MS,
    youngerFirstMs: YOUNGER_FIRST_MS,
  };
}
