import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import type { Condition, Observation, Severity } from './condition.ts';
import {
  type Episode,
  type EpisodeCommand,
  episodeFrom,
  type EpisodeState,
  LONGEST_STEP_MS,
  stepEpisode,
} from './episode-state.ts';

const POLICY = { forMs: 60_000, keepMs: 300_000 };
const START_MS = 1_000_000;
const NOW_MS = START_MS + 10_000;

const trouble = (severity: Severity): Condition => ({ severity, summary: 's', reason: 'r', cure: 'c' });
const holds = (severity: Severity): Observation => ({ type: 'holds', condition: trouble(severity) });
const CLEAR: Observation = { type: 'clear' };
const clear = (length: number): Observation[] => Array.from({ length }, () => CLEAR);
const UNKNOWN: Observation = { type: 'unknown' };

type Sight = 'holds' | 'holds worse' | 'clear' | 'unknown';
const sights: Record<Sight, Observation> = {
  holds: holds('warning'),
  'holds worse': holds('critical'),
  clear: CLEAR,
  unknown: UNKNOWN,
};

const mild: Episode = { startedAtMs: START_MS, severities: ['warning'], condition: trouble('warning') };
const grave: Episode = { startedAtMs: START_MS, severities: ['warning', 'critical'], condition: trouble('critical') };
const heldLook = { atMs: START_MS, seen: 'holds' } as const;
const clearLook = { atMs: START_MS, seen: 'clear' } as const;
const pending = { phase: 'pending', startedAtMs: START_MS, look: heldLook, heldMs: 0, clearMs: 0 } as const;
const clearing = { phase: 'clearing', episode: mild, look: clearLook, clearMs: 0, clearedAtMs: START_MS } as const;

type Name =
  | 'quiet'
  | 'pending'
  | 'pending, nearly held'
  | 'pending, nearly over'
  | 'pending, unknown meanwhile'
  | 'firing'
  | 'firing, as bad as can be'
  | 'clearing'
  | 'clearing, nearly over'
  | 'clearing, unknown meanwhile';
const states: Record<Name, EpisodeState> = {
  quiet: { phase: 'quiet' },
  pending,
  'pending, nearly held': { ...pending, heldMs: 50_000 },
  'pending, nearly over': { ...pending, look: clearLook, clearMs: 50_000 },
  'pending, unknown meanwhile': {
    ...pending,
    look: { atMs: START_MS, seen: 'unknown' },
    heldMs: 50_000,
    clearMs: 50_000,
  },
  firing: { phase: 'firing', episode: mild },
  'firing, as bad as can be': { phase: 'firing', episode: grave },
  clearing,
  'clearing, nearly over': { ...clearing, clearMs: 290_000 },
  'clearing, unknown meanwhile': { ...clearing, clearMs: 290_000, look: { atMs: START_MS, seen: 'unknown' } },
};

/** What a look ten seconds later leads to: the phase, and what is told. */
const table: Record<Name, Record<Sight, string>> = {
  quiet: { holds: 'pending', 'holds worse': 'pending', clear: 'quiet', unknown: 'quiet' },
  pending: { holds: 'pending', 'holds worse': 'pending', clear: 'pending', unknown: 'pending' },
  'pending, nearly held': {
    holds: 'firing fire:warning',
    'holds worse': 'firing fire:critical',
    clear: 'pending',
    unknown: 'pending',
  },
  'pending, nearly over': { holds: 'pending', 'holds worse': 'pending', clear: 'quiet', unknown: 'pending' },
  'pending, unknown meanwhile': { holds: 'pending', 'holds worse': 'pending', clear: 'pending', unknown: 'pending' },
  firing: { holds: 'firing', 'holds worse': 'firing fire:warning,critical', clear: 'clearing', unknown: 'firing' },
  'firing, as bad as can be': { holds: 'firing', 'holds worse': 'firing', clear: 'clearing', unknown: 'firing' },
  clearing: { holds: 'firing', 'holds worse': 'firing fire:warning,critical', clear: 'clearing', unknown: 'clearing' },
  'clearing, nearly over': {
    holds: 'firing',
    'holds worse': 'firing fire:warning,critical',
    clear: 'quiet resolve:warning',
    unknown: 'clearing',
  },
  'clearing, unknown meanwhile': {
    holds: 'firing',
    'holds worse': 'firing fire:warning,critical',
    clear: 'clearing',
    unknown: 'clearing',
  },
};

const words = (commands: readonly EpisodeCommand[]): string[] =>
  commands.map(({ type, episode }) => `${type}:${episode.severities.join(',')}`);

/** Looks every so often at what is seen, and gives what was told. */
function watch(seen: readonly Observation[], everyMs: number, from: EpisodeState = { phase: 'quiet' }): string[] {
  let state = from;
  return seen.flatMap((observation, index) => {
    const step = stepEpisode(state, { nowMs: START_MS + index * everyMs, observation }, POLICY);
    ({ state } = step);
    return words(step.commands);
  });
}

describe('an episode', () => {
  it('begins although each of its parts is short: what is over in between is not added up', () => {
    // Five seconds there, twenty-five away, again and again.
    const flaps = Array.from({ length: 13 }, () => [holds('warning'), ...clear(5)]).flat();
    expect(watch(flaps, 5_000)).toEqual(['fire:warning']);
    expect(watch(flaps.slice(0, 12 * 6), 5_000)).toEqual([]);
  });

  it('goes on as the table says', () => {
    const seen: Record<string, Record<string, string>> = {};
    for (const [name, state] of Object.entries(states)) {
      seen[name] = {};
      for (const [sight, observation] of Object.entries(sights)) {
        const step = stepEpisode(state, { nowMs: NOW_MS, observation }, POLICY);
        seen[name][sight] = [step.state.phase, ...words(step.commands)].join(' ');
      }
    }
    expect(seen).toEqual(table);
  });

  it('is one, however often it comes and goes in a minute, and is told although no stretch of it is long', () => {
    const flaps = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? holds('warning') : CLEAR));
    expect(watch(flaps, 600)).toEqual([]);
    expect(watch([...flaps, ...flaps, ...flaps], 600)).toEqual(['fire:warning']);
  });

  it('is none when trouble has passed before anybody would be told', () => {
    expect(watch([holds('critical'), holds('critical'), ...clear(60)], 10_000)).toEqual([]);
  });

  it('does not begin or end because the clock has jumped, or nobody has looked for an hour', () => {
    const hour = 3_600_000;
    expect(watch([holds('warning'), holds('warning')], hour)).toEqual([]);
    expect(watch([CLEAR, CLEAR, CLEAR], hour, episodeFrom(mild))).toEqual([]);
    expect(watch([holds('warning'), holds('warning'), holds('warning')], -hour)).toEqual([]);
    // It does once it was looked at for long enough.
    expect(watch(clear(12), hour, episodeFrom(mild))).toEqual(['resolve:warning']);
    expect(LONGEST_STEP_MS * 11).toBeGreaterThanOrEqual(POLICY.keepMs);
  });

  it('ends when it was first seen to be over, and not before it began', () => {
    const over = { ...clearing, clearMs: POLICY.keepMs };
    const ended = (clearedAtMs: number): EpisodeCommand[] => [
      ...stepEpisode({ ...over, clearedAtMs }, { nowMs: NOW_MS, observation: CLEAR }, POLICY).commands,
    ];
    expect(ended(START_MS + 5)).toEqual([{ type: 'resolve', episode: mild, endedAtMs: START_MS + 5 }]);
    expect(ended(START_MS - 5)).toEqual([{ type: 'resolve', episode: mild, endedAtMs: START_MS }]);
  });

  it('is told at once where there is no time to wait', () => {
    const { commands } = stepEpisode(
      { phase: 'quiet' },
      { nowMs: START_MS, observation: holds('warning') },
      { forMs: 0, keepMs: 0 },
    );
    expect(commands).toEqual([{ type: 'fire', episode: mild }]);
  });

  it('goes on after a restart where it was', () => {
    expect(watch([holds('warning')], 10_000, episodeFrom(mild))).toEqual([]);
    expect(watch([holds('critical')], 10_000, episodeFrom(mild))).toEqual(['fire:warning,critical']);
    expect(watch([UNKNOWN, UNKNOWN], 600_000, episodeFrom(mild))).toEqual([]);
    expect(episodeFrom(undefined)).toEqual({ phase: 'quiet' });
  });

  for (const seed of [1, 18, 1_829]) {
    it(`alternates, only becomes worse, and is told no oftener than its times allow, on a walk of seed ${seed}`, () => {
      const random = new SeededRandom(seed);
      let state: EpisodeState = { phase: 'quiet' };
      let nowMs = START_MS;
      let open: readonly Severity[] | undefined;
      let lookedMs = 0;
      let episodes = 0;
      for (let step = 0; step < 5_000; step += 1) {
        const afterMs = random.pick([0, 1_000, 10_000, 60_000, -5_000]);
        nowMs += afterMs;
        lookedMs += Math.min(Math.max(0, afterMs), LONGEST_STEP_MS);
        // Long stretches of either, or nothing would ever be over.
        const bias = Math.floor(step / 100) % 2 === 0 ? 0.9 : 0.02;
        const severity = random.chance(0.9) ? 'warning' : 'critical';
        const observation = random.chance(0.05) ? UNKNOWN : random.chance(bias) ? holds(severity) : CLEAR;
        const next: ReturnType<typeof stepEpisode> = stepEpisode(state, { nowMs, observation }, POLICY);
        ({ state } = next);
        for (const { type, episode } of next.commands) {
          if (type === 'fire') {
            expect(episode.severities.slice(0, -1)).toEqual(open ?? []);
            if (open === undefined) episodes += 1;
            open = episode.severities;
          } else {
            expect(episode.severities).toEqual(open);
            open = undefined;
          }
        }
        expect(open !== undefined).toBe(state.phase === 'firing' || state.phase === 'clearing');
      }
      expect(episodes).toBeGreaterThan(3);
      expect(episodes).toBeLessThanOrEqual(1 + lookedMs / (POLICY.forMs + POLICY.keepMs));
    });
  }
});
