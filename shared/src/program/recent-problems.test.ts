import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecentProblems } from './recent-problems.ts';

describe('recent problems', () => {
  it('are one line per kind, with the last time and how often, newest first', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    const problems = new RecentProblems(clock);
    problems.note('the platform is away', 'wait');
    await clock.advance(1000);
    problems.note('pods: KUBE_EXPIRED');
    await clock.advance(1000);
    problems.note('the platform is away', 'call somebody');
    expect(problems.list).toEqual([
      { at: '2026-01-01T00:00:02.000Z', what: 'the platform is away', count: 2, hint: 'call somebody' },
      { at: '2026-01-01T00:00:01.000Z', what: 'pods: KUBE_EXPIRED', count: 1, hint: '' },
    ]);
  });

  it('are the twenty latest kinds: one that is seen again stays', () => {
    const problems = new RecentProblems(new ManualClock());
    for (let index = 0; index < 20; index += 1) problems.note(`problem ${String(index)}`);
    problems.note('problem 0');
    problems.note('one more');
    const kinds = problems.list.map(({ what }) => what);
    expect(kinds).toHaveLength(20);
    expect(kinds.slice(0, 2)).toEqual(['one more', 'problem 0']);
    expect(kinds).not.toContain('problem 1');
  });
});
