import { Backoff } from '@castai/shared/async/backoff.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, it } from 'vitest';
import { ClusterKnowledge } from './cluster-knowledge.ts';

const HOUR = 3_600_000;

function start() {
  const clock = new ManualClock();
  const server = { version: 'v1.35.0', isDown: false, requests: 0 };
  const told: string[] = [];
  const knowledge = new ClusterKnowledge({
    client: {
      get: (path) => {
        server.requests += 1;
        if (server.isDown) return Promise.reject(new KubeError('KUBE_UNREACHABLE', 'nobody answers'));
        return Promise.resolve(
          path === '/version' ? { gitVersion: server.version } : { metadata: { name: 'kube-system', uid: 'u-1' } },
        );
      },
    },
    createBackoff: () =>
      new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random: () => 0.5 }),
    observer: { onSurveyFailed: () => told.push('failed'), onUpgraded: (version) => told.push(version) },
    onUpgraded: () => told.push('the platform is told'),
    clock,
    random: () => 0.5,
  });
  const stop = new AbortController();
  return { clock, server, told, knowledge, stop };
}

it('learns the facts however long the API server is away', async () => {
  const { clock, server, told, knowledge, stop } = start();
  server.isDown = true;
  const learned = knowledge.learn(stop.signal);
  await clock.advance(HOUR);
  expect([knowledge.facts, told.length > 0]).toEqual([undefined, true]);
  server.isDown = false;
  await clock.advance(30_000);
  await learned;
  expect(knowledge.facts).toEqual({ clusterUid: 'u-1', kubernetesVersion: 'v1.35.0' });
});

it('tells of an upgrade once, at the second look in a row that finds the new version', async () => {
  const { clock, server, told, knowledge, stop } = start();
  await knowledge.learn(stop.signal);
  const end = knowledge.follow(stop.signal);
  await clock.advance(HOUR);
  server.version = 'v1.36.0';
  await clock.advance(HOUR);
  expect([told, knowledge.facts?.kubernetesVersion]).toEqual([[], 'v1.35.0']);
  await clock.advance(HOUR);
  expect([told, knowledge.facts]).toEqual([
    ['v1.36.0', 'the platform is told'],
    { clusterUid: 'u-1', kubernetesVersion: 'v1.36.0' },
  ]);
  await clock.advance(10 * HOUR);
  expect(told).toEqual(['v1.36.0', 'the platform is told']);
  stop.abort(new Error('stopped'));
  await end;
  expect(clock.pendingTimers).toBe(0);
});

it('tells nothing of two API servers that answer with two versions in turn, and costs two requests an hour', async () => {
  const { clock, server, told, knowledge, stop } = start();
  await knowledge.learn(stop.signal);
  void knowledge.follow(stop.signal);
  for (let hour = 0; hour < 10; hour += 1) {
    server.version = hour % 2 === 0 ? 'v1.36.0' : 'v1.35.0';
    await clock.advance(HOUR);
  }
  expect([told, server.requests]).toEqual([[], 22]);
  stop.abort(new Error('stopped'));
});

it('makes up for a look that failed with the next one', async () => {
  const { clock, server, told, knowledge, stop } = start();
  await knowledge.learn(stop.signal);
  void knowledge.follow(stop.signal);
  server.isDown = true;
  await clock.advance(3 * HOUR);
  server.isDown = false;
  server.version = 'v1.36.0';
  await clock.advance(2 * HOUR);
  expect(told).toEqual(['v1.36.0', 'the platform is told']);
  stop.abort(new Error('stopped'));
});
