import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_TOLD, type SeriesInput, type SeriesState, stepSeries, type Telling } from './event-series-state.ts';

const once: Telling = { message: 'lost', count: 1, firstAtMs: 5, lastAtMs: 5 };
const twice: Telling = { message: 'lost again', count: 2, firstAtMs: 5, lastAtMs: 9 };

type StateName = 'nothing told' | 'silent' | 'resting' | 'resting with something untold';
const states: Record<StateName, SeriesState> = {
  'nothing told': NOTHING_TOLD,
  silent: { is: 'silent', told: once },
  resting: { is: 'resting', told: once, isWritten: true },
  'resting with something untold': { is: 'resting', told: once, isWritten: false },
};
const inputs: Record<SeriesInput['type'], SeriesInput> = {
  told: { type: 'told', message: 'lost again', atMs: 9 },
  rested: { type: 'rested' },
};
const wrote = (telling: Telling): ReturnType<typeof stepSeries> => ({
  state: { is: 'resting', told: telling, isWritten: true },
  commands: [{ type: 'write', telling }, { type: 'rest' }],
});
const table: Record<StateName, Record<SeriesInput['type'], ReturnType<typeof stepSeries>>> = {
  'nothing told': {
    told: wrote({ ...twice, count: 1, firstAtMs: 9 }),
    rested: { state: NOTHING_TOLD, commands: [] },
  },
  silent: { told: wrote(twice), rested: { state: states.silent, commands: [] } },
  resting: {
    told: { state: { is: 'resting', told: twice, isWritten: false }, commands: [] },
    rested: { state: states.silent, commands: [] },
  },
  'resting with something untold': {
    told: { state: { is: 'resting', told: twice, isWritten: false }, commands: [] },
    rested: wrote(once),
  },
};

describe('the Event of a reason', () => {
  for (const [name, row] of Object.entries(table) as [StateName, (typeof table)[StateName]][]) {
    for (const [type, expected] of Object.entries(row) as [SeriesInput['type'], (typeof row)['told']][]) {
      it(`${name}, ${type}`, () => {
        expect(stepSeries(states[name], inputs[type])).toEqual(expected);
      });
    }
  }

  it('is written at most once a rest, and in the end says the latest and how often', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (steps) => {
        let state = NOTHING_TOLD;
        let [resting, told] = [false, 0];
        let last: Telling | undefined;
        const take = (input: SeriesInput): void => {
          const stepped = stepSeries(state, input);
          state = stepped.state;
          for (const command of stepped.commands) {
            if (command.type === 'rest') resting = true;
            else {
              // One write between two rests.
              expect(resting).toBe(false);
              last = command.telling;
            }
          }
        };
        const rest = (): void => {
          if (!resting) return;
          resting = false;
          take({ type: 'rested' });
        };
        for (const isTold of steps) {
          if (isTold) take({ type: 'told', message: String((told += 1)), atMs: told });
          else rest();
        }
        rest();
        rest();
        expect(resting).toBe(false);
        expect(last).toEqual(
          told === 0 ? undefined : { message: String(told), count: told, firstAtMs: 1, lastAtMs: told },
        );
      }),
    );
  });
});
