import { expect, test } from 'vitest';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { OpenEpisode } from '../store/notify-store.ts';
import type { Severity } from './condition.ts';
import { type NotificationsSources, notificationsSection } from './notifications-section.ts';

const open = (cluster: string, severities: readonly Severity[], startedAtMs: number): OpenEpisode => {
  const condition = { severity: 'warning', summary: `of ${cluster}`, reason: '', cure: '' } as const;
  return { cluster, trouble: 'agent', episode: { startedAtMs, severities, condition } };
};
const sources = (episodes: readonly OpenEpisode[]): NotificationsSources => ({
  store: {
    clusters: async () => [{ id: 'c1', name: 'shop' } as ClusterRow],
    notify: { openEpisodes: async () => episodes } as unknown as NotificationsSources['store']['notify'],
  },
  notifier: {
    endpoints: [],
    book: { has: () => false } as unknown as NonNullable<NotificationsSources['notifier']>['book'],
  },
  mayChange: false,
});

test('trouble is shown the gravest first, then the oldest, by the name of its cluster where it has one', async () => {
  const view = await notificationsSection(
    sources([
      open('c1', ['warning'], 1),
      open('c2', ['warning', 'critical'], 3),
      open('c3', ['critical'], 2),
      open('c4', ['warning'], 0),
    ]),
  );
  expect(view?.episodes.map(({ name, severity, startedAtMs }) => `${name} ${severity} ${startedAtMs}`)).toEqual([
    'c3 critical 2',
    'c2 critical 3',
    'c4 warning 0',
    'shop warning 1',
  ]);
  expect(view?.episodes[3]).toEqual({
    key: 'c1/agent',
    cluster: 'c1',
    name: 'shop',
    kind: 'agent',
    severity: 'warning',
    summary: 'of c1',
    startedAtMs: 1,
  });
});

test('nobody is told: nothing is shown', async () => {
  expect(await notificationsSection({ ...sources([]), notifier: undefined })).toBe(undefined);
});
