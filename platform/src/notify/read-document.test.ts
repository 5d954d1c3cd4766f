import { describeError } from '@castai/shared/errors.ts';
import { expect, test } from 'vitest';
import type { Episode } from './episode-state.ts';
import { type Notification, testNotification } from './notification.ts';
import { readEpisode, readNotification } from './read-document.ts';

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('what was stored comes back as it was', () => {
  const condition = { severity: 'critical', summary: 's "1"', reason: '', cure: '</script>' } as const;
  const episode: Episode = { startedAtMs: 5, severities: ['warning', 'critical'], condition };
  expect(readEpisode(stored(episode))).toEqual(episode);
  const firing = testNotification('1', 7);
  const resolved: Notification = {
    ...firing,
    status: 'resolved',
    toldBefore: ['warning'],
    endedAtMs: 9,
    isTest: false,
  };
  expect([readNotification(stored(firing)), readNotification(stored(resolved))]).toEqual([firing, resolved]);
});

test('what nobody has written is refused', () => {
  const whyRefused = (work: () => unknown): string => {
    try {
      work();
      return 'taken';
    } catch (error) {
      return describeError(error);
    }
  };
  const good = testNotification('1', 7);
  const f = (more: object): string => whyRefused(() => readNotification(stored({ ...good, ...more })));
  expect(f({ severity: 'mild' })).toBe('one of warning, critical is stored');
  expect(f({ trouble: '' })).toContain('one of connection, ');
  expect(f({ id: 1 })).toBe('a text is stored');
  expect(f({ cluster: null })).toBe('an object is stored');
  expect(f({ toldBefore: 'x' })).toBe('a list of severities is stored');
  expect(f({ atMs: '7' })).toBe('a number is stored');
  const episodes = [undefined, null, [], {}, 'x'].map((value) => whyRefused(() => readEpisode(value)));
  expect(episodes).not.toContain('taken');
});
