import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASTE_MS, PATIENCE_MS, stepTenure, tenureFrom, type TenureInput, type TenureState } from './tenure-state.ts';

const START_MS = 1_000;
const LATE_MS = START_MS + PATIENCE_MS;
const SOON_MS = START_MS + HASTE_MS;
type Look = Extract<TenureInput, { type: 'looked' }>;
const look = (more: Partial<Look> = {}): Look => ({
  type: 'looked',
  nowMs: LATE_MS,
  confirmedAtMs: LATE_MS,
  isFenced: false,
  isReading: true,
  heardAtMs: LATE_MS,
  ...more,
});
const soon = (more: Partial<Look> = {}): Look =>
  look({ nowMs: SOON_MS, confirmedAtMs: SOON_MS, heardAtMs: SOON_MS, ...more });

type Name =
  | 'well'
  | 'unconfirmed'
  | 'never confirmed'
  | 'unconfirmed a moment less'
  | 'fenced'
  | 'deaf'
  | 'deaf from the start'
  | 'deaf without a session'
  | 'neither'
  | 'unconfirmed for two minutes'
  | 'deaf for two minutes'
  | 'unconfirmed for a moment less than two minutes'
  | 'fenced for two minutes'
  | 'a standby is there'
  | 'no standby is there';
const inputs: Record<Name, TenureInput> = {
  well: look(),
  unconfirmed: look({ confirmedAtMs: START_MS }),
  'never confirmed': look({ confirmedAtMs: undefined }),
  'unconfirmed a moment less': look({ confirmedAtMs: START_MS + 1 }),
  fenced: look({ confirmedAtMs: undefined, isFenced: true, isReading: false }),
  deaf: look({ heardAtMs: START_MS }),
  'deaf from the start': look({ heardAtMs: undefined }),
  'deaf without a session': look({ heardAtMs: undefined, isReading: false }),
  neither: look({ confirmedAtMs: undefined, heardAtMs: undefined }),
  'unconfirmed for two minutes': soon({ confirmedAtMs: undefined }),
  'deaf for two minutes': soon({ heardAtMs: undefined }),
  'unconfirmed for a moment less than two minutes': soon({ confirmedAtMs: START_MS + 1 }),
  'fenced for two minutes': soon({ confirmedAtMs: undefined, isFenced: true, isReading: false }),
  'a standby is there': { type: 'answered', isAwaited: true },
  'no standby is there': { type: 'answered', isAwaited: false },
};

type Phase = 'serving' | 'awaited' | 'alone' | 'patient' | 'givenBack';
const serving = tenureFrom(START_MS, false) as Extract<TenureState, { phase: 'serving' }>;
const states: Record<Phase, TenureState> = {
  serving,
  awaited: { ...serving, askedAtMs: SOON_MS - 1, isAwaited: true },
  alone: { ...serving, askedAtMs: SOON_MS - 1, isAwaited: false },
  patient: tenureFrom(START_MS, true),
  givenBack: { phase: 'givenBack' },
};
const late = {
  well: '-',
  unconfirmed: 'NO_PLATFORM',
  'never confirmed': 'NO_PLATFORM',
  fenced: '-',
  deaf: 'NO_WATCH',
  'deaf from the start': 'NO_WATCH',
  'deaf without a session': '-',
  neither: 'NO_PLATFORM',
  'unconfirmed for a moment less than two minutes': '-',
  'fenced for two minutes': '-',
  'a standby is there': '-',
  'no standby is there': '-',
} as const;
/** What each input leads to; `-` is "nothing is done". */
const table: Record<Phase, Record<Name, string>> = {
  serving: {
    ...late,
    'unconfirmed a moment less': 'ask',
    'unconfirmed for two minutes': 'ask',
    'deaf for two minutes': 'ask',
  },
  awaited: {
    ...late,
    'unconfirmed a moment less': 'NO_PLATFORM',
    'unconfirmed for two minutes': 'NO_PLATFORM',
    'deaf for two minutes': 'NO_WATCH',
  },
  alone: {
    ...late,
    'unconfirmed a moment less': 'ask',
    'unconfirmed for two minutes': '-',
    'deaf for two minutes': '-',
  },
  patient: {
    ...late,
    // It was confirmed and heard of: it is of use again.
    'unconfirmed a moment less': 'ask',
    'unconfirmed for two minutes': '-',
    'deaf for two minutes': '-',
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
    'unconfirmed for two minutes': '-',
    'deaf for two minutes': '-',
    'unconfirmed for a moment less than two minutes': '-',
    'fenced for two minutes': '-',
    'a standby is there': '-',
    'no standby is there': '-',
  },
};

const done = ({ commands }: ReturnType<typeof stepTenure>): string =>
  commands.map((command) => (command.type === 'ask' ? 'ask' : command.why)).join(' ') || '-';

describe('the tenure of a leader', () => {
  it('ends as the table says', () => {
    for (const [phase, row] of Object.entries(table)) {
      for (const [name, expected] of Object.entries(row)) {
        const before = states[phase as Phase];
        const step = stepTenure(before, inputs[name as Name]);
        expect([phase, name, done(step)]).toEqual([phase, name, expected]);
        const ends = expected !== '-' && expected !== 'ask';
        expect(step.state.phase).toBe(ends ? 'givenBack' : before.phase);
      }
    }
  });

  it('ends nobody on the first day', () => {
    const { commands } = stepTenure(
      tenureFrom(LATE_MS, false),
      look({ confirmedAtMs: undefined, heardAtMs: undefined }),
    );
    expect(commands).toEqual([]);
  });

  it('counts silence from when there was a session to hear something in', () => {
    const opened = stepTenure(serving, look({ nowMs: LATE_MS - 1, isReading: false, heardAtMs: undefined }));
    expect(stepTenure(opened.state, look({ heardAtMs: undefined })).commands).toEqual([]);
  });

  it('asks for a standby once a minute while it is of no use, and gives back at the look after one was there', () => {
    let state: TenureState = serving;
    const lookAfter = (ms: number): string => {
      const step = stepTenure(
        state,
        look({ nowMs: START_MS + ms, confirmedAtMs: undefined, heardAtMs: START_MS + ms }),
      );
      ({ state } = step);
      return done(step);
    };
    expect([105_000, 120_000, 135_000, 179_999, 180_000].map(lookAfter)).toEqual(['-', 'ask', '-', '-', 'ask']);
    ({ state } = stepTenure(state, { type: 'answered', isAwaited: true }));
    expect(lookAfter(195_000)).toBe('NO_PLATFORM');
  });

  it('forgets that a standby was there when nothing is wrong any more', () => {
    const { state } = stepTenure(states.awaited, soon());
    expect(done(stepTenure(state, soon({ nowMs: SOON_MS + HASTE_MS })))).toBe('ask');
    // An answer that was on its way when it came right.
    const answered = stepTenure(state, { type: 'answered', isAwaited: true });
    expect(done(stepTenure(answered.state, soon({ nowMs: SOON_MS + HASTE_MS })))).toBe('ask');
  });

  it('is hasty again only when both sides have answered in this term', () => {
    const half = [
      soon({ heardAtMs: START_MS }),
      soon({ heardAtMs: undefined, isReading: false }),
      soon({ confirmedAtMs: undefined, isFenced: true }),
    ];
    for (const input of half) expect(stepTenure(states.patient, input).state).toMatchObject({ isPatient: true });
    expect(stepTenure(states.patient, soon()).state).toMatchObject({ isPatient: false });
  });

  it('ends once, and exactly after a stretch of uselessness, on random walks', () => {
    const aLook = fc.record({
      afterMs: fc.oneof(fc.constant(15_000), fc.integer({ min: 0, max: PATIENCE_MS })),
      isConfirmed: fc.boolean(),
      isHeard: fc.boolean(),
      isReading: fc.boolean(),
      isFenced: fc.boolean(),
      answer: fc.option(fc.boolean(), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(aLook, { maxLength: 40 }), fc.boolean(), (walk, wasGivenBack) => {
        let state = tenureFrom(0, wasGivenBack);
        let nowMs = 0;
        let confirmedAtMs: number | undefined;
        let heardAtMs: number | undefined;
        let isAwaited = false;
        let isAsked = false;
        let isPatient = wasGivenBack;
        const since = { platform: 0, apiServer: 0 };
        let ended = 0;
        for (const { afterMs, isConfirmed, isHeard, isReading, isFenced, answer } of walk) {
          nowMs += afterMs;
          if (isConfirmed) confirmedAtMs = nowMs;
          if (isHeard) heardAtMs = nowMs;
          if (isConfirmed || isFenced) since.platform = nowMs;
          if (isHeard || !isReading) since.apiServer = nowMs;
          if (confirmedAtMs !== undefined && heardAtMs !== undefined && heardAtMs > 0) isPatient = false;
          const step = stepTenure(state, { type: 'looked', nowMs, confirmedAtMs, isFenced, isReading, heardAtMs });
          const uselessMs = nowMs - Math.min(since.platform, since.apiServer);
          const isOver = uselessMs >= PATIENCE_MS || (uselessMs >= HASTE_MS && isAwaited && !isPatient);
          const given = step.commands.filter(({ type }) => type === 'giveBack');
          expect(given).toHaveLength(isOver && ended === 0 ? 1 : 0);
          ended += given.length;
          ({ state } = step);
          if (uselessMs < HASTE_MS) isAwaited = isAsked = false;
          if (step.commands.some(({ type }) => type === 'ask')) isAsked = true;
          if (answer === undefined) continue;
          ({ state } = stepTenure(state, { type: 'answered', isAwaited: answer }));
          isAwaited = answer && isAsked;
        }
      }),
    );
  });
});
