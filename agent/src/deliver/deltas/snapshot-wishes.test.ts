import { describe, expect, it } from 'vitest';
import { type SnapshotReason, SnapshotWishes } from './snapshot-wishes.ts';

describe('wishes for a full snapshot', () => {
  it('are granted at once the first time, and ten minutes apart after that, for each reason by itself', () => {
    let nowMs = 1_000;
    const wishes = new SnapshotWishes({ nowMs: () => nowMs });
    expect(wishes.dueAtMs).toBeUndefined();
    wishes.wish('HISTORY_LOST');
    wishes.wish('HISTORY_LOST');
    expect([wishes.dueAtMs, wishes.waiting]).toEqual([0, ['HISTORY_LOST']]);
    wishes.granted();
    expect([wishes.dueAtMs, wishes.waiting]).toEqual([undefined, []]);
    nowMs = 61_000;
    wishes.wish('HISTORY_LOST');
    expect(wishes.dueAtMs).toBe(601_000);
    wishes.wish('NOT_SERVED');
    expect(wishes.dueAtMs).toBe(0);
    wishes.granted();
    wishes.wish('HISTORY_LOST');
    expect(wishes.dueAtMs).toBe(661_000);
    wishes.granted();
    wishes.wish('ASKED');
    wishes.granted();
    wishes.wish('ASKED');
    expect(wishes.dueAtMs).toBe(121_000);
  });

  it('are ours, except what the platform asks for', () => {
    const f = (reasons: readonly SnapshotReason[], expected: boolean): void => {
      const wishes = new SnapshotWishes({ nowMs: () => 0 });
      for (const reason of reasons) wishes.wish(reason);
      expect(wishes.isForUs).toBe(expected);
    };
    f([], false);
    f(['ASKED'], false);
    f(['NOT_TAKEN'], true);
    f(['HISTORY_LOST'], true);
    f(['NOT_SERVED'], true);
    f(['ASKED', 'OTHER_VERSION'], true);
  });
});
