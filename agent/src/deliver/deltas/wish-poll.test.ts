import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import { expect, it } from 'vitest';
import { WishPoll } from './wish-poll.ts';

it('asks every 15 s, and more and more seldom where nobody answers', async () => {
  const clock = new ManualClock();
  const log: string[] = [];
  let status = 200;
  const call = <T>({ path, body, parse }: JsonCall<T>): Promise<Outcome<T>> => {
    log.push(`${clock.monotonicMs() / 1000} s ${path} ${JSON.stringify(body)}`);
    const parsed = parse(
      new Map<string, unknown>([
        ['intervalSeconds', '5'],
        ['resync', true],
      ]),
    );
    const verdict = { kind: 'INTERFERENCE', ackMismatch: false, status, detail: '' } as const;
    return Promise.resolve(status === 200 && parsed.valid ? { ok: true, value: parsed.value } : { ok: false, verdict });
  };
  const poll = new WishPoll({ rest: { call }, agentVersion: '1.2.3', clock, random: () => 0.5 });
  const heard: unknown[] = [];
  const stop = new AbortController();
  const running = poll.run(
    { clusterId: 'c-1', onAsked: () => heard.push('asked'), onWishes: (wishes) => heard.push(wishes) },
    stop.signal,
  );
  await clock.advance(15_000);
  expect(log).toEqual(
    [0, 15].map(
      (seconds) =>
        `${seconds} s /v1/kubernetes/clusters/c-1/agent-config {"agentVersion":"1.2.3","gitCommit":"unknown"}`,
    ),
  );
  expect(heard).toEqual(['asked', { intervalSeconds: 5, resync: true }, 'asked', { intervalSeconds: 5, resync: true }]);
  status = 404;
  await clock.advance(600_000);
  expect(log.slice(2).map((line) => Number(line.split(' ')[0]))).toEqual([30, 52.5, 82.5, 127.5, 202.5, 337.5, 502.5]);
  const reason = new Error('stopped');
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  expect(clock.pendingTimers).toBe(0);
});
