import { expect, test } from 'vitest';
import { PODS } from '@castai/test/platform-rig/hand-agent.ts';
import { matchFeeds } from './match-feeds.ts';
import type { StoredFeed } from '../store/feed-row.ts';

const { id: _, ...shape } = PODS;
const stored = (more: Partial<StoredFeed> = {}): StoredFeed => ({ ...shape, key: 10, resumePoint: '77', ...more });

test('an unchanged feed goes on from its resume point', () => {
  expect(matchFeeds([stored()], [PODS], true)).toEqual({
    known: [{ key: 10, feed: PODS, resumePoint: '77', isOfVintage: true }],
    added: [],
    missing: [],
  });
});

test('a feed that is offered for the first time is added', () => {
  expect(matchFeeds([], [PODS], true)).toEqual({ known: [], added: [PODS], missing: [] });
});

test('a feed that is not offered any more is missing', () => {
  expect(matchFeeds([stored()], [], true)).toEqual({ known: [], added: [], missing: [10] });
});

test.each([
  ['scrub version', { scrubVersion: 2 }],
  ['field selector', { fieldSelector: 'status.phase!=Succeeded' }],
  ['served version', { version: 'v2' }],
])('another %s keeps the feed and forgets its resume point', (_name, change) => {
  const feed = { ...PODS, ...change };
  expect(matchFeeds([stored()], [feed], true)).toEqual({
    known: [{ key: 10, feed, resumePoint: undefined, isOfVintage: false }],
    added: [],
    missing: [],
  });
});

test('another namespace, resource or group is another feed', () => {
  for (const change of [{ namespace: 'a' }, { resource: 'nodes' }, { group: 'metrics.k8s.io' }]) {
    const feed = { ...PODS, ...change };
    expect(matchFeeds([stored()], [feed], true)).toEqual({ known: [], added: [feed], missing: [10] });
  }
});

test('two feeds of a resource that differ in their selector keep apart, whatever their order', () => {
  const running = { ...PODS, id: 1, fieldSelector: 'a' };
  const pending = { ...PODS, id: 2, fieldSelector: 'b' };
  const both = [stored({ key: 10, fieldSelector: 'b' }), stored({ key: 11, fieldSelector: 'a', resumePoint: '78' })];
  expect(matchFeeds(both, [running, pending], true).known).toEqual([
    { key: 11, feed: running, resumePoint: '78', isOfVintage: true },
    { key: 10, feed: pending, resumePoint: '77', isOfVintage: true },
  ]);
});

test('another version of Kubernetes leaves the resume point, and what versions stand for is another matter from then on', () => {
  expect(matchFeeds([stored()], [PODS], false).known).toEqual([
    { key: 10, feed: PODS, resumePoint: '77', isOfVintage: false },
  ]);
});
