import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import { DeltaPace } from './delta-pace.ts';
import type { DeltasCommand, DeltasInput, DeltasState } from './deltas-signals.ts';
import { stepDeltas } from './deltas-state.ts';

const HOUR_MS = 3_600_000;
const AWAY: DeltasInput = { type: 'refused', verdict: { kind: 'UNAVAILABLE', detail: 'HTTP 503' } };

/** Everything is refused for an hour, and taken after it: what was asked of the platform, and how long it was waited each time. */
async function hourAway(from: DeltasState, ask: DeltasInput, seed: number) {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const pace = new DeltaPace({ clock, random: () => random.next() });
  const seen = { begun: 0, prepared: 0, pausesMs: [] as number[] };
  let state = from;
  const inputs: DeltasInput[] = [ask];
  while (inputs.length > 0) {
    const [input] = inputs.splice(0, 1);
    if (input === undefined) break;
    const step = stepDeltas(state, input);
    state = step.state;
    for (const command of step.commands) inputs.push(...(await perform(command)));
  }
  return { ...seen, state, lastMs: clock.monotonicMs() };

  async function perform(command: DeltasCommand): Promise<DeltasInput[]> {
    const isOver = clock.monotonicMs() >= HOUR_MS;
    switch (command.type) {
      case 'begin':
        seen.begun += 1;
        return isOver
          ? [
              { type: 'written', rest: [] },
              { type: 'accepted', token: 't-2' },
            ]
          : [AWAY];
      case 'prepare':
        seen.prepared += 1;
        return [isOver ? { type: 'accepted', token: 't-2' } : AWAY];
      case 'wait': {
        const pauseMs = pace.next(command.kind, command.retryAfterMs);
        seen.pausesMs.push(pauseMs);
        await clock.advance(pauseMs);
        return [{ type: 'timer' }];
      }
      default:
        return [];
    }
  }
}

describe('an hour in which the platform answers nothing but 5xx', () => {
  it('costs a delta that waits nothing: the same items go out again, and no full snapshot', async () => {
    const ready: DeltasState = { phase: 'ready', token: 't-1' };
    for (const seed of [1, 2, 3]) {
      const { begun, prepared, pausesMs, state, lastMs } = await hourAway(ready, { type: 'due', items: [] }, seed);
      expect([seed, begun, state.phase, pausesMs.every((ms) => ms <= 30_000)]).toEqual([seed, 0, 'ready', true]);
      // Half of thirty seconds on average, once the pauses have grown.
      expect(prepared).toBeLessThan(350);
      expect(lastMs - HOUR_MS).toBeLessThanOrEqual(30_000);
    }
  });

  it('is met by full snapshots ever more seldom, a list of the whole cluster each, and one is taken in the end', async () => {
    const closed: DeltasState = { phase: 'registering', token: '' };
    for (const seed of [1, 2, 3]) {
      const input: DeltasInput = { type: 'registered', keptToken: undefined };
      const { begun, state, pausesMs, lastMs } = await hourAway(closed, input, seed);
      expect([seed, state.phase]).toEqual([seed, 'ready']);
      expect(begun).toBeLessThan(50);
      expect(pausesMs.slice(0, 3).every((ms) => ms <= 8_000)).toBe(true);
      expect(lastMs - HOUR_MS).toBeLessThanOrEqual(300_000);
    }
  });
});
