import { expect, test } from 'vitest';
import { clusterVerdict } from './cluster-verdict.ts';

const f = (state: string, reason = '') => ({ state, reason });
const said = (...feeds: readonly { state: string; reason: string }[]) => {
  const { tone, words, isStale } = clusterVerdict('connected', feeds);
  return `${tone}${isStale ? ' stale' : ''}: ${words}`;
};

test('a connection alone says nothing of whether the cluster is read', () => {
  expect(said(f('SYNCED'), f('ABSENT'))).toBe('good: Connected');
  expect(said(f('SYNCED'), f('SNAPSHOT'))).toBe('busy: Connected, reading the cluster');
  expect(said(f('SYNCED'), f('FORBIDDEN', 'pods is forbidden'))).toBe('warn: Connected, 1 of 2 kinds are not read');
  expect(said(f('DEGRADED', 'connect ECONNREFUSED'), f('DEGRADED', 'connect ECONNREFUSED'), f('ABSENT'))).toBe(
    'bad stale: Connected, but nothing is read: connect ECONNREFUSED',
  );
  expect(said(f('FORBIDDEN', 'no'), f('STALE'))).toBe('bad stale: Connected, but nothing is read: no');
});

test('what the agent says of itself goes before its feeds, and an end that was told before everything', () => {
  const health = {
    state: 'blocked',
    cause: 'api-server',
    reason: 'ECONNREFUSED',
    sinceMs: 1,
  } as const;
  const of = (told: Parameters<typeof clusterVerdict>[2]) => clusterVerdict('connected', [f('SYNCED')], told).words;
  expect(of({ health, stopReason: '' })).toBe('Connected, but api-server: ECONNREFUSED');
  expect(of({ health: { ...health, state: 'degraded', cause: 'feeds' }, stopReason: '' })).toBe(
    'Connected, but feeds: ECONNREFUSED',
  );
  expect(of({ health: { ...health, state: 'degraded', cause: 'starting' }, stopReason: '' })).toBe('Connected');
  expect(of({ health: { ...health, state: 'ok', cause: '' }, stopReason: '' })).toBe('Connected');
  expect(clusterVerdict('disconnected', [f('SYNCED')], { health, stopReason: 'stopped as asked' })).toEqual({
    tone: 'warn',
    words: 'Ended in good order: stopped as asked',
    isStale: true,
  });
});

test('without a connection the feeds say nothing any more', () => {
  const of = (status: 'waiting' | 'late' | 'disconnected') => clusterVerdict(status, [f('SYNCED')]);
  expect(of('waiting')).toEqual({ tone: 'warn', words: 'Registered, no session yet', isStale: false });
  expect(of('late')).toEqual({ tone: 'warn', words: 'Late: two heartbeats missed', isStale: true });
  expect(of('disconnected')).toEqual({ tone: 'bad', words: 'Disconnected', isStale: true });
});
