import assert from 'node:assert/strict';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAnswer } from './parse-answer.ts';
import { Poller } from './poller.ts';

/** A platform that answers when the test says so. */
class SlowPlatform {
  readonly polls: { readonly path: string; readonly headers: JsonCall<unknown>['headers'] }[] = [];
  #answer: (outcome: Outcome<never>) => void = () => undefined;

  call = <T>({ path, headers }: JsonCall<T>): Promise<Outcome<T>> => {
    this.polls.push({ path, headers });
    const { promise, resolve } = Promise.withResolvers<Outcome<T>>();
    this.#answer = resolve;
    return promise;
  };

  answer(items: unknown): void {
    this.#answer({ ok: true, value: parseAnswer(items) as never });
  }

  fail(retryAfterMs = 0): void {
    this.#answer({ ok: false, verdict: { kind: 'UNAVAILABLE', detail: 'HTTP 503', retryAfterMs } });
  }
}

let clock: ManualClock;
let platform: SlowPlatform;
let poller: Poller;
let end: AbortController;
let ended: Promise<unknown>;
let told: string[];
beforeEach(() => {
  [clock, platform, end, told] = [new ManualClock(), new SlowPlatform(), new AbortController(), []];
  poller = new Poller({
    platform,
    clusterId: 'c/1',
    kubernetesVersion: () => '1.33',
    verdict: () => 'degraded trust',
    clock,
    random: () => 0.5,
    observer: {
      onPolled: ({ actions }) => void told.push(`polled ${actions.length}`),
      onPollFailed: ({ detail }, delayMs) => void told.push(`${detail}, ${delayMs}`),
    },
  });
  ended = poller
    .run(end.signal, ({ actions }) => void told.push(`asked ${actions.length}`))
    .catch((error: unknown) => error);
});
afterEach(async () => {
  end.abort(new Error('over'));
  platform.answer([]);
  assert.deepEqual(await ended, new Error('over'));
  assert.equal(clock.pendingTimers, 0);
});

describe('polls', () => {
  it('name the cluster, the version of the control plane and the verdict of the program', () => {
    expect(platform.polls).toEqual([
      {
        path: '/v1/kubernetes/clusters/c%2F1/actions',
        headers: { 'X-K8s-Version': '1.33', 'X-Castai-Verdict': 'degraded trust' },
      },
    ]);
  });

  it('begin five seconds apart when they are answered at once, and follow each other when they are held', async () => {
    await clock.advance(0);
    platform.answer([{ id: 'a', actionDisconnectCluster: {} }]);
    await clock.advance(4999);
    expect([platform.polls.length, told]).toEqual([1, ['polled 1', 'asked 1']]);
    await clock.advance(1);
    expect(platform.polls).toHaveLength(2);
    await clock.advance(60_000);
    platform.answer([]);
    await clock.advance(0);
    expect(platform.polls).toHaveLength(3);
  });

  it('that fail are made again after pauses that grow, and no sooner than the platform says', async () => {
    await clock.advance(0);
    platform.fail();
    await clock.advance(0);
    expect([told, poller.problem]).toEqual([['HTTP 503, 1000'], 'HTTP 503']);
    await clock.advance(1000);
    platform.fail(30_000);
    await clock.advance(0);
    expect(told.at(-1)).toBe('HTTP 503, 32000');
    await clock.advance(32_000);
    platform.answer(null);
    await clock.advance(0);
    expect([platform.polls.length, poller.problem, told.at(-1)]).toEqual([3, '', 'asked 0']);
  });

  it('that failed in a term before say nothing in the next one, whose first poll is held', async () => {
    await clock.advance(0);
    platform.fail();
    await clock.advance(0);
    expect(poller.failure?.detail).toBe('HTTP 503');
    end.abort(new Error('over'));
    assert.deepEqual(await ended, new Error('over'));
    end = new AbortController();
    ended = poller.run(end.signal, () => undefined).catch((error: unknown) => error);
    await clock.advance(0);
    expect([platform.polls.length, poller.failure, poller.problem]).toEqual([
      2,
      undefined,
      'the platform was not asked yet',
    ]);
  });
});
