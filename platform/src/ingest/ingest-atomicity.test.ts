/** Requests that meet, and a process that dies: the ingest on a store that takes its time, or does not come back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ack, Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { begin, end, NODES, PODS, progress, remove, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { Refusal } from '../answer/refusal.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { createJsonCheck } from '../store/sqlite/json-check.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { Ingest } from './ingest.ts';
import type { IngestEvent } from './ingest-event.ts';

const OPEN = {
  instanceId: 'agent-a',
  clusterUid: 'kube-system-1',
  agentVersion: '0.1.0',
  kubernetesVersion: '1.36.2',
  feeds: [PODS, NODES],
  encodings: ['JSON' as const],
};

let folder = '';
let store: SqliteStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-ingest-'));
  store = new SqliteStore(join(folder, 'platform.db'));
  for (const id of ['c1', 'c2']) {
    await store.register({ identity: { provider: 'aks', identity: id, name: id }, id, atMs: 1 });
  }
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A store each call of which goes through `around`. */
function wrapped(around: (name: string, call: () => Promise<unknown>) => Promise<unknown>): PlatformStore {
  return new Proxy<PlatformStore>(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => around(String(name), () => method.apply(target, args));
    },
  });
}

const slow = (): PlatformStore =>
  wrapped(async (_name, call) => {
    await nextTurn();
    const result = await call();
    await nextTurn();
    return result;
  });

interface Around {
  readonly isProcessing?: () => boolean;
  readonly now?: () => number;
}

function ingestOn(
  on: PlatformStore,
  { isProcessing = () => true, now = () => 1_000 }: Around = {},
): { ingest: Ingest; events: IngestEvent[] } {
  const limits = { maxBatchBytes: 1_000_000, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
  const settings = { limits, maxObjectBytes: 1_000_000, isRecorded: false };
  const hooks = { isProcessing };
  const ingest = new Ingest({ store: on, now, settings, isJsonObject: createJsonCheck(), hooks });
  const events: IngestEvent[] = [];
  ingest.observe((event) => events.push(event));
  return { ingest, events };
}

const batch = (seq: number, entries: readonly Entry[] = [], epoch = 1) => ({ epoch, seq, sentAtMs: 0, entries });

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'taken',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );
}

test('two opens at once get an epoch each, one after the other', async () => {
  const { ingest } = ingestOn(slow());
  const answers = await Promise.all([ingest.open('c1', OPEN), ingest.open('c1', OPEN)]);
  expect(answers.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect((await store.feeds('c1')).map(({ resource }) => resource)).toEqual(['pods', 'nodes']);
});

test('a batch that is sent again while it is still worked on counts once, and both get the ack', async () => {
  const { ingest, events } = ingestOn(slow());
  await ingest.open('c1', OPEN);
  const send = (): Promise<Ack> => ingest.receive('c1', batch(1, [upsert('a')]), { wireBytes: 9, digest: 'd' });
  const acks = await Promise.all([send(), send(), send()]);
  expect(acks.map(({ receivedSeq, processedSeq }) => [receivedSeq, processedSeq])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
  expect(await store.cluster('c1')).toMatchObject({ receivedTotal: 1, processedTotal: 1, wireBytesTotal: 9 });
  expect(events.map(({ type }) => type)).toEqual(['opened', 'received', 'processed', 'duplicate', 'duplicate']);
});

test('a batch that meets the open of another agent is taken whole before it, or fenced after it', async () => {
  const { ingest } = ingestOn(slow());
  await ingest.open('c1', OPEN);
  const before = [
    codeOf(ingest.receive('c1', batch(1, [upsert('a')]), { wireBytes: 1, digest: 'd' })),
    codeOf(ingest.open('c1', OPEN)),
  ];
  expect(await Promise.all(before)).toEqual(['taken', 'taken']);
  const after = [
    codeOf(ingest.open('c1', OPEN)),
    codeOf(ingest.receive('c1', batch(1, [remove('a')], 2), { wireBytes: 1, digest: 'd' })),
  ];
  expect(await Promise.all(after)).toEqual(['taken', 'FENCED']);
  const [pods] = await store.feeds('c1');
  expect((await store.objectsAfter(pods?.key ?? -1, '', 9)).map(({ uid }) => uid)).toEqual(['uid-a']);
});

test('one cluster does not wait for another', async () => {
  const gate = Promise.withResolvers<void>();
  await ingestOn(store).ingest.open('c2', OPEN);
  const stuck = wrapped(async (name, call) => {
    if (name === 'startSession') await gate.promise;
    return call();
  });
  const { ingest } = ingestOn(stuck);
  const opened = ingest.open('c1', OPEN);
  expect(await ingest.receive('c2', batch(1), { wireBytes: 1, digest: 'd' })).toMatchObject({ receivedSeq: 1 });
  gate.resolve();
  expect(await opened).toMatchObject({ epoch: 1 });
});

test('what another process did in the middle of a request is a 503, and the request asked again is decided anew', async () => {
  const [one, two] = [ingestOn(slow()).ingest, ingestOn(slow()).ingest];
  expect((await Promise.all([codeOf(one.open('c1', OPEN)), codeOf(two.open('c1', OPEN))])).sort()).toEqual([
    'CONFLICT',
    'taken',
  ]);
  const send = (ingest: Ingest): Promise<Ack> =>
    ingest.receive('c1', batch(1, [upsert('a')]), { wireBytes: 1, digest: 'd' });
  expect((await Promise.all([codeOf(send(one)), codeOf(send(two))])).sort()).toEqual(['CONFLICT', 'taken']);
  expect(await send(two)).toMatchObject({ receivedSeq: 1, entryCount: 1 });
  expect(await store.cluster('c1')).toMatchObject({ epoch: 1, receivedTotal: 1, processedTotal: 1 });
});

test('a feed that no open offers for a day goes with its objects, unasked', async () => {
  let nowMs = 1_000;
  const { ingest } = ingestOn(slow(), { now: () => nowMs });
  await ingest.open('c1', OPEN);
  await ingest.receive('c1', batch(1, [upsert('a')]), { wireBytes: 1, digest: 'd' });
  await ingest.open('c1', { ...OPEN, feeds: [NODES] });
  nowMs += 24 * 60 * 60 * 1000;
  await ingest.removeStale();
  expect((await store.feeds('c1')).map(({ resource }) => resource)).toEqual(['pods', 'nodes']);
  nowMs += 1;
  await ingest.removeStale();
  expect((await store.feeds('c1')).map(({ resource }) => resource)).toEqual(['nodes']);
});

/** What a cluster's whole state is after a story, apart from how many sessions it took. */
async function picture(): Promise<unknown> {
  const feeds = await store.feeds('c1');
  const { receivedTotal, processedTotal } = (await store.cluster('c1')) ?? {};
  const objects = await Promise.all(feeds.map(async ({ key }) => store.objectsAfter(key, '', 99)));
  return {
    receivedTotal,
    processedTotal,
    resumePoints: feeds.map(({ resource, resumePoint }) => [resource, resumePoint]),
    objects: objects.flat().map(({ uid, body }) => [uid, Buffer.from(body).toString()]),
  };
}

/** A snapshot, changes, two batches that wait because processing is paused, and one that finds them waiting. */
const STORY: readonly { readonly isPaused?: boolean; readonly entries: readonly Entry[] }[] = [
  { entries: [begin(), upsert('a'), upsert('b'), upsert('c'), end(3, '70')] },
  { entries: [remove('a'), upsert('d'), progress('71')] },
  { isPaused: true, entries: [begin(), upsert('b'), upsert('e')] },
  { isPaused: true, entries: [end(2, '80')] },
  { entries: [upsert('f'), progress('81')] },
];

/** Plays the story with a process that dies at the call of the store with this number, before or after it has happened. */
async function play(dieAt: number, dieAfter: boolean): Promise<number> {
  let calls = 0;
  let isDead = false;
  const mortal = wrapped(async (_name, call) => {
    if (isDead) throw new Error('dead');
    calls += 1;
    if (calls !== dieAt) return call();
    if (dieAfter) await call();
    isDead = true;
    throw new Error('dead');
  });
  let isPaused = false;
  let { ingest } = ingestOn(mortal, { isProcessing: () => !isPaused });
  /** Asked again of the next process until it is answered, as an agent does. */
  const survive = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isDead) throw error;
        isDead = false;
        ({ ingest } = ingestOn(mortal, { isProcessing: () => !isPaused }));
        await ingest.processWaiting();
      }
    }
  };
  const { epoch } = await survive(() => ingest.open('c1', OPEN));
  for (const [index, step] of STORY.entries()) {
    isPaused = step.isPaused ?? false;
    const ack = await survive(() =>
      ingest.receive('c1', batch(index + 1, step.entries, epoch), { wireBytes: 1, digest: 'd' }),
    );
    expect(ack).toMatchObject({ epoch, receivedSeq: index + 1, entryCount: step.entries.length });
  }
  return calls;
}

test('the process may die at any call of the store, before or after it: what was sent again counts once, and nothing is lost', async () => {
  const calls = await play(0, false);
  const healthy = await picture();
  expect(healthy).toMatchObject({
    receivedTotal: 5,
    processedTotal: 5,
    resumePoints: [
      ['pods', '81'],
      ['nodes', undefined],
    ],
    objects: [['uid-b'], ['uid-e'], ['uid-f']].map(([uid]) => [uid, expect.any(String) as string]),
  });
  for (let dieAt = 1; dieAt <= calls; dieAt += 1) {
    for (const dieAfter of [false, true]) {
      await store.close();
      rmSync(folder, { recursive: true });
      folder = mkdtempSync(join(tmpdir(), 'castai-ingest-'));
      store = new SqliteStore(join(folder, 'platform.db'));
      await store.register({ identity: { provider: 'aks', identity: 'c1', name: 'c1' }, id: 'c1', atMs: 1 });
      await play(dieAt, dieAfter);
      expect({ dieAt, dieAfter, picture: await picture() }).toEqual({ dieAt, dieAfter, picture: healthy });
    }
  }
});
