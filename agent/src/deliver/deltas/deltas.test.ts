import type { Entry, ResumePoint, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { Secret } from '@castai/shared/config/secret.ts';
import { DispatcherSource } from '@castai/shared/http/dispatcher.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { DeltasReceiver } from '@castai/shared/testing/deltas-receiver.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { DeltasClient } from '@castai/shared/wire/deltas/deltas-client.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../batch/outbox.ts';
import type { DeltaFeed } from './delta-feeds.ts';
import { ProcessMemory } from './delta-memory.ts';
import { Deltas } from './deltas.ts';
import type { PlatformWishes } from './platform-wishes-call.ts';
import type { WishListener } from './wish-poll.ts';

const [PODS, JOBS] = [1, 2];
const INTERVAL_MS = 15_000;
const POLL = { timeout: 30_000, interval: 5 };

const pod = (name: string, resourceVersion: string): Upsert => ({
  type: 'upsert',
  feedId: PODS,
  uid: `uid-${name}`,
  namespace: 'shop',
  name,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: Buffer.from(JSON.stringify({ metadata: { name, namespace: 'shop', labels: { at: resourceVersion } } })),
});
const feed = (id: number, name: string, kind: string, phase: DeltaFeed['status']['phase']): DeltaFeed => ({
  id,
  name,
  group: '',
  version: 'v1',
  kind,
  isPolled: false,
  shape: 'v1/1',
  isBarred: false,
  status: { phase, state: 'SYNCED', restarts: 0 },
});

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Options {
  readonly receiver?: DeltasReceiver;
  readonly memory?: ProcessMemory;
  readonly isHeld?: () => boolean;
}

/** A delivery with a receiver before it, and feeds that the test plays. */
async function start({ receiver: given, memory = new ProcessMemory(), isHeld = () => true }: Options = {}) {
  const receiver = given ?? (await DeltasReceiver.start());
  if (given === undefined) cleanUps.push(() => receiver[Symbol.asyncDispose]());
  const clock = new ManualClock();
  const log: string[] = [];
  const dispatchers = new DispatcherSource(
    {
      baseUrl: receiver.url,
      proxy: 'none',
      environment: {},
      connectTimeoutMs: 5_000,
      headersTimeoutMs: 5_000,
      keepAliveMs: 5_000,
    },
    { clock },
  );
  const feeds = [feed(PODS, 'pods', 'Pod', 'live'), feed(JOBS, 'jobs', 'Job', 'forbidden')];
  const outbox: Outbox = new Outbox({
    limitBytes: 1 << 20,
    onDemoted: () => {},
    onWaiting: () => deltas.noteWaiting(),
  });
  const deltas: Deltas = new Deltas({
    transport: new DeltasClient({
      baseUrl: receiver.url,
      dispatchers,
      apiKey: new ApiKey({ value: Secret.of('k') }, new KnownSecrets()),
      userAgent: 'castai-agent/1.2.3',
      // The network is real, and so is the time that it may take.
      clock: systemClock,
    }),
    outbox,
    mandate: { isHeld, challenge: () => undefined },
    register: () => Promise.resolve('cluster-1'),
    about: () => ({ kubernetesVersion: 'v1.36.3', agentVersion: '1.2.3' }),
    feeds: {
      list: () => feeds,
      adopt: (resume: readonly ResumePoint[]) => {
        log.push(`adopt ${resume.map(({ feedId, resourceVersion }) => `${feedId}@${resourceVersion}`).join()}`);
        for (const { feedId, resourceVersion } of resume) outbox.startFeed(feedId, resourceVersion, true);
      },
      abandon: () => log.push('abandon'),
      used: () => {},
      onRoom: () => {},
    },
    observer: {
      onAttempt: ({ verdict, entries }) => log.push(`attempt ${verdict} ${entries}`),
      onRefused: (verdict, next) => log.push(`refused ${verdict.kind} ${next}`),
      onConfirmed: (received, processed) => log.push(`confirmed ${received} ${processed}`),
      onDropped: (_: Entry, reason) => log.push(`dropped ${reason}`),
      onFullSnapshot: (reason) => log.push(`snapshot ${reason}`),
      onResumed: (count) => log.push(`resumed ${count}`),
      onPointIgnored: (why) => log.push(`ignored ${why}`),
    },
    memory,
    wishes: {
      run: async (listener, signal) => {
        hear = listener;
        return untilAborted(signal);
      },
    },
    intervalMs: INTERVAL_MS,
    clock,
    random: () => 0.5,
  });
  let hear: WishListener | undefined;
  const wish = (wishes: PlatformWishes): void => {
    hear?.onAsked();
    hear?.onWishes(wishes);
  };
  const stop = new AbortController();
  const done = deltas.run(stop.signal);
  cleanUps.push(async () => {
    stop.abort();
    await done;
    await dispatchers.close();
    expect(clock.pendingTimers).toBe(0);
  });
  /** Lists two pods, the second only at the end. */
  const list = (resourceVersion = '5', ...names: string[]): void => {
    outbox.startFeed(PODS, resourceVersion, false);
    outbox.beginSnapshot(PODS);
    for (const name of names.length === 0 ? ['a', 'b'] : names) outbox.addPage(PODS, [pod(name, '1')], () => {});
    outbox.endSnapshot(PODS);
  };
  /** Moves time until the feeds were begun so many times. */
  const adopted = async (count: number): Promise<void> => {
    const begun = (): number => log.filter((line) => line.startsWith('adopt')).length;
    await expect
      .poll(async () => {
        if (begun() < count) await clock.advance(250);
        return begun();
      }, POLL)
      .toBe(count);
  };
  /** Moves time until the receiver has had so many requests. */
  const requests = async (count: number): Promise<void> => {
    await expect
      .poll(async () => {
        await clock.advance(1_000);
        return receiver.requests.length;
      }, POLL)
      .toBeGreaterThanOrEqual(count);
  };
  const ready = async (): Promise<void> => {
    await adopted(1);
    list();
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
  };
  return { receiver, clock, log, outbox, deltas, memory, feeds, list, adopted, requests, ready, wish, stop, done };
}

describe('delivery by agent-deltas', () => {
  it('writes a snapshot while lists come in, and ends it when every feed that may be read is in it', async () => {
    const { receiver, log, outbox, deltas, adopted, memory } = await start();
    await adopted(1);
    outbox.startFeed(PODS, '5', false);
    outbox.beginSnapshot(PODS);
    outbox.addPage(PODS, [pod('a', '1')], () => {});
    await expect.poll(() => outbox.pendingCount, POLL).toBe(0);
    expect([deltas.status.phase, receiver.requests.length]).toEqual(['sending', 0]);
    // Changed beside the list: what is skipped on later pages is in the snapshot all the same.
    outbox.change(pod('b', '6'));
    outbox.endSnapshot(PODS);
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    expect(receiver.requests[0]).toMatchObject({ token: '', fullSnapshot: true, status: 204 });
    expect([...receiver.objects.keys()]).toEqual(['Pod shop/a', 'Pod shop/b']);
    expect(outbox.isWhole(PODS)).toBe(true);
    expect(memory.point).toEqual({
      clusterId: 'cluster-1',
      token: 'token-1',
      positions: new Map([['pods', { position: '6', shape: 'v1/1' }]]),
    });
    expect(log).toContain('confirmed 1 1');
    expect(deltas.status).toMatchObject({ clusterId: 'cluster-1', lastVerdict: undefined });
  });

  it('sends what changes at most every 15 s, a heartbeat when nothing does, each under the last token', async () => {
    const { receiver, clock, outbox, ready, requests, memory } = await start();
    await ready();
    outbox.change(pod('a', '7'));
    outbox.change(pod('c', '8'));
    await clock.advance(14_000);
    expect(receiver.requests.length).toBe(1);
    await requests(2);
    await requests(3);
    expect(receiver.requests.slice(1, 3)).toMatchObject([
      { token: 'token-1', fullSnapshot: false, items: [{ event: 'update' }, { event: 'update' }] },
      { token: 'token-2', fullSnapshot: false, items: [] },
    ]);
    await expect.poll(() => memory.point?.token, POLL).toBe('token-3');
    expect(memory.point?.positions).toEqual(new Map([['pods', { position: '8', shape: 'v1/1' }]]));
  });

  it('begins a fresh snapshot when one is cut, after a pause, with the feeds begun anew', async () => {
    const { receiver, log, list, adopted, clock, deltas } = await start();
    receiver.faults.push({ refuse: 503 });
    await adopted(1);
    list();
    await expect.poll(() => deltas.status.phase, POLL).toBe('pausing');
    expect(deltas.status).toMatchObject({
      lastVerdict: { kind: 'UNAVAILABLE' },
      nextAttemptAtMs: expect.any(Number) as number,
    });
    await clock.advance(5_000);
    await adopted(2);
    list('6', 'c');
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    expect([...receiver.objects.keys()]).toEqual(['Pod shop/c']);
    expect(log.filter((line) => /snapshot|refused|abandon/.test(line))).toEqual([
      'abandon',
      'snapshot FIRST',
      'abandon',
      'refused UNAVAILABLE pausing',
      'abandon',
      'snapshot NOT_TAKEN',
    ]);
  });

  it('sends everything again when the platform has lost its token, under the stale one', async () => {
    const { receiver, ready, requests, adopted, list, deltas, log, memory } = await start();
    await ready();
    receiver.forgetToken();
    await requests(2);
    await adopted(2);
    // Nor shall a process that comes later go on under it.
    expect(memory.point).toBeUndefined();
    list();
    await requests(3);
    expect(deltas.status.phase).toMatch(/sending|ready/);
    expect(receiver.requests[2]).toMatchObject({ token: 'token-1', fullSnapshot: true, status: 204 });
    expect(log).toContain('snapshot TOKEN_REFUSED');
  });

  it('goes on under a token that is remembered, with a heartbeat and no list', async () => {
    const first = await start();
    await first.ready();
    first.stop.abort();
    await first.done;
    const { receiver, memory } = first;
    const second = await start({ receiver, memory });
    await second.adopted(1);
    await expect.poll(() => second.deltas.status.phase, POLL).toBe('ready');
    expect(second.log.slice(0, 2)).toEqual(['resumed 1', 'adopt 1@5']);
    expect(receiver.requests[1]).toMatchObject({ token: 'token-1', fullSnapshot: false, items: [], status: 204 });
    second.outbox.change(pod('a', '9'));
    await second.requests(3);
    expect(receiver.requests[2]).toMatchObject({ items: [{ event: 'update' }] });
  });

  it('sends a full snapshot when a feed is listed again, and the next one for that reason ten minutes later', async () => {
    const { receiver, ready, requests, adopted, list, deltas, clock, log } = await start();
    await ready();
    list('9', 'a');
    await requests(2);
    await adopted(2);
    list('10', 'a');
    await expect.poll(() => receiver.requests.filter(({ fullSnapshot }) => fullSnapshot).length, POLL).toBe(2);
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    expect(receiver.swept).toEqual(['Pod shop/b']);
    list('11', 'a', 'c');
    await requests(receiver.requests.length + 2);
    // It is told what there is, and only what is gone has to wait.
    expect([...receiver.objects.keys()]).toEqual(['Pod shop/a', 'Pod shop/c']);
    expect(log.filter((line) => line.startsWith('snapshot')).length).toBe(2);
    await clock.advance(600_000);
    await adopted(3);
    expect(log.filter((line) => line.startsWith('snapshot'))).toEqual([
      'snapshot FIRST',
      'snapshot HISTORY_LOST',
      'snapshot HISTORY_LOST',
    ]);
  });

  it('sends changes as soon as the platform permits, and everything again when it asks', async () => {
    const { receiver, ready, outbox, clock, wish, adopted, list, log, deltas } = await start();
    await ready();
    wish({ intervalSeconds: 1, resync: false });
    await clock.advance(1_000);
    outbox.change({ ...pod('n', '7'), isNew: true });
    await clock.advance(250);
    await expect.poll(() => receiver.requests.length, POLL).toBe(2);
    expect(receiver.requests[1]).toMatchObject({ items: [{ event: 'add' }] });
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    wish({ resync: true });
    await adopted(2);
    // What it wishes for is on its way.
    wish({ resync: true });
    list();
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    await clock.advance(10_000);
    expect(log.filter((line) => line.startsWith('snapshot'))).toEqual(['snapshot FIRST', 'snapshot ASKED']);
  });

  it('keeps a delta that is not answered, and sends it again with the same token', async () => {
    const { receiver, ready, requests, outbox, log, deltas } = await start();
    await ready();
    receiver.faults.push({ refuse: 429, headers: { 'retry-after': '20' } });
    outbox.change(pod('a', '7'));
    await requests(2);
    await expect.poll(() => deltas.status.phase, POLL).toBe('holding');
    await requests(3);
    expect(receiver.requests.slice(1, 3)).toMatchObject([
      { token: 'token-1', status: 429, items: [{ event: 'update' }] },
      { token: 'token-1', status: 204, items: [{ event: 'update' }] },
    ]);
    expect(log).toContain('refused UNAVAILABLE holding');
  });

  it('gives up an object that is too large, alone', async () => {
    const { receiver, ready, requests, outbox, log } = await start();
    await ready();
    receiver.faults.push({ refuse: 413 }, { refuse: 413 });
    outbox.change(pod('a', '7'));
    outbox.change(pod('c', '8'));
    await requests(4);
    expect(log).toContain('dropped TOO_LARGE');
    // Heartbeats go on beside it, as time does.
    const told = receiver.requests.filter(({ items }) => items.length > 0);
    expect(told.map(({ status, items }) => `${status} ${items.length}`)).toEqual(['204 2', '413 2', '413 1', '204 1']);
  });

  it('remembers no place to go on from while what is gone stays at the platform until the next full snapshot', async () => {
    const { receiver, ready, requests, outbox, log, memory, adopted, list, deltas } = await start();
    await ready();
    expect(memory.point).toMatchObject({ token: 'token-1' });
    receiver.faults.push({ refuse: 422 });
    outbox.change({
      type: 'delete',
      feedId: PODS,
      uid: 'u-a',
      namespace: 'shop',
      name: 'a',
      resourceVersion: '7',
      observedAtMs: 1,
    });
    await requests(3);
    await adopted(2);
    expect(log).toContain('dropped REJECTED');
    expect(memory.point).toBeUndefined();
    list();
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    expect(memory.point).toMatchObject({ token: 'token-3' });
  });

  it('writes no end and sends no delta when the right to send is lost', async () => {
    let isHeld = true;
    let asked = 0;
    const ask = (): boolean => {
      asked += 1;
      return isHeld;
    };
    const { receiver, outbox, adopted, list, clock, deltas } = await start({ isHeld: ask });
    await adopted(1);
    isHeld = false;
    list();
    // It waits for its end as long as there are signs of life.
    for (let look = 0; look < 3; look++) {
      const before = receiver.arrived;
      await clock.advance(5_000);
      await expect.poll(() => receiver.arrived, POLL).toBeGreaterThan(before);
    }
    expect(receiver.requests).toEqual([]);
    isHeld = true;
    await clock.advance(5_000);
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    isHeld = false;
    const before = asked;
    outbox.change(pod('a', '7'));
    await clock.advance(60_000);
    await expect.poll(() => asked, POLL).toBeGreaterThan(before);
    expect(receiver.requests.length).toBe(1);
  });

  it('gives a sign of life while a snapshot waits, and waits two minutes for what may never come', async () => {
    const { receiver, adopted, list, clock, feeds, deltas } = await start();
    feeds[1] = feed(JOBS, 'jobs', 'Job', 'unknown');
    await adopted(1);
    list();
    let before = 0;
    for (let look = 0; look < 3; look++) {
      await clock.advance(5_000);
      await expect.poll(() => receiver.arrived, POLL).toBeGreaterThan(before);
      before = receiver.arrived;
    }
    await clock.advance(100_000);
    expect(receiver.requests).toEqual([]);
    expect(deltas.status.takenAtMs).toBeGreaterThan(0);
    await clock.advance(10_000);
    await expect.poll(() => receiver.requests.length, POLL).toBe(1);
  });

  it('sends soon what came while the answer to a snapshot was on its way', async () => {
    const answered = Promise.withResolvers<void>();
    const { receiver, adopted, list, outbox, wish, clock, deltas } = await start();
    receiver.faults.push({ hold: answered.promise });
    await adopted(1);
    wish({ intervalSeconds: 1, resync: false });
    list();
    await expect.poll(() => outbox.isWhole(PODS) || outbox.pendingCount, POLL).toBe(0);
    await clock.advance(5_000);
    outbox.change(pod('c', '7'));
    await clock.advance(0);
    answered.resolve();
    await expect.poll(() => deltas.status.phase, POLL).toBe('ready');
    await clock.advance(1_000);
    await expect.poll(() => receiver.requests.length, POLL).toBe(2);
    expect(receiver.objects.has('Pod shop/c')).toBe(true);
  });

  it('sends everything where it cannot go on from what is remembered', async () => {
    const memory = new ProcessMemory();
    const positions = new Map([['pods', { position: '5', shape: 'v1/other' }]]);
    memory.remember({ clusterId: 'cluster-1', token: 't', positions });
    const { adopted, log } = await start({ memory });
    await adopted(1);
    expect(log.filter((line) => /ignored|snapshot/.test(line))).toEqual([
      'ignored pods is read in another way now',
      'snapshot FIRST',
    ]);
    const other = new ProcessMemory();
    other.remember({ clusterId: 'cluster-2', token: 't', positions });
    const second = await start({ memory: other });
    await second.adopted(1);
    expect(second.log).not.toContainEqual(expect.stringContaining('ignored'));
  });

  it('sends nothing without the right to', async () => {
    let isHeld = false;
    const { receiver, log, deltas, clock } = await start({ isHeld: () => isHeld });
    await expect.poll(() => deltas.status.phase, POLL).toBe('sending');
    await clock.advance(60_000);
    isHeld = true;
    expect([receiver.requests, log.filter((line) => line.startsWith('adopt'))]).toEqual([[], []]);
  });

  it('hands out what waits before it stops, and no snapshot that nobody can finish', async () => {
    const first = await start();
    await first.ready();
    first.outbox.change(pod('a', '7'));
    await first.deltas.drained(new AbortController().signal);
    expect(first.receiver.requests.at(-1)).toMatchObject({ items: [{ event: 'update' }], status: 204 });
    const second = await start();
    await second.adopted(1);
    await second.deltas.drained(new AbortController().signal);
    expect(second.receiver.requests).toEqual([]);
  });

  it('begins a snapshot when a resource is read in another version, not when only the cluster has one', async () => {
    const { ready, deltas, feeds, adopted, log } = await start();
    await ready();
    deltas.offerChanged();
    feeds[0] = { ...feed(PODS, 'pods', 'Pod', 'live'), version: 'v2' };
    deltas.offerChanged();
    await adopted(2);
    expect(log.filter((line) => line.startsWith('snapshot'))).toEqual(['snapshot FIRST', 'snapshot OTHER_VERSION']);
  });
});
