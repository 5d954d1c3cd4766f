import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import { expect, test } from 'vitest';
import type { ReportRow } from '../../store/report-row.ts';
import { evictorSections } from './evictor-sections.ts';

const AT = '2026-11-29T10:00:00.000Z';
const REPORT: EvictorReport = {
  at: AT,
  nodes: 4,
  pods: 9,
  controlPlane: 'v1.37.2',
  saved: { cores: 4, gibibytes: 16 },
  removable: [{ node: 'a', moves: [{ pod: 'shop/web-1', to: 'b' }] }],
  blocked: [
    {
      node: 'b',
      blockers: [
        { reason: 'job', pod: 'shop/j', detail: 'Job nightly' },
        { reason: 'job', pod: 'shop/k', detail: '' },
      ],
    },
    {
      node: 'c',
      blockers: [
        { reason: 'later', pod: '', detail: '' },
        { reason: 'job', pod: 'shop/l', detail: '' },
      ],
    },
  ],
  renew: [
    { node: 'b', reason: 'kubelet_minor', detail: 'old' },
    { node: 'b', reason: 'new_in_a_later_version', detail: '' },
  ],
  words: { job: { words: 'Work.', cure: 'Wait.' }, kubelet_minor: { words: 'Old.', cure: 'Upgrade.' } },
  leftOut: { moves: 0, blockers: 2, nodes: 0 },
};

function ask(
  section: string,
  more = '',
  reports: readonly Omit<ReportRow, 'id' | 'cluster'>[] = STORED,
): Promise<unknown> {
  const store = {
    reports: async (cluster: string) => (cluster === 'c1' ? reports.map((one) => ({ id: 1, cluster, ...one })) : []),
  };
  return Promise.resolve(evictorSections(store)[section]?.(new URLSearchParams(`cluster=c1${more}`)));
}
const STORED = [{ kind: 'evictor' as const, atMs: 5, body: REPORT }];

test('the head counts nodes by reason, each once for a reason, with its words', async () => {
  expect(await ask('evictor')).toEqual({
    atMs: Date.parse(AT),
    nodes: 4,
    pods: 9,
    controlPlane: 'v1.37.2',
    saved: { cores: 4, gibibytes: 16 },
    leftOut: { moves: 0, blockers: 2, nodes: 0 },
    going: 1,
    notLookedAt: 0,
    staying: {
      nodes: 2,
      reasons: [
        { key: 'job', nodes: 2, words: 'Work.', cure: 'Wait.' },
        { key: 'later', nodes: 1, words: '', cure: '' },
      ],
    },
    renew: {
      nodes: 1,
      reasons: [
        { key: 'kubelet_minor', nodes: 1, words: 'Old.', cure: 'Upgrade.' },
        { key: 'new_in_a_later_version', nodes: 1, words: '', cure: '' },
      ],
    },
  });
});

test('nodes that there was no time for are counted: whether they could go is not known', async () => {
  const blocked = [{ node: 'd', blockers: [{ reason: 'not_looked_at', pod: '', detail: '' }] }, ...REPORT.blocked];
  const reports = [{ kind: 'evictor' as const, atMs: 5, body: { ...REPORT, blocked } }];
  expect(await ask('evictor', '', reports)).toMatchObject({ going: 1, notLookedAt: 1 });
});

test('lists are told a part at a time, filtered by names and reasons', async () => {
  expect(await ask('evictor-going', '&filter=web')).toEqual({
    total: 1,
    matching: 1,
    from: 0,
    uncounted: 0,
    rows: [{ key: 'a', moves: [{ pod: 'shop/web-1', to: 'b' }] }],
  });
  expect(await ask('evictor-staying', '&sort=-name&count=1')).toMatchObject({
    total: 2,
    matching: 2,
    rows: [{ key: 'c' }],
  });
  expect(await ask('evictor-staying', '&filter=nightly')).toMatchObject({ matching: 1, rows: [{ key: 'b' }] });
  expect(await ask('evictor-renew')).toMatchObject({ total: 1, rows: [{ key: 'b' }] });
});

test('a node is told all that is known of it; a reason without words is shown as it is', async () => {
  expect(await ask('evictor-node', '&name=b')).toEqual({
    atMs: Date.parse(AT),
    going: null,
    staying: [
      { reason: 'job', pod: 'shop/j', detail: 'Job nightly', words: 'Work.', cure: 'Wait.' },
      { reason: 'job', pod: 'shop/k', detail: '', words: 'Work.', cure: 'Wait.' },
    ],
    renew: [
      { reason: 'kubelet_minor', pod: '', detail: 'old', words: 'Old.', cure: 'Upgrade.' },
      {
        reason: 'new_in_a_later_version',
        pod: '',
        detail: '',
        words: 'new_in_a_later_version',
        cure: '',
      },
    ],
  });
  expect(await ask('evictor-node', '&name=a')).toMatchObject({ going: [{ pod: 'shop/web-1', to: 'b' }], staying: [] });
});

test.each(['evictor', 'evictor-going', 'evictor-staying', 'evictor-renew', 'evictor-node'])(
  'of a cluster whose evictor has told nothing there is no %s',
  async (section) => {
    expect(await ask(section, '', [])).toBeUndefined();
  },
);
