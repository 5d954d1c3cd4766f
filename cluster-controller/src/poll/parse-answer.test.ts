import { describe, expect, it } from 'vitest';
import { MOST_ACTIONS, parseAnswer } from './parse-answer.ts';

const report = (id: string): object => ({ id, actionDisconnectCluster: {} });
const action = (id: string): object => ({ id, body: { kind: 'disconnectCluster' } });

describe('the answer to a poll', () => {
  it('without a list has no actions', () => {
    for (const items of [undefined, null, {}, 'x', 7]) {
      expect(parseAnswer(items)).toEqual({ actions: [], unusable: [], namelessCount: 0, leftIds: [] });
    }
  });

  it('has each id once, and those that can only be refused apart', () => {
    expect(parseAnswer([report('a'), report('a'), { id: 'b' }, { id: 'a' }, 7, report('c')])).toEqual({
      actions: [action('a'), action('c')],
      unusable: [{ id: 'b', code: 'invalid', problem: 'the action has no kind' }],
      namelessCount: 1,
      leftIds: [],
    });
  });

  it('is bounded: what is too much is left to the next poll', () => {
    const items = Array.from({ length: MOST_ACTIONS + 3 }, (_, index) => report(`a-${index}`));
    const { actions, leftIds } = parseAnswer([...items, 7, { id: 8 }]);
    expect([actions.length, leftIds]).toEqual([MOST_ACTIONS, [0, 1, 2].map((more) => `a-${MOST_ACTIONS + more}`)]);
  });
});
