import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import { expect, it } from 'vitest';
import { HOLD_MS } from '@castai/shared/verdict/verdict-state.ts';
import type { DeliveryStatus } from '../deliver/delivery.ts';
import type { AgentView } from './agent-status.ts';
import { createAgentVerdict } from './agent-verdict.ts';
import { TroubleMemory } from './trouble-memory.ts';

const MINUTE_MS = 60_000;

it('a kind whose API never says whether it is there is a problem after minutes, whether or not the wire numbers its sessions', async () => {
  const f = async (epoch: Pick<DeliveryStatus, 'epoch'>, expected: readonly string[]): Promise<void> => {
    const clock = new ManualClock();
    const logger = { info: () => {}, warn: () => {} } as unknown as Logger;
    const broken = (error: unknown): void => expect.unreachable(String(error));
    const delivery = (): DeliveryStatus => ({
      phase: 'sending',
      clusterId: 'c-1',
      lastAckAtMs: clock.monotonicMs(),
      heartbeatMs: 15_000,
      nextAttemptAtMs: undefined,
      lastVerdict: undefined,
      ...epoch,
    });
    const feed = { position: '', restarts: 0, lastRestart: '', lastEventAt: '' };
    const view = {
      clock,
      config: { apiUrl: new URL('https://platform.example'), pendingLimitBytes: 1024 },
      kube: { server: new URL('https://10.0.0.1'), theirClock: { aheadMs: 0 } },
      facts: () => ({ clusterUid: 'u-1', kubernetesVersion: 'v1.36.0' }),
      leadership: { status: { role: 'leader', holder: 'i-1', transitions: 1, problem: '' } },
      registrar: { status: { stage: 'done', attempts: 0, lastError: '' } },
      platform: { apiKey: {}, theirClock: { aheadMs: undefined } },
      outbox: { pendingBytes: 0, pendingCount: 0 },
      observer: { heard: new TroubleMemory(), problems: [], delivery: { entriesTaken: 0 } },
      delivery: {
        get status() {
          return delivery();
        },
      },
      supervisor: {
        status: [
          { ...feed, feed: 'pods', phase: 'live', state: 'SYNCED' },
          { ...feed, feed: 'podmetrics', phase: 'unknown', state: 'UNKNOWN' },
        ],
      },
    } as unknown as AgentView;
    const context = { clock, logger, secrets: new KnownSecrets(), broken };
    const keeper = createAgentVerdict(context, [], { view: () => view, listeners: [] });
    expect(keeper.problems).toEqual([]);
    await clock.advance(5 * MINUTE_MS);
    expect(keeper.problems).toEqual([]);
    await clock.advance(HOLD_MS);
    expect(keeper.problems.map(({ cause, subjects }) => `${cause}: ${subjects.join()}`)).toEqual(expected);
  };
  await f({ epoch: 3 }, ['feed-api: podmetrics']);
  await f({}, ['feed-api: podmetrics']);
});
