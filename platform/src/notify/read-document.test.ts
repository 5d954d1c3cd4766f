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
  const resolved: Notification = { ...firing, status: 'resolved', toldBefore: ['warning'], endedAtMs: 9, isTest: false };
  expect([readNotification(stored(firing)), readNotification(stored(resolved))]).toEqual([firing, resolved]);
});

test('what nobody has written is refused', () => {
  const refused = (work: () => unknown): boolean => {
    try {
      work();
      return false;
    } catch {
      return true;
    }
  };
  const good = testNotification('1', 7);
  for (const more of [{ severity: 'mild' }, { trouble: '' }, { id: 1 }, { cluster: null }, { toldBefore: 'x' }, { atMs: '7' }]) {
    expect(refused(() => readNotification(stored({ ...good, ...more }))), JSON.stringify(more)).toBe(true);
  }
  for (const value of [undefined, null, [], {}, 'x']) expect(refused(() => readEpisode(value))).toBe(true);
});
