import { describe, expect, it } from 'vitest';
import type { CollectionAnswer } from './ask-collection.ts';
import { type Doubt, doubtAfter, unasked, VOUCHED_MS, weigh } from './feed-doubt.ts';

const NOW = 1_000_000;
const absent = { is: 'absent' } as const;
const served = { is: 'served', versions: ['v2'] } as const;
const asked: Doubt = { found: absent, question: { is: 'asked' }, misses: 0, delayMs: 5000 };

describe('a doubt', () => {
  it('is asked about from the time on that vouches, and keeps what it learned while discovery says the same', () => {
    const first = doubtAfter(undefined, absent, NOW);
    expect(first).toEqual({ found: absent, question: { is: 'due', atMs: NOW }, misses: 0, delayMs: 5000 });
    const later = { ...first, misses: 1, delayMs: 40_000 };
    expect(doubtAfter(later, absent, NOW + 1)).toEqual(later);
    expect(doubtAfter(later, served, NOW + 1)).toEqual({
      ...first,
      found: served,
      question: { is: 'due', atMs: NOW + 1 },
    });
  });

  it('is asked about anew where the question was lost with the session', () => {
    expect(unasked(asked)).toEqual({ ...asked, question: { is: 'due', atMs: 0 } });
    const waiting = { ...asked, question: { is: 'due', atMs: NOW } } as const;
    expect([unasked(waiting), unasked(undefined)]).toEqual([waiting, undefined]);
  });
});

describe('the answer of a collection', () => {
  const f = (doubt: Doubt, answer: CollectionAnswer, isWatched = false): unknown =>
    weigh(doubt, { answer, isWatched, nowMs: NOW });

  it('settles the doubt where it is there, in whatever version', () => {
    expect(f(asked, { is: 'there', version: 'v1' })).toEqual({ is: 'there', version: 'v1' });
  });

  it('is believed at the second "not found" in a row, and discovery is looked at soon after the first', () => {
    const once = { ...asked, question: { is: 'due', atMs: 0 }, misses: 1 };
    expect(f(asked, { is: 'gone' })).toEqual({ is: 'open', doubt: once, isSoon: true });
    expect(f({ ...asked, misses: 1 }, { is: 'gone' })).toEqual({ is: 'believed', found: absent });
  });

  it('removes nothing while a watch of it is open: it is asked again in five minutes', () => {
    const vouched = { ...asked, question: { is: 'due', atMs: NOW + VOUCHED_MS }, misses: 0 };
    expect(f({ ...asked, misses: 1 }, { is: 'gone' }, true)).toEqual({ is: 'open', doubt: vouched, isSoon: false });
    expect(f({ ...asked, found: served, misses: 1 }, { is: 'gone' }, true)).toEqual({ is: 'believed', found: served });
  });

  it('tells nobody who does not hear discovery that it is gone', () => {
    const unknown = { ...asked, found: { is: 'unknown' }, misses: 1 } as const;
    const again = { ...unknown, question: { is: 'due', atMs: NOW + 5000 }, misses: 0, delayMs: 10_000 };
    expect(f(unknown, { is: 'gone' })).toEqual({ is: 'open', doubt: again, isSoon: false });
  });

  it('is asked for again with growing pauses, up to ten minutes, where it is unclear, and the misses begin anew', () => {
    const again = { ...asked, question: { is: 'due', atMs: NOW + 5000 }, misses: 0, delayMs: 10_000 };
    expect(f({ ...asked, misses: 1 }, { is: 'unclear' })).toEqual({ is: 'open', doubt: again, isSoon: false });
    expect(f({ ...asked, delayMs: 400_000 }, { is: 'unclear' })).toMatchObject({ doubt: { delayMs: 600_000 } });
  });
});
