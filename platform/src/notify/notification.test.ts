import { expect, test } from 'vitest';
import type { Condition } from './condition.ts';
import type { Episode } from './episode-state.ts';
import { notificationOf, testEnd, testNotification } from './notification.ts';

const condition: Condition = { severity: 'critical', summary: 'down', reason: 'why', cure: 'do' };
const cluster = { id: 'c-1', name: 'shop', provider: 'aks' };
const subject = { cluster, trouble: 'connection' } as const;
const episode: Episode = { startedAtMs: 1_000, severities: ['warning'], condition };

test('an episode has one name from its begin to its end, and each message of it another id', () => {
  const first = notificationOf({ type: 'fire', episode }, subject, 2_000);
  const worse: Episode = { ...episode, severities: ['warning', 'critical'] };
  const second = notificationOf({ type: 'fire', episode: worse }, subject, 3_000);
  const last = notificationOf({ type: 'resolve', episode: worse, endedAtMs: 4_000 }, subject, 5_000);
  expect(first).toEqual({
    id: `${first.episode}-1`,
    episode: expect.stringMatching(/^ep_[0-9a-f]{24}$/) as string,
    status: 'firing',
    trouble: 'connection',
    severity: 'warning',
    toldBefore: [],
    cluster,
    summary: 'down',
    reason: 'why',
    cure: 'do',
    startedAtMs: 1_000,
    endedAtMs: undefined,
    atMs: 2_000,
    isTest: false,
  });
  expect([second.id, second.severity, second.toldBefore]).toEqual([`${first.episode}-2`, 'critical', ['warning']]);
  expect([last.id, last.status, last.severity, last.toldBefore, last.endedAtMs]).toEqual([
    `${first.episode}-3`,
    'resolved',
    'critical',
    ['warning', 'critical'],
    4_000,
  ]);
});

test('another cluster, trouble or begin is another episode, and the same is the same in another process', () => {
  const name = (more: object, startedAtMs = 1_000): string =>
    notificationOf({ type: 'fire', episode: { ...episode, startedAtMs } }, { ...subject, ...more }, 9).episode;
  const others = [name({ cluster: { ...cluster, id: 'c-2' } }), name({ trouble: 'agent' }), name({}, 1_001)];
  expect(new Set([name({}), ...others]).size).toBe(4);
  expect(name({})).toBe(name({}));
});

test('a text of a megabyte is cut and marked', () => {
  const long = 'x'.repeat(1_048_576);
  const told = { ...episode, condition: { ...condition, summary: long, reason: long, cure: long } };
  const sent = notificationOf({ type: 'fire', episode: told }, { ...subject, cluster: { ...cluster, name: long } }, 9);
  expect(sent.reason).toMatch(/x … \(cut, of 1048576 characters\)$/);
  expect([sent.summary.length, sent.reason.length, sent.cure.length, sent.cluster.name.length]).toEqual([
    300, 900, 900, 300,
  ]);
});

test('a test says that it is one, and is another message each time', () => {
  const sample = testNotification('a', 5);
  expect(sample).toMatchObject({ id: 'test_a-1', status: 'firing', isTest: true, atMs: 5, endedAtMs: undefined });
  expect(testEnd(sample)).toEqual({
    ...sample,
    id: 'test_a-2',
    status: 'resolved',
    toldBefore: ['warning'],
    endedAtMs: 5,
  });
});
