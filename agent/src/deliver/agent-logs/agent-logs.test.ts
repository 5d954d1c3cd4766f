import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import { AgentLogs } from './agent-logs.ts';

const line = (fields: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-11-29T00:00:00.000Z', program: 'castai-agent', ...fields })}\n`;
const WELL: Outcome<never> = { ok: true, value: undefined as never };

function start(clusterId: () => string | undefined = () => 'c-1') {
  const clock = new ManualClock();
  const sent: { path: string; body: unknown }[] = [];
  const answers: Outcome<never>[] = [];
  const lost: [string, number][] = [];
  const stop = new AbortController();
  const logs = new AgentLogs({
    rest: {
      call: <T>({ path, body }: JsonCall<T>): Promise<Outcome<T>> => {
        sent.push({ path, body });
        return Promise.resolve(answers.shift() ?? WELL);
      },
    },
    clusterId,
    instance: { pod: 'castai-agent-1' },
    onLost: (...loss) => lost.push(loss),
    clock,
    random: () => 0.5,
  });
  const ended = logs.run(stop.signal).catch(() => 'stopped');
  const messages = (): unknown[] =>
    sent.map(({ body }) => (body as { logEvent: { message: string } }).logEvent.message);
  return { clock, logs, sent, answers, lost, stop, ended, messages };
}

describe('warnings for the platform', () => {
  it('go together, in their order, a line a call', async () => {
    const { clock, logs, sent, messages } = start();
    logs.take(line({ message: 'one' }));
    logs.take(line({ level: 'info', message: 'nobody has to act' }));
    logs.take(line({ message: 'two' }));
    await clock.advance(4_999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(messages()).toEqual(['one', 'two']);
    expect(sent[0]?.path).toBe('/v1/kubernetes/clusters/c-1/agent-logs');
  });

  it('wait until it is known which cluster this is', async () => {
    let id: string | undefined;
    const { clock, logs, messages } = start(() => id);
    logs.take(line({ message: 'one' }));
    await clock.advance(60_000);
    expect(messages()).toEqual([]);
    id = 'c-1';
    await clock.advance(5_000);
    expect(messages()).toEqual(['one']);
  });

  it('are sent again where the platform is away, and given up where it refuses them', async () => {
    const { clock, logs, answers, lost, messages } = start();
    answers.push({ ok: false, verdict: { kind: 'UNAVAILABLE', detail: 'HTTP 503', retryAfterMs: 100_000 } });
    answers.push({ ok: false, verdict: { kind: 'REJECTED', byPlatform: true, detail: 'HTTP 400' } });
    logs.take(line({ message: 'one' }));
    logs.take(line({ message: 'two' }));
    await clock.advance(5_000);
    await clock.advance(99_000);
    expect(messages()).toEqual(['one']);
    await clock.advance(120_000);
    await clock.advance(5_000);
    expect([messages(), lost]).toEqual([['one', 'one', 'two'], [['REFUSED', 1]]]);
  });

  it('are bounded: the oldest are given up and counted', async () => {
    const { clock, logs, lost, messages } = start();
    for (let index = 0; index < 70; index += 1) logs.take(line({ message: `${String(index)} ${'x'.repeat(1_000)}` }));
    await clock.advance(5_000);
    const first = String(messages()[0]).split(' ')[0];
    expect([lost.length, lost[0], first]).toEqual([Number(first), ['OVERFLOW', 1], String(70 - messages().length)]);
    expect(messages().length).toBeGreaterThan(50);
  });

  it('end when they are told to, and leave no timer', async () => {
    const { clock, logs, stop, ended } = start();
    logs.take(line({ message: 'one' }));
    await clock.advance(1);
    stop.abort();
    expect([await ended, clock.pendingTimers]).toEqual(['stopped', 0]);
  });
});
