import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import { expect, test } from 'vitest';
import { parseEvictorReport } from './parse-evictor-report.ts';

const REPORT: EvictorReport = {
  at: '2026-11-29T10:00:00.000Z',
  nodes: 3,
  pods: 9,
  controlPlane: 'v1.37.2',
  saved: { cores: 4, gibibytes: 16 },
  removable: [{ node: 'a', moves: [{ pod: 'shop/web-1', to: 'b' }] }],
  blocked: [{ node: 'b', blockers: [{ reason: 'later', pod: '', detail: '' }] }],
  renew: [{ node: 'c', reason: 'kubelet_minor', detail: 'kubelet v1.36.0, control plane v1.37.2' }],
  words: { later: { words: 'It is larger.', cure: 'Nothing to do.' } },
  leftOut: { moves: 0, blockers: 0, nodes: 0 },
};

test('a report is what is known of it, and nothing that a later evictor adds', () => {
  const [first] = REPORT.removable;
  const more = { ...REPORT, secret: 'x', removable: [{ ...first, labels: { a: 'b' } }] };
  expect(parseEvictorReport(more)).toEqual(REPORT);
});

test.each([
  ['at must be a string', { at: 4 }],
  ['at must be a time', { at: 'yesterday' }],
  ['nodes must be a number, not below 0', { nodes: -1 }],
  ['saved must be an object', { saved: null }],
  ['removable must be a list of objects', { removable: ['a'] }],
  ['moves must be a list of objects', { removable: [{ node: 'a' }] }],
  ['reason must be a string', { blocked: [{ node: 'a', blockers: [{}] }] }],
  ['renew must be a list of objects', { renew: {} }],
  ['every member of words must be an object', { words: { later: 'x' } }],
  ['moves must be a number, not below 0', { leftOut: { blockers: 0, nodes: 0 } }],
])('%s', (message, wrong) => {
  expect(() => parseEvictorReport({ ...REPORT, ...wrong })).toThrow(message);
});
