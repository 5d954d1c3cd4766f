import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { NOTICE_SOURCES, type Sighting, type SourceName } from './notice.ts';
import { AwsService } from './aws.ts';
import { AzureService } from './azure.ts';
import { unknown } from './classify-imds.ts';
import { ImdsClient, type ImdsAnswer, type ImdsRequest } from './imds-client.ts';
import type { MetadataService, PolledSource } from './notice-source.ts';
import { Poller } from './poller.ts';

/** A client whose every request is answered at once; it writes down when each was made, in milliseconds. */
class CountingClient extends ImdsClient {
  readonly requests: { readonly atMs: number; readonly path: string }[] = [];
  readonly #clock: ManualClock;
  readonly #answer: (request: ImdsRequest) => ImdsAnswer;

  constructor(clock: ManualClock, answer: (request: ImdsRequest) => ImdsAnswer) {
    super({ baseUrl: new URL('http://imds.invalid'), agents: { current: () => ({}) as never }, clock });
    this.#clock = clock;
    this.#answer = answer;
  }

  override async send(request: ImdsRequest): Promise<ImdsAnswer> {
    this.requests.push({ atMs: this.#clock.monotonicMs(), path: request.path });
    return this.#answer(request);
  }
}

const answer = (status: number, text = ''): ImdsAnswer => ({ isAnswered: true, status, headers: new Map(), text });
const SECOND = 1000;
const MINUTE = 60 * SECOND;

interface Watch {
  readonly poller: Poller;
  readonly looks: { readonly atMs: number; readonly source: SourceName }[];
  /** Ends it. */
  readonly stop: () => Promise<void>;
}

function watch(service: Pick<MetadataService, 'polled'>, clock: ManualClock): Watch {
  const looks: { atMs: number; source: SourceName }[] = [];
  const over = new AbortController();
  const poller = new Poller({
    service,
    clock,
    random: () => 1,
    onSighting: (source) => looks.push({ atMs: clock.monotonicMs(), source }),
  });
  const ended = poller.run(over.signal).catch(() => undefined);
  return {
    poller,
    looks,
    stop: async () => {
      over.abort(new Error('the test is over'));
      await ended;
    },
  };
}

/** The most requests in any span of so many milliseconds. */
function mostWithin(times: readonly number[], spanMs: number): number {
  return Math.max(...times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + spanMs).length));
}

describe('how often a metadata service is asked', () => {
  it('on Azure once a second, over and over', async () => {
    const clock = new ManualClock();
    const client = new CountingClient(clock, () => answer(200, '{"DocumentIncarnation":1,"Events":[]}'));
    const service = new AzureService({ client, apiVersion: '2020-07-01', periodMs: SECOND, clock });
    const { looks, stop } = watch(service, clock);
    await clock.advance(10 * MINUTE);
    await stop();
    expect(looks.slice(0, 4).map(({ atMs }) => atMs)).toEqual([0, 1000, 2000, 3000]);
    expect(
      mostWithin(
        client.requests.map(({ atMs }) => atMs),
        SECOND,
      ),
    ).toBe(1);
    expect(client.requests).toHaveLength(601);
    expect(clock.pendingTimers).toBe(0);
  });

  it('on AWS hardly more than once a second, all paths and tokens together, once each path had its first look', async () => {
    const clock = new ManualClock();
    const client = new CountingClient(clock, ({ method }) => (method === 'PUT' ? answer(200, 'token') : answer(404)));
    const service = new AwsService({ client, periodMs: SECOND, clock });
    const { looks, stop } = watch(service, clock);
    await clock.advance(60 * MINUTE);
    await stop();
    const firstLooks = NOTICE_SOURCES.aws.map((name) => looks.find(({ source }) => source === name)?.atMs ?? Infinity);
    expect(Math.max(...firstLooks)).toBeLessThan(4 * SECOND);
    const later = client.requests.map(({ atMs }) => atMs).filter((atMs) => atMs > 5 * SECOND);
    for (const seconds of [20, 60, 600, 3000]) {
      expect([seconds, mostWithin(later, seconds * SECOND) <= seconds * 1.07 + 2]).toEqual([seconds, true]);
    }
    expect(mostWithin(later, SECOND)).toBeLessThanOrEqual(2);
    // What is short is asked about often, what is announced days ahead rarely.
    const countOf = (name: SourceName): number => looks.filter(({ source }) => source === name).length;
    expect(countOf('instance-action')).toBeGreaterThan(3300);
    expect(countOf('rebalance')).toBeGreaterThan(100);
    expect(countOf('scheduled-maintenance')).toBeLessThan(120);
  });

  it('from the begin of one look to the begin of the next, however long a look takes', async () => {
    const clock = new ManualClock();
    const begins: number[] = [];
    const look = async (signal: AbortSignal): Promise<Sighting> => {
      begins.push(clock.monotonicMs());
      await clock.sleep(begins.length === 3 ? 1500 : 300, signal);
      return { isKnown: true, notices: [], unread: 0 };
    };
    const source = { name: 'scheduled-events', lookMs: 0, look } as const;
    const { stop } = watch({ polled: [{ source, periodMs: SECOND, delayMs: 0 }] }, clock);
    await clock.advance(7 * SECOND);
    await stop();
    // The third took longer than a period: the next one follows at once, and none is made up for.
    expect(begins).toEqual([0, 1000, 2000, 3500, 4500, 5500, 6500]);
  });

  it('a little less often once it says that it is asked too often, and every two seconds whatever it asks for', async () => {
    const clock = new ManualClock();
    let sighting: Sighting = { ...unknown('throttled', 'HTTP 429'), retryAfterMs: 600_000 };
    const source = { name: 'scheduled-events', lookMs: 0, look: async (): Promise<Sighting> => sighting } as const;
    const { looks, stop } = watch({ polled: [{ source, periodMs: SECOND, delayMs: 0 }] }, clock);
    await clock.advance(MINUTE);
    const gaps = looks.slice(1).map(({ atMs }, index) => atMs - (looks[index]?.atMs ?? 0));
    expect([gaps.slice(0, 4), Math.max(...gaps)]).toEqual([[1500, 2000, 2000, 2000], 2000]);
    sighting = { isKnown: true, notices: [], unread: 0 };
    await clock.advance(MINUTE);
    const last = looks.slice(-3).map(({ atMs }) => atMs);
    expect((last[2] ?? 0) - (last[0] ?? 0)).toBe(2 * SECOND);
    await stop();
  });

  it('again after one second, and then ever later, where a look was in vain that is not due again for long', async () => {
    const clock = new ManualClock();
    const answers: Sighting[] = [
      { isKnown: true, notices: [], unread: 0 },
      ...Array.from({ length: 7 }, () => unknown('server_error', 'HTTP 503')),
    ];
    const look = async (): Promise<Sighting> => answers.shift() ?? { isKnown: true, notices: [], unread: 0 };
    const source = { name: 'lifecycle-state', lookMs: 0, look } as const;
    const { looks, stop } = watch({ polled: [{ source, periodMs: 16 * SECOND, delayMs: 0 }] }, clock);
    await clock.advance(96 * SECOND);
    await stop();
    expect(looks.map(({ atMs }) => atMs / SECOND)).toEqual([0, 16, 17, 19, 23, 31, 47, 63, 79, 95]);
  });

  it('at once again where it waits by itself, and with a growing pause where it failed', async () => {
    const clock = new ManualClock();
    const answers: Sighting[] = [
      { isKnown: true, notices: [], unread: 0 },
      ...Array.from({ length: 5 }, () => unknown('server_error', 'HTTP 503')),
      { isKnown: true, notices: [], unread: 0 },
    ];
    const look = async (signal: AbortSignal): Promise<Sighting> => {
      const next = answers.shift();
      if (next !== undefined) return next;
      await clock.sleep(5 * SECOND, signal);
      return { isKnown: true, notices: [], unread: 0 };
    };
    const source = { name: 'preempted', lookMs: 7000, look } as const;
    const polled: PolledSource = { source, periodMs: SECOND, delayMs: 0, isEager: true };
    const { looks, stop } = watch({ polled: [polled] }, clock);
    await clock.advance(20 * SECOND);
    await stop();
    expect(looks.map(({ atMs }) => atMs)).toEqual([0, 0, 100, 300, 700, 1500, 2500, 7500, 12_500, 17_500]);
  });
});

describe('how much is known', () => {
  it('is told by the source that is worst off, and by none that is only slow by nature', async () => {
    const clock = new ManualClock();
    let isAway = false;
    const look = async (): Promise<Sighting> =>
      isAway ? unknown('timeout', 'silence') : { isKnown: true, notices: [], unread: 0 };
    const source = (name: SourceName) => ({ name, lookMs: 0, look });
    const polled: PolledSource[] = [
      { source: source('instance-action'), periodMs: SECOND, delayMs: 0 },
      { source: source('rebalance'), periodMs: 40 * SECOND, delayMs: 0 },
      { source: source('lifecycle-state'), periodMs: 40 * SECOND, delayMs: 20 * SECOND },
    ];
    const { poller, stop } = watch({ polled }, clock);
    expect(poller.blindness).toContain('lifecycle-state: nothing known for 0 s (no answer yet)');
    await clock.advance(10 * MINUTE);
    expect([poller.blindness, poller.ageMs]).toEqual([undefined, 0]);
    isAway = true;
    await clock.advance(10 * SECOND);
    expect(poller.blindness).toBeUndefined();
    await clock.advance(2 * SECOND);
    expect(poller.blindness).toBe('instance-action: nothing known for 12 s (timeout: silence)');
    expect(poller.ageMs).toBeGreaterThan(10 * SECOND);
    await clock.advance(2 * MINUTE);
    expect(poller.blindness).toContain('rebalance: ');
    expect(poller.status.find(({ source: name }) => name === 'instance-action')).toMatchObject({ trouble: 'silence' });
    isAway = false;
    await clock.advance(MINUTE);
    expect(poller.blindness).toBeUndefined();
    await stop();
  });
});
