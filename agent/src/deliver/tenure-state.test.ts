import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, stepTenure, tenureFrom, type TenureInput, type TenureState } from './tenure-state.ts';

const START_MS = 1_000;
const LATE_MS = START_MS + PATIENCE_MS;
const look = (more: Partial<TenureInput> = {}): TenureInput => ({
  type: 'looked',
  nowMs: LATE_MS,
  confirmedAtMs: LATE_MS,
  isFenced: false,
  isReading: true,
  heardAtMs: LATE_MS,
  ...more,
});

type Look =
  | 'well'
  | 'unconfirmed'
  | 'never confirmed'
  | 'unconfirmed a moment less'
  | 'fenced'
  | 'deaf'
  | 'deaf from the start'
  | 'deaf without a session'
  | 'neither';
const looks: Record<Look, TenureInput> = {
  well: look(),
  unconfirmed: look({ confirmedAtMs: START_MS }),
  'never confirmed': look({ confirmedAtMs: undefined }),
  'unconfirmed a moment less': look({ confirmedAtMs: START_MS + 1 }),
  fenced: look({ confirmedAtMs: undefined, isFenced: true, isReading: false }),
  deaf: look({ heardAtMs: START_MS }),
  'deaf from the start': look({ heardAtMs: undefined }),
  'deaf without a session': look({ heardAtMs: undefined, isReading: false }),
  neither: look({ confirmedAtMs: undefined, heardAtMs: undefined }),
};
/** What a look after `PATIENCE_MS` leads to in each phase; `-` is "nothing is done". */
const table: Record<TenureState['phase'], Record<Look, string>> = {
  serving: {
    well: '-',
    unconfirmed: 'NO_PLATFORM',
    'never confirmed': 'NO_PLATFORM',
    'unconfirmed a moment less': '-',
    fenced: '-',
    deaf: 'NO_WATCH',
    'deaf from the start': 'NO_WATCH',
    'deaf without a session': '-',
    neither: 'NO_PLATFORM',
  },
  givenBack: {
    well: '-',
    unconfirmed: '-',
    'never confirmed': '-',
    'unconfirmed a moment less': '-',
    fenced: '-',
    deaf: '-',
    'deaf from the start': '-',
    'deaf without a session': '-',
    neither: '-',
  },
};
const states: Record<TenureState['phase'], TenureState> = {
  serving: tenureFrom(START_MS),
  givenBack: { phase: 'givenBack' },
};

describe('the tenure of a leader', () => {
  it('ends as the table says', () => {
    for (const [phase, row] of Object.entries(table)) {
      for (const [name, expected] of Object.entries(row)) {
        const step = stepTenure(states[phase as TenureState['phase']], looks[name as Look]);
        const done = step.commands.map(({ why }) => why).join(' ') || '-';
        expect([phase, name, done]).toEqual([phase, name, expected]);
        expect(step.state.phase).toBe(expected === '-' ? phase : 'givenBack');
      }
    }
  });

  it('ends nobody on the first day', () => {
    const { commands } = stepTenure(tenureFrom(LATE_MS), look({ confirmedAtMs: undefined, heardAtMs: undefined }));
    expect(commands).toEqual([]);
  });

  it('counts silence from when there was a session to hear something in', () => {
    const opened = stepTenure(
      tenureFrom(START_MS),
      look({ nowMs: LATE_MS - 1, isReading: false, heardAtMs: undefined }),
    );
    expect(stepTenure(opened.state, look({ heardAtMs: undefined })).commands).toEqual([]);
  });

  it('ends once, and exactly after a stretch of uselessness, on random walks', () => {
    const aLook = fc.record({
      afterMs: fc.integer({ min: 0, max: PATIENCE_MS }),
      isConfirmed: fc.boolean(),
      isHeard: fc.boolean(),
      isReading: fc.boolean(),
      isFenced: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(aLook, { maxLength: 40 }), (walk) => {
        let state = tenureFrom(0);
        let nowMs = 0;
        let confirmedAtMs: number | undefined;
        let heardAtMs: number | undefined;
        const since = { platform: 0, apiServer: 0 };
        let ended = 0;
        for (const { afterMs, isConfirmed, isHeard, isReading, isFenced } of walk) {
          nowMs += afterMs;
          if (isConfirmed) confirmedAtMs = nowMs;
          if (isHeard) heardAtMs = nowMs;
          if (isConfirmed || isFenced) since.platform = nowMs;
          if (isHeard || !isReading) since.apiServer = nowMs;
          const step = stepTenure(state, { type: 'looked', nowMs, confirmedAtMs, isFenced, isReading, heardAtMs });
          const isUseless = nowMs - Math.min(since.platform, since.apiServer) >= PATIENCE_MS;
          expect(step.commands).toHaveLength(isUseless && ended === 0 ? 1 : 0);
          ended += step.commands.length;
          ({ state } = step);
        }
      }),
    );
  });
});
