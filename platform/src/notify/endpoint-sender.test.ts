import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { type Reaction, RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NotifyStore } from '../store/notify-store.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { EndpointSender } from './endpoint-sender.ts';
import { testEnd, testNotification } from './notification.ts';
import { type Endpoint, parseEndpoints } from './parse-endpoints.ts';
import { WAITS_MS } from './plan-delivery.ts';
import { resolveBySystem } from './system-resolver.ts';
import { parseSigningSecret, signedHeaders } from './sign.ts';

const OLD = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NEW = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const answer =
  (status: number): Reaction =>
  (_, response) =>
    response.writeHead(status).end();

let folder = '';
let store: SqliteStore;
let server: RecordingServer;
let clock: ManualClock;
let ended: string[];
let errors: unknown[];
let running: { stop: AbortController; done: Promise<unknown> }[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-sender-'));
  store = new SqliteStore(join(folder, 'platform.db'));
  server = await RecordingServer.start();
  clock = new ManualClock();
  [ended, errors, running] = [[], [], []];
});
afterEach(async () => {
  for (const { stop, done } of running) {
    stop.abort(new Error('the end'));
    await done;
  }
  await store.close();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
  if (errors.length > 0) throw new AggregateError(errors, 'the sender failed');
});

function endpointOf(more: object = {}): Endpoint {
  const entry = {
    id: 'ops',
    url: server.url.href,
    allowHttp: true,
    allowNetworks: ['127.0.0.1'],
    secrets: [OLD],
    ...more,
  };
  const [endpoint] = parseEndpoints(JSON.stringify({ endpoints: [entry] }), () => '').endpoints;
  if (endpoint === undefined) throw new Error('there is one');
  return endpoint;
}

function start(more: object = {}, on: NotifyStore = store.notify): EndpointSender {
  const sender = new EndpointSender({
    endpoint: endpointOf(more),
    store: on,
    timing: { clock, random: () => 0.5 },
    resolve: resolveBySystem,
    onEnded: (id, why) => ended.push(`${id}: ${why}`),
    onError: (error) => errors.push(error),
  });
  const stop = new AbortController();
  running.push({ stop, done: sender.run(stop.signal).catch(() => undefined) });
  return sender;
}

const tell = (id: string, cluster = 'c1', endpoint = 'ops'): Promise<void> =>
  store.notify.tell({
    cluster,
    trouble: 'agent',
    episode: undefined,
    notification: { ...testNotification(id, 0), id, cluster: { id: cluster, name: cluster, provider: 'aks' } },
    endpoints: [endpoint],
    atMs: clock.now(),
  });
const got = (): string[] => server.requests.map(({ headers }) => String(headers['webhook-id']));
const requests = (count: number): Promise<string[]> =>
  eventually({ what: `${count} requests came`, look: got, until: (ids) => ids.length >= count });
const made = (count: number): Promise<number> =>
  eventually({
    what: `${count} attempts are recorded`,
    look: async () => (await store.notify.attempts('ops', 100)).length,
    until: (rows) => rows >= count,
  });
/** Until it waits for its next turn: then time may pass. */
const waits = (): Promise<unknown> =>
  eventually({ what: 'it waits', look: () => clock.nextTimerMs, until: (ms) => ms !== undefined && ms > 0 });

test('what waits is sent in order of its cluster, signed at the time of the attempt', async () => {
  server.react = answer(200);
  for (const id of ['a', 'b', 'c']) await tell(id);
  start();
  expect(await requests(3)).toEqual(['a', 'b', 'c']);
  await made(3);
  const { headers, body } = server.last;
  const timestampSeconds = clock.now() / 1000;
  const signed = signedHeaders({ id: 'c', timestampSeconds, body: body.toString() }, [parseSigningSecret(OLD)]);
  expect(headers).toMatchObject(signed);
  expect(await store.notify.endpoint('ops')).toMatchObject({ delivered: 3, queued: 0 });
});

test('what comes while it waits is sent at once', async () => {
  server.react = answer(204);
  const sender = start();
  await tell('a');
  sender.wake();
  expect(await requests(1)).toEqual(['a']);
  await made(1);
});

test('resolved before the firing went out: both go, in order, and the second waits for the first', async () => {
  server.react = answer(500);
  await tell('firing');
  const sender = start();
  await made(1);
  await tell('resolved');
  sender.wake();
  server.react = answer(200);
  await waits();
  await clock.advance(5_000);
  expect(await requests(3)).toEqual(['firing', 'firing', 'resolved']);
  await made(3);
});

test('an answer that was lost after it was processed brings the same id again', async () => {
  server.react = (_, response) => response.destroy();
  await tell('a');
  start();
  await made(1);
  server.react = answer(200);
  await waits();
  await clock.advance(5_000);
  expect(await requests(2)).toEqual(['a', 'a']);
  const [first, second] = server.requests;
  expect(first?.body.equals(second?.body ?? Buffer.alloc(0))).toBe(true);
  expect(first?.headers['webhook-timestamp']).not.toBe(second?.headers['webhook-timestamp']);
  await made(2);
});

test('a process that ends between sending and recording sends it again, under the same id', async () => {
  const dying: NotifyStore = Object.assign(Object.create(store.notify) as NotifyStore, {
    endpoint: (id: string) => store.notify.endpoint(id),
    heads: (id: string, limit: number) => store.notify.heads(id, limit),
    dropOld: async () => {},
    attempted: () =>
      new Promise<never>((_, reject) => {
        const [first] = running;
        first?.stop.signal.addEventListener('abort', () => reject(new Error('killed')));
      }),
  });
  server.react = answer(200);
  await tell('a');
  start({}, dying);
  await requests(1);
  const [first] = running;
  first?.stop.abort(new Error('killed'));
  await first?.done;
  start();
  expect(await requests(2)).toEqual(['a', 'a']);
  await made(1);
});

test('410 ends an endpoint, and what waits stays until somebody lets it go on', async () => {
  server.react = answer(410);
  await tell('a');
  await tell('b', 'c1');
  const sender = start();
  await made(1);
  await eventually({ what: 'it ended', look: () => ended, until: (all) => all.length > 0 });
  expect(ended).toEqual(['ops: refused for ever with 410']);
  sender.wake();
  expect(await store.notify.endpoint('ops')).toMatchObject({ ended: 'refused for ever with 410', queued: 2 });
  server.react = answer(200);
  await sender.reopen();
  expect(await requests(3)).toEqual(['a', 'a', 'b']);
  await made(3);
});

test('an endpoint that ends while several are on their way has ended once, and again after it went on', async () => {
  server.react = answer(410);
  await tell('a');
  await tell('b', 'c2');
  const sender = start();
  await made(2);
  const once = 'ops: refused for ever with 410';
  const told = (count: number): Promise<string[]> =>
    eventually({ what: `it ended ${count} times`, look: () => [...ended], until: (all) => all.length >= count });
  expect(await told(1)).toEqual([once]);
  await sender.reopen();
  await made(4);
  expect(await told(2)).toEqual([once, once]);
});

test('two secrets sign while one takes the place of the other, also what was queued before', async () => {
  server.react = answer(500);
  await tell('a');
  start();
  await made(1);
  const [first] = running;
  first?.stop.abort(new Error('another configuration'));
  await first?.done;
  server.react = answer(200);
  await clock.advance(10_000);
  start({ secrets: [NEW, OLD] });
  await requests(2);
  await made(2);
  const signatures = server.requests.map(({ headers }) => String(headers['webhook-signature']).split(' ').length);
  expect(signatures).toEqual([1, 2]);
});

test('a slow receiver gets several clusters at once, and a dead one delays no other', async () => {
  const open: Parameters<Reaction>[1][] = [];
  server.react = (_, response) => open.push(response);
  for (let n = 1; n <= 6; n += 1) await tell(`m${n}`, `c${n}`);
  await tell('other', 'c1', 'other');
  start();
  start({ id: 'other' });
  const ids = await requests(5);
  expect(ids.toSorted()).toEqual(['m1', 'm2', 'm3', 'm4', 'other']);
  server.react = answer(200);
  for (const response of open) response.writeHead(200).end();
  expect((await requests(7)).toSorted()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'other']);
  await made(6);
});

test('a receiver that asks for time is left alone by every cluster, and then all go on', async () => {
  server.react = (_, response) => response.writeHead(429, { 'retry-after': '60' }).end();
  await tell('a');
  const sender = start();
  await made(1);
  await tell('b', 'c2');
  sender.wake();
  await waits();
  await clock.advance(59_000);
  expect(got()).toEqual(['a']);
  server.react = answer(200);
  await clock.advance(10_000);
  expect((await requests(3)).toSorted()).toEqual(['a', 'a', 'b']);
  await made(3);
});

test('four at once is the most, also when it is woken up meanwhile', async () => {
  const open: Parameters<Reaction>[1][] = [];
  server.react = ({ headers }, response) => {
    if (headers['webhook-id'] === 'other') response.writeHead(200).end();
    else open.push(response);
  };
  for (let n = 1; n <= 4; n += 1) await tell(`m${n}`, `c${n}`);
  const sender = start();
  await requests(4);
  await tell('m5', 'c5');
  sender.wake();
  await tell('other', 'c1', 'other');
  // What would be on its way by mistake has left before this one.
  start({ id: 'other' });
  expect((await requests(5)).slice(4)).toEqual(['other']);
  server.react = answer(200);
  for (const response of open) response.writeHead(200).end();
  await made(5);
});

test('time that a receiver asked for counts, whatever it answers to what was on its way then', async () => {
  const open = new Map<unknown, Parameters<Reaction>[1]>();
  server.react = ({ headers }, response) => open.set(headers['webhook-id'], response);
  await tell('a', 'c1');
  await tell('b', 'c2');
  const sender = start();
  await requests(2);
  open.get('a')?.writeHead(503, { 'retry-after': '60' }).end();
  await made(1);
  open.get('b')?.writeHead(200).end();
  await made(2);
  await tell('c', 'c3');
  server.react = answer(200);
  sender.wake();
  await waits();
  await clock.advance(59_000);
  expect(got().toSorted()).toEqual(['a', 'b']);
  await clock.advance(10_000);
  expect((await requests(4)).slice(2).toSorted()).toEqual(['a', 'c']);
  await made(4);
});

test('a message that alone is not taken in ten attempts is given up, and the endpoint goes on', async () => {
  server.react = ({ headers }, response) => response.writeHead(headers['webhook-id'] === 'bad' ? 400 : 200).end();
  await tell('bad');
  const sender = start();
  await made(1);
  await tell('good', 'c2');
  sender.wake();
  await made(2);
  for (const [index, waitMs] of WAITS_MS.entries()) {
    await waits();
    await clock.advance(waitMs);
    await made(index + 3);
  }
  expect(await store.notify.endpoint('ops')).toMatchObject({
    ended: '',
    queued: 0,
    delivered: 1,
    failed: 10,
    dropped: { full: 0, old: 0, exhausted: 1 },
  });
  expect(ended).toEqual([]);
});

test('what became a week old while an endpoint was switched off is not told when it goes on', async () => {
  server.react = answer(200);
  await tell('a');
  const sender = start();
  await made(1);
  await sender.disable();
  await tell('old', 'c2');
  await clock.advance(7 * 24 * 3_600_000 + 1);
  await tell('new', 'c3');
  await sender.reopen();
  expect(await requests(2)).toEqual(['a', 'new']);
  await made(2);
  expect(await store.notify.endpoint('ops')).toMatchObject({ queued: 0, dropped: { old: 1 } });
});

test('a thousand clusters are told of by a receiver that takes its time, four at once and none twice', async () => {
  const open: Parameters<Reaction>[1][] = [];
  let most = 0;
  server.react = (_, response) => {
    open.push(response);
    most = Math.max(most, open.length);
    // As late as may be: in the turn after everything that can be started was started.
    setImmediate(() => open.shift()?.writeHead(200).end());
  };
  for (let n = 1; n <= 1_000; n += 1) await tell(`m${n}`, `c${n}`);
  start();
  await made(100);
  await eventually({
    what: 'all are told',
    look: () => store.notify.endpoint('ops'),
    until: ({ queued }) => queued === 0,
  });
  expect(new Set(got()).size).toBe(1_000);
  expect(got()).toHaveLength(1_000);
  expect(most).toBeLessThanOrEqual(4);
});

test('a clock that was set back holds nothing for longer than anything waits', async () => {
  server.react = answer(200);
  await tell('a');
  const [head] = await store.notify.heads('ops', 2_000);
  const far = { type: 'again', dueAtMs: clock.now() + 100 * 24 * 3_600_000 } as const;
  const row = {
    endpoint: 'ops',
    message: 'a',
    cluster: 'c1',
    title: '',
    atMs: clock.now(),
    attempt: 1,
    isDelivered: false,
    result: '',
  };
  await store.notify.attempted({ ...row, queued: head?.key, next: far, ends: undefined });
  start();
  expect(await requests(1)).toEqual(['a']);
  await made(2);
});

/** A clock that somebody sets. */
class SetClock extends ManualClock {
  aheadMs = 0;

  override now(): number {
    return super.now() + this.aheadMs;
  }
}

test('a clock that is set while it waits makes no wait longer or shorter, and a signature has the time of now', async () => {
  const set = new SetClock();
  clock = set;
  for (const [index, hours] of [-1, 1, 24 * 30].entries()) {
    server.react = answer(500);
    const before = got().length;
    await tell(`m${index}`);
    const sender = start();
    await made(before + 1);
    await waits();
    set.aheadMs += hours * 3_600_000;
    sender.wake();
    await waits();
    server.react = answer(200);
    await clock.advance(4_900);
    expect(got()).toHaveLength(before + 1);
    await clock.advance(200);
    expect((await requests(before + 2)).slice(before)).toEqual([`m${index}`, `m${index}`]);
    await made(before + 2);
    const signedAt = Number(server.last.headers['webhook-timestamp']);
    expect(signedAt).toBe(Math.floor(clock.now() / 1000));
    const last = running.at(-1);
    last?.stop.abort(new Error('the end'));
    await last?.done;
  }
  expect(await store.notify.endpoint('ops')).toMatchObject({ delivered: 3, queued: 0, dropped: { old: 0 } });
});

test('what was queued before the clock was set back is sent at once', async () => {
  const set = new SetClock();
  clock = set;
  await tell('a');
  set.aheadMs = -3_600_000;
  server.react = answer(200);
  start();
  expect(await requests(1)).toEqual(['a']);
  await made(1);
});

test('what was taken is not sent again while the store cannot be written', async () => {
  let isFull = true;
  const full: NotifyStore = Object.assign(Object.create(store.notify) as NotifyStore, {
    endpoint: (id: string) => store.notify.endpoint(id),
    heads: (id: string, limit: number) => store.notify.heads(id, limit),
    dropOld: async () => {},
    attempted: async (attempt: Parameters<NotifyStore['attempted']>[0]) => {
      if (isFull) throw new Error('the disk is full');
      return store.notify.attempted(attempt);
    },
  });
  server.react = answer(200);
  await tell('a');
  start({}, full);
  await eventually({ what: 'it cannot be recorded', look: () => errors.length, until: (count) => count > 0 });
  await waits();
  await clock.advance(60_000);
  await eventually({ what: 'it is tried again', look: () => errors.length, until: (count) => count > 3 });
  isFull = false;
  await waits();
  await clock.advance(5_000);
  await made(1);
  expect(got()).toEqual(['a']);
  expect(new Set(errors.splice(0).map(String))).toEqual(new Set(['Error: the disk is full']));
});

test('what was tried and is a week old is dropped, and what was never tried is tried', async () => {
  server.react = answer(500);
  await tell('a');
  start();
  await made(1);
  const [first] = running;
  first?.stop.abort(new Error('the end'));
  await first?.done;
  await tell('b', 'c2');
  await clock.advance(8 * 24 * 3_600_000);
  server.react = answer(200);
  start();
  expect(await requests(2)).toEqual(['a', 'b']);
  await made(2);
  expect(await store.notify.endpoint('ops')).toMatchObject({ dropped: { old: 1 }, queued: 0 });
});

test('a test goes beside the queue, also to an endpoint that has ended', async () => {
  server.react = answer(410);
  await tell('a');
  const sender = start();
  await made(1);
  const { signal } = new AbortController();
  const [sample, end] = [testNotification('x', 0), testEnd(testNotification('x', 0))];
  // What was not taken has no end.
  expect(await sender.test([sample, end], signal)).toEqual({ is: 'gone', status: 410 });
  server.react = answer(200);
  expect(await sender.test([sample, end], signal)).toEqual({ is: 'delivered', status: 200 });
  expect(got()).toEqual(['a', 'test_x-1', 'test_x-1', 'test_x-2']);
  expect((await store.notify.attempts('ops', 1))[0]).toMatchObject({
    title: 'resolved: no cluster: This is a test: nothing is wrong',
    result: 'taken with 200',
  });
  expect(await store.notify.endpoint('ops')).toMatchObject({ ended: 'refused for ever with 410' });
});
