import { describe, expect, it } from 'vitest';
import { LogRing } from '../../log/log-ring.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { type JsonCall, parseNothing } from '../json-call.ts';
import type { Outcome } from '../transport.ts';
import type { LogEvent } from './log-event.ts';
import { LogExport } from './log-export.ts';

const line = (fields: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-11-29T00:00:00.000Z', program: 'castai-agent', ...fields })}\n`;
const WELL: Outcome<never> = { ok: true, value: undefined as never };
const AWAY: Outcome<never> = { ok: false, verdict: { kind: 'UNAVAILABLE', detail: 'HTTP 503', retryAfterMs: 100_000 } };
const REFUSED: Outcome<never> = { ok: false, verdict: { kind: 'REJECTED', byPlatform: true, detail: 'HTTP 400' } };

function start() {
  const clock = new ManualClock();
  const sent: LogEvent[] = [];
  const answers: (Outcome<never> | 'none')[] = [];
  const lost: [string, number][] = [];
  const stop = new AbortController();
  const world = { isKnown: true, isStopped: false, looks: 0 };
  const logs = new LogExport({
    platform: {
      call: async <T>({ body }: JsonCall<T>, signal: AbortSignal): Promise<Outcome<T>> => {
        sent.push(body as LogEvent);
        const answer = answers.shift() ?? WELL;
        if (answer !== 'none') return answer;
        await clock.sleep(1e9, signal);
        return WELL;
      },
    },
    callFor: (event) => (world.isKnown ? { path: '/logs', body: event, parse: parseNothing } : undefined),
    instance: { pod: 'castai-agent-1' },
    isStopped: () => {
      world.looks += 1;
      return Promise.resolve(world.isStopped);
    },
    onLost: (...loss) => lost.push(loss),
    clock,
    random: () => 0.5,
  });
  const ended = logs.run(stop.signal).catch(() => 'stopped');
  const messages = (): string[] => sent.map(({ message }) => message);
  return { clock, logs, sent, answers, lost, stop, ended, messages, world };
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
  });

  it('are those of before there was anything to send with, too, and none after the end of listening', async () => {
    const { clock, logs, messages } = start();
    const ring = new LogRing({ lines: 10, bytes: 10_000 });
    ring.write(line({ message: 'before' }));
    const forget = logs.follow(ring);
    ring.write(line({ message: 'since' }));
    forget();
    ring.write(line({ message: 'after' }));
    await clock.advance(5_000);
    expect(messages()).toEqual(['before', 'since']);
  });

  it('cost nothing while there are none: no request, no look at the switch, no timer', async () => {
    const { clock, logs, sent, world } = start();
    logs.take(line({ level: 'info', message: 'it goes well' }));
    await clock.advance(3_600_000);
    expect([sent, world.looks, clock.nextTimerMs]).toEqual([[], 0, undefined]);
  });

  it('that say the same are one, which says for how many it stands', async () => {
    const { clock, logs, sent, lost } = start();
    for (const id of ['a', 'a', 'b', 'a']) logs.take(line({ message: 'it failed', action: id }));
    logs.take(line({ message: 'it failed', action: 'b', suppressed: 4 }));
    await clock.advance(5_000);
    // What has gone stands for nothing any more.
    logs.take(line({ message: 'it failed', action: 'a' }));
    await clock.advance(5_000);
    expect(sent.map(({ fields: { action, suppressed } }) => [action, suppressed])).toEqual([
      ['a', '2'],
      ['b', '5'],
      ['a', undefined],
    ]);
    expect(lost).toEqual([]);
  });

  it('wait until it is known which cluster this is', async () => {
    const { clock, logs, messages, world } = start();
    world.isKnown = false;
    logs.take(line({ message: 'one' }));
    await clock.advance(60_000);
    expect(messages()).toEqual([]);
    world.isKnown = true;
    await clock.advance(5_000);
    expect(messages()).toEqual(['one']);
  });

  it('are sent again where the platform is away, and given up where it refuses them', async () => {
    const { clock, logs, answers, lost, messages } = start();
    answers.push(AWAY, REFUSED);
    for (const message of ['one', 'one', 'two']) logs.take(line({ message }));
    await clock.advance(5_000);
    await clock.advance(99_000);
    expect(messages()).toEqual(['one']);
    await clock.advance(120_000);
    await clock.advance(5_000);
    expect([messages(), lost]).toEqual([['one', 'one', 'two'], [['REFUSED', 2]]]);
  });

  it('are bounded: the oldest are given up and counted', async () => {
    const { clock, logs, lost, messages } = start();
    for (let index = 0; index < 70; index += 1) logs.take(line({ message: `${String(index)} ${'x'.repeat(1_000)}` }));
    await clock.advance(60_000);
    const first = String(messages()[0]).split(' ')[0];
    expect([lost.length, lost[0], first]).toEqual([Number(first), ['OVERFLOW', 1], String(70 - messages().length)]);
    expect(messages().length).toBeGreaterThan(50);
  });

  it('go a few at a time, however many there are', async () => {
    const { clock, logs, sent } = start();
    for (let index = 0; index < 50; index += 1) logs.take(line({ message: String(index) }));
    const counts: number[] = [];
    for (let group = 0; group < 4; group += 1) {
      await clock.advance(5_000);
      counts.push(sent.length);
    }
    expect(counts).toEqual([20, 40, 50, 50]);
  });

  it('are let go and counted while somebody has stopped it, which is asked before each group', async () => {
    const { clock, logs, lost, messages, world } = start();
    world.isStopped = true;
    logs.take(line({ message: 'one' }));
    await clock.advance(5_000);
    world.isStopped = false;
    logs.take(line({ message: 'two' }));
    await clock.advance(5_000);
    expect([messages(), lost, world.looks]).toEqual([['two'], [['STOPPED', 1]], 2]);
  });
});

describe('at the end', () => {
  it('what waits goes at once, as the run left it, and leaves no timer', async () => {
    const { clock, logs, stop, ended, messages } = start();
    for (let index = 0; index < 30; index += 1) logs.take(line({ message: String(index) }));
    await clock.advance(1);
    stop.abort();
    expect(await ended).toBe('stopped');
    await logs.finish(new AbortController().signal);
    expect([messages().length, clock.pendingTimers]).toEqual([30, 0]);
  });

  it('what the run was sending is sent again, because nobody knows whether it came', async () => {
    const { clock, logs, answers, stop, messages, lost } = start();
    answers.push('none');
    logs.take(line({ message: 'one' }));
    await clock.advance(5_000);
    stop.abort();
    await logs.finish(new AbortController().signal);
    expect([messages(), lost]).toEqual([['one', 'one'], []]);
  });

  it('a platform that does not answer, or that is away, holds nothing up: the rest is lost and counted', async () => {
    for (const answer of ['none', AWAY] as const) {
      const { clock, logs, answers, stop, lost } = start();
      for (const message of ['one', 'two', 'two']) logs.take(line({ message }));
      stop.abort();
      answers.push(answer);
      const finished = logs.finish(new AbortController().signal);
      await clock.advance(2_000);
      await finished;
      expect(lost).toEqual([
        ['ENDED', 1],
        ['ENDED', 2],
      ]);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('nothing is sent where whoever asked for it does not want to wait', async () => {
    const { logs, sent, stop, lost } = start();
    logs.take(line({ message: 'one' }));
    stop.abort();
    await logs.finish(AbortSignal.abort(new Error('at once')));
    expect([sent, lost]).toEqual([[], [['ENDED', 1]]]);
  });
});
