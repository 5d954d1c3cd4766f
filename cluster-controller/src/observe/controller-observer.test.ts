import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { logEventOf } from '@castai/shared/wire/logs/log-event.ts';
import type { LogEvent } from '@castai/shared/wire/logs/log-event.ts';
import { expect, it } from 'vitest';
import type { ActionRecord } from '../claim/action-record.ts';
import { ControllerMetrics } from './controller-metrics.ts';
import { ControllerObserver } from './controller-observer.ts';

it('what was said of switch and waits in a term before is not said in the next one, which has not polled yet', async () => {
  const clock = new ManualClock();
  const metrics = new ControllerMetrics({
    clock,
    version: '1',
    isReady: () => true,
    isLeader: () => true,
    isPaused: () => true,
    isDryRun: false,
    counts: () => new Map(),
    pendingAcks: () => 0,
    heldPods: () => 0,
  });
  const logger = createLogger({ level: 'error', name: 'test', clock, destination: { write: () => undefined } });
  const observer = new ControllerObserver({ metrics, logger, onNodeNews: () => undefined });
  const waits = async (): Promise<readonly number[]> =>
    parseMetrics((await metrics.registry.expose()).text)
      .filter(({ name, labels }) => /waiting_actions|longest_wait/u.test(name) && labels === 'reason="paused"')
      .map(({ value }) => value);
  const nobody = { count: 0, sinceMs: undefined };
  const waiting = { lane: nobody, cap: nobody, kind_cap: nobody, paused: { count: 2, sinceMs: clock.monotonicMs() } };
  observer.onSwitchFailed(new KubeError('KUBE_FORBIDDEN', 'HTTP 403'));
  observer.onAdmitted({ admitted: [], waiting });
  await clock.advance(7_200_000);
  expect([observer.heard.records?.code, await waits()]).toEqual(['KUBE_FORBIDDEN', [2, 7200]]);
  observer.onTakenOver(0, 0);
  expect([observer.heard.records, await waits()]).toEqual([undefined, [0, 0]]);
});

it('what servers say is in the log of the pod, and not in the lines that go to the platform', () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const metrics = new ControllerMetrics({
    clock,
    version: '1',
    isReady: () => true,
    isLeader: () => true,
    isPaused: () => true,
    isDryRun: false,
    counts: () => new Map(),
    pendingAcks: () => 0,
    heldPods: () => 0,
  });
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'info', name: 'castai-cluster-controller', clock, destination });
  const observer = new ControllerObserver({ metrics, logger, onNodeNews: () => undefined });
  const foreign = 'admission webhook "x" denied it: shop/cart of alice@example.com, password 1234';
  const error = new KubeError('KUBE_SERVER_ERROR', foreign);
  const facts = { id: 'a-1', kind: 'drainNode', createdAtMs: 0, lane: 'n', isPassive: false } as never;
  const record = {
    id: 'a-1',
    kind: 'drainNode',
    step: 'evict',
    target: { is: 'found', uid: 'u-1', node: 'canary-node' },
  } as unknown as ActionRecord;
  observer.onTakeOverFailed(error);
  observer.onPolled({ namelessCount: 1, items: [] } as never);
  observer.onPollFailed({ kind: 'UNAVAILABLE', detail: foreign, hint: foreign }, 5);
  observer.onStoreFailed(error);
  observer.onResolveFailed(facts, error);
  observer.onFinished(record, { is: 'failed', code: 'pdb_blocked', detail: foreign } as never, 5);
  observer.onForgotten(record, false, true);
  observer.onTakenOver(1, 1);
  observer.onSwitchFailed(error);
  observer.onFull(3);
  observer.onFenced();
  observer.onLost('expired' as never);
  observer.onLeaseFailed(error, foreign);
  const events = lines.map((line) => logEventOf(line, {})).filter((event): event is LogEvent => event !== undefined);
  expect(events).toHaveLength(11);
  expect(JSON.stringify(events)).not.toMatch(/webhook|alice|1234|canary/u);
  expect(
    events.map(({ message, fields: { code = '', action = '' } }) => `${message} ${code} ${action}`.trim()),
  ).toEqual([
    '1 actions of an answer have no id by which they could be acknowledged',
    'a record could not be stored KUBE_SERVER_ERROR',
    'what drainNode is about cannot be read KUBE_SERVER_ERROR a-1',
    'drainNode failed pdb_blocked a-1',
    'drainNode was begun, is not done, and is asked for no more  a-1',
    '1 records cannot be read; their actions are not begun again',
    'whether new actions are stopped cannot be read, so none begins KUBE_SERVER_ERROR',
    '3 actions are left to the next poll: too many are known',
    'another leader writes: everything here is let go',
    'this replica leads no more: expired',
    'the lease cannot be used KUBE_SERVER_ERROR',
  ]);
  expect(lines.join('')).toContain('alice@example.com');
});
