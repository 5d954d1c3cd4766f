import { systemClock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { expect, it } from 'vitest';
import { InitDataMetrics } from './init-data-metrics.ts';
import { InitDataObserver } from './init-data-observer.ts';

const FORBIDDEN = new CastaiError('KUBE_FORBIDDEN', 'HTTP 403');
const AWAY = new CastaiError('KUBE_UNREACHABLE', 'no route');

function observe(): InitDataObserver {
  const clock = systemClock;
  const logger = createLogger({ level: 'error', name: 'test', clock, destination: { write: () => undefined } });
  const metrics = new InitDataMetrics({ version: '0', clock, isSealed: true, isReady: () => true });
  return new InitDataObserver({ metrics, logger });
}

it('a lease that is refused stays said while looks at the cluster go well, until it is given or not needed', () => {
  const observer = observe();
  observer.onClusterFailed(FORBIDDEN, 'acquire');
  observer.onClusterSeen();
  observer.onClusterAnswered('askNode');
  expect(observer.kubeError).toBe(FORBIDDEN);
  observer.onClusterAnswered('acquire');
  expect(observer.kubeError).toBeUndefined();
  observer.onClusterFailed(FORBIDDEN, 'renew');
  observer.onDecision({ kind: 'current' });
  expect(observer.kubeError).toBeUndefined();
});

it('a record that is refused stays said until it is written', () => {
  const observer = observe();
  observer.onClusterFailed(FORBIDDEN, 'save');
  observer.onClusterSeen();
  observer.onDecision({ kind: 'current' });
  expect(observer.kubeError).toBe(FORBIDDEN);
  observer.onClusterAnswered('save');
  expect(observer.kubeError).toBeUndefined();
});

it('tells what it is about: a right to the own node is another one than that to lease and record', () => {
  for (const [task, subject] of [
    ['askNode', 'node'],
    ['recall', 'records'],
    ['acquire', 'records'],
    ['save', 'records'],
  ] as const) {
    const observer = observe();
    observer.onClusterFailed(FORBIDDEN, task);
    expect([task, observer.kubeSubject]).toEqual([task, subject]);
  }
});

it('a look that fails is said until one goes well, and first', () => {
  const observer = observe();
  observer.onClusterFailed(FORBIDDEN, 'save');
  observer.onClusterFailed(AWAY, 'askNode');
  expect(observer.kubeError).toBe(AWAY);
  observer.onClusterSeen();
  expect(observer.kubeError).toBe(FORBIDDEN);
  // What is not given back runs out: a look is as good.
  observer.onClusterFailed(AWAY, 'release');
  observer.onClusterSeen();
  expect(observer.kubeError).toBe(FORBIDDEN);
});
