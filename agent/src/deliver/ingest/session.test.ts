import type {
  Ack,
  Batch,
  EndedSession,
  Entry,
  OfferTerms,
  OpenRequest,
  OpenResponse,
  Upsert,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';
import { giveBack } from '@castai/shared/wire/ingest/give-back.ts';
import type { IngestTransport, PreparedBatch } from '@castai/shared/wire/ingest/ingest-transport.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { LeaseDoubt } from '@castai/shared/lead/leadership.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../batch/outbox.ts';
import { BATCH_READY_BYTES } from '../../batch/send-due.ts';
import { BatchTally } from './batch-tally.ts';
import { Session } from './session.ts';
import type { SessionMandate } from './session-calls.ts';

const limits = { maxBatchBytes: 1 << 20, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
const unavailable: Verdict = { kind: 'UNAVAILABLE', detail: '503', status: 503 };

/** The other side of the protocol in memory: answers as told, otherwise acknowledges. */
class ScriptedTransport implements IngestTransport {
  readonly sent: PreparedBatch[] = [];
  readonly batches = new Map<PreparedBatch, Batch>();
  opened = 0;
  answers: (Verdict | Partial<Ack>)[] = [];
  /** What has more entries together is answered with 413. */
  maxBytes = Infinity;
  tooLarge = 0;
  openAnswers: Verdict[] = [];
  ended: EndedSession | undefined;
  offers: OfferTerms | undefined;

  open(_: string, request: OpenRequest): Promise<Outcome<OpenResponse>> {
    this.opened += 1;
    const refusal = this.openAnswers.shift();
    if (refusal !== undefined) return Promise.resolve({ ok: false, verdict: refusal });
    const resume = request.feeds.map(({ id }) => ({ feedId: id, resourceVersion: '1' }));
    return Promise.resolve({
      ok: true,
      value: {
        epoch: this.opened,
        resume,
        limits,
        directives: [],
        ...(this.ended === undefined ? {} : { ended: this.ended }),
        ...(this.offers === undefined ? {} : { offers: this.offers }),
      },
    });
  }

  prepare(batch: Batch, onPacked?: (entries: readonly Entry[]) => void): Promise<PreparedBatch> {
    const { epoch, seq, entries } = batch;
    const prepared = {
      epoch,
      seq,
      entryCount: entries.length,
      encoding: 'zstd' as const,
      bytes: new Uint8Array(1),
      rawBytes: entries.reduce((sum, entry) => sum + entryBytes(entry), 0),
    };
    this.batches.set(prepared, structuredClone(batch));
    onPacked?.(entries);
    return Promise.resolve(prepared);
  }

  unpack(prepared: PreparedBatch): Promise<readonly Entry[]> {
    return Promise.resolve(structuredClone(this.batches.get(prepared)?.entries ?? []));
  }

  send(_: string, prepared: PreparedBatch): Promise<Outcome<Ack>> {
    this.sent.push(prepared);
    if (prepared.rawBytes > this.maxBytes) {
      this.tooLarge += 1;
      return Promise.resolve({ ok: false, verdict: { kind: 'TOO_LARGE', detail: '413' } });
    }
    const answer = this.answers.shift();
    if (answer !== undefined && 'kind' in answer) return Promise.resolve({ ok: false, verdict: answer });
    const { epoch, seq, entryCount } = prepared;
    return Promise.resolve({
      ok: true,
      value: { epoch, receivedSeq: seq, processedSeq: seq, entryCount, directives: [], rejections: [], ...answer },
    });
  }

  /** Uids per request, in order. */
  get delivered(): string[][] {
    return this.sent.map((prepared) =>
      (this.batches.get(prepared)?.entries ?? []).flatMap((entry) => ('uid' in entry ? [entry.uid] : [])),
    );
  }
}

const running: { stop: AbortController; done: Promise<void> }[] = [];
afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.splice(0).map(({ done }) => done));
});

/** Without an election. */
const SOLE: SessionMandate = { evidence: undefined, isHeld: () => true, challenge: () => undefined };

async function startSession(
  prepare: (transport: ScriptedTransport) => void = () => {},
  mandate: SessionMandate = SOLE,
) {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  prepare(transport);
  const log: string[] = [];
  const packed: Entry[] = [];
  const outbox: Outbox = new Outbox({
    limitBytes: 1 << 20,
    onDemoted: () => {},
    onWaiting: () => session.noteWaiting(),
    onMayOffer: () => {},
  });
  const session: Session = new Session({
    transport,
    outbox,
    clock,
    random: () => 0.5,
    onPacked: (entries) => {
      packed.push(...entries);
      for (const entry of entries) if (entry.type === 'upsert') giveBack(entry.body);
    },
    mandate,
    register: () => Promise.resolve('cluster-1'),
    feeds: {
      describe: () => ({
        instanceId: 'i',
        clusterUid: 'u',
        agentVersion: 'v',
        kubernetesVersion: 'k',
        feeds: [],
        encodings: ['JSON'],
      }),
      adopt: ({ epoch }) => {
        log.push(`adopt ${String(epoch)}`);
        outbox.startFeed(1, '1', true);
      },
      abandon: () => log.push('abandon'),
      resync: (feedIds, reason) => log.push(`resync ${feedIds.join()} ${reason}`),
      setAside: (feedId, reason) => log.push(`set aside ${String(feedId)} ${reason}`),
      onRoom: () => {},
    },
    tally: new BatchTally(),
    observer: {
      onOpened: () => {},
      onOpenRefused: () => {},
      onAttempt: () => {},
      onRefused: (verdict, next, delayMs) => log.push(`refused ${verdict.kind} ${next} ${String(delayMs)}`),
      onConfirmed: (received, processed) => log.push(`confirmed ${String(received)} ${String(processed)}`),
      onDropped: (_, reason) => log.push(`dropped ${reason}`),
      onLimitsClamped: (clamped) => log.push(`clamped ${clamped}`),
      onOffersAnswered: (held, wanted) => log.push(`offers: ${held} held, ${wanted} wanted`),
      onRejected: (_, { code }) => log.push(`rejected ${code}`),
    },
  });
  const stop = new AbortController();
  running.push({ stop, done: session.run(stop.signal) });
  await clock.advance(0);
  let revision = 1;
  const change = (uid: string, bytes = 0): void => {
    revision += 1;
    outbox.change({
      type: 'upsert',
      feedId: 1,
      uid,
      namespace: '',
      name: uid,
      resourceVersion: String(revision),
      observedAtMs: 0,
      encoding: 'JSON',
      body: new Uint8Array(bytes),
    });
  };
  return { clock, transport, log, packed, outbox, session, change };
}

describe('session', () => {
  it('keeps no body of what is packed, sends the same bytes again, and packs other content out of the packed bytes', async () => {
    const { clock, transport, log, change, packed } = await startSession();
    const refused: Verdict = { kind: 'REJECTED', byPlatform: true, detail: '422' };
    const other: Verdict = { kind: 'UNSUPPORTED_ENCODING', detail: '415', next: 'gzip' };
    for (const [index, uid] of ['a', 'b', 'c', 'd'].entries()) change(uid, index + 1);
    transport.answers = [{ kind: 'TOO_LARGE', detail: '413' }, other, refused, unavailable];
    await clock.advance(250);
    const lengthsOf = (entries: readonly Entry[]): number[] =>
      entries.flatMap((entry) => (entry.type === 'upsert' ? [entry.body.length] : []));
    expect(lengthsOf(packed.slice(0, 4))).toEqual([0, 0, 0, 0]);
    await clock.advance(5_000);
    const lengths = transport.sent.map((prepared) => lengthsOf(transport.batches.get(prepared)?.entries ?? []));
    expect(lengths).toEqual([[1, 2, 3, 4], [1, 2, 3], [1, 2, 3], [1, 2], [1, 2], [3], [4]]);
    expect(log.filter((line) => line.startsWith('dropped'))).toEqual([]);
  });

  it('registers, opens and sends the first entry after a quarter of a second', async () => {
    const { clock, transport, change } = await startSession();
    change('a');
    await clock.advance(249);
    expect(transport.sent).toEqual([]);
    await clock.advance(1);
    expect(transport.delivered).toEqual([['a']]);
    expect(transport.sent[0]).toMatchObject({ epoch: 1, seq: 1 });
  });

  it('never cuts a batch in the middle of what is handed in in one turn', async () => {
    type Stage = Awaited<ReturnType<typeof startSession>>;
    const f = async (expected: string[], interrupt: (stage: Stage) => void, fillTo = 0): Promise<void> => {
      const stage = await startSession();
      const { clock, transport, outbox, change } = stage;
      change('deleted meanwhile', fillTo);
      // As a snapshot begins: what waits of its feed is void after the last line, and must not go out behind the first.
      outbox.beginSnapshot(1);
      interrupt(stage);
      outbox.startFeed(1, '9', false);
      await clock.advance(15_000);
      const sent = transport.sent.flatMap((prepared) => transport.batches.get(prepared)?.entries ?? []);
      expect(sent.map(({ type }) => type)).toEqual(expected);
    };
    // The begin fills the batch: it is due at once.
    await f(['snapshotBegin'], () => {}, BATCH_READY_BYTES - 350);
    await f(['snapshotBegin'], ({ session }) => void session.drained(new AbortController().signal));
    // The begin is of the session that ends: the next one has snapshots of its own.
    await f([], ({ session }) => session.offerChanged());
  });

  it('sends what is wanted of a snapshot before its end, and gives back the bodies of what the platform has', async () => {
    const { clock, transport, log, packed, outbox } = await startSession((scripted) => {
      scripted.offers = { held: [{ feedId: 1, resourceVersion: '5' }] };
    });
    const page = ['a', 'b'].map((uid): Upsert => ({
      type: 'upsert',
      feedId: 1,
      uid,
      namespace: '',
      name: uid,
      resourceVersion: '8',
      observedAtMs: 0,
      encoding: 'JSON',
      body: new Uint8Array(2000),
    }));
    outbox.startFeed(1, '9', false);
    outbox.beginSnapshot(1);
    outbox.confirmOffers(1);
    outbox.addPage(1, page, () => {});
    outbox.endSnapshot(1);
    // The first answer is lost: the repetition is answered alike.
    transport.answers = [unavailable, { wanted: [2] }];
    await clock.advance(15_000);
    const sent = transport.sent.flatMap((prepared) => transport.batches.get(prepared)?.entries ?? []);
    expect(sent.map(({ type }) => type)).toEqual([
      'snapshotBegin',
      'offer',
      'offer',
      'snapshotBegin',
      'offer',
      'offer',
      'upsert',
      'snapshotEnd',
    ]);
    expect(sent.at(-2)).toMatchObject({ uid: 'b', body: new Uint8Array(2000) });
    expect(sent.at(-1)).toMatchObject({ resourceVersion: '9', count: 2 });
    expect(log).toContain('offers: 1 held, 1 wanted');
    expect(packed.filter(({ type }) => type === 'upsert')).toMatchObject([{ uid: 'a' }, { uid: 'b' }]);
    expect(outbox.pendingBytes).toBe(0);
  });

  it('sends a heartbeat when there is nothing to say, and counts it as received and processed', async () => {
    const { clock, transport, log } = await startSession();
    await clock.advance(15_000);
    expect(transport.sent).toHaveLength(1);
    expect(transport.sent[0]?.entryCount).toBe(0);
    expect(log).toContain('confirmed 1 1');
  });

  it('sends the same bytes again after an outage and collects changes meanwhile', async () => {
    const { clock, transport, change } = await startSession();
    transport.answers = [unavailable, unavailable];
    change('a');
    await clock.advance(250);
    change('b');
    await clock.advance(60_000);
    expect(transport.delivered.slice(0, 4)).toEqual([['a'], ['a'], ['a'], ['b']]);
    expect(transport.sent[0]).toBe(transport.sent[1]);
    expect(transport.sent[2]).toBe(transport.sent[0]);
  });

  it('tries at once when a refused key was replaced while it waits, and takes no notice otherwise', async () => {
    const refused: Verdict = { kind: 'UNAUTHORIZED', status: 401, detail: '401', keyChanged: false };
    const { clock, transport, change, session } = await startSession();
    transport.answers = [refused, refused, { ...unavailable, retryAfterMs: 600_000 }];
    change('a');
    await clock.advance(250);
    await clock.advance(20_000);
    expect(transport.sent).toHaveLength(1);
    session.keyReplaced();
    await clock.advance(0);
    expect(transport.sent).toHaveLength(2);
    session.keyReplaced();
    await clock.advance(0);
    expect(transport.sent).toHaveLength(3);
    // The third answer has nothing to do with the key.
    session.keyReplaced();
    await clock.advance(10_000);
    expect(transport.sent).toHaveLength(3);
  });

  it('opens at once when the key that refused the open was replaced', async () => {
    const refused: Verdict = { kind: 'UNAUTHORIZED', status: 403, detail: '403', keyChanged: false };
    const { clock, transport, session } = await startSession((prepared) => (prepared.openAnswers = [refused]));
    await clock.advance(1_000);
    expect(transport.opened).toBe(1);
    session.keyReplaced();
    await clock.advance(0);
    expect([transport.opened, session.status.phase]).toEqual([2, 'ready']);
  });

  it('is not silenced by a pause of a month, nor kept busy by a heartbeat a millisecond, and says so once', async () => {
    const { clock, transport, log, change } = await startSession();
    const hostile = { maxBatchBytes: 1, heartbeatMs: 1, minBatchIntervalMs: 4e9 };
    transport.answers = [{ limits: hostile }, { limits: hostile }, { limits: hostile }];
    await clock.advance(15_000);
    change('a');
    await clock.advance(60_000);
    expect(transport.delivered).toEqual([[], ['a']]);
    await clock.advance(60_000);
    expect(transport.sent).toHaveLength(3);
    expect(log.filter((line) => line.startsWith('clamped'))).toEqual([
      'clamped maxBatchBytes 1 → 65536, heartbeatMs 1 → 1000, minBatchIntervalMs 4000000000 → 60000',
    ]);
  });

  it('counts what was processed, and received, of a session that is over, when the next one is opened', async () => {
    const { clock, transport, log } = await startSession();
    // Received and not processed; the answer to the second is lost, and the session with it.
    transport.answers = [{ processedSeq: 0 }, { kind: 'UNKNOWN_EPOCH', detail: '' }];
    transport.ended = { epoch: 1, receivedSeq: 2, processedSeq: 2 };
    await clock.advance(31_000);
    expect(log.filter((line) => !line.startsWith('refused'))).toEqual([
      'adopt 1',
      'confirmed 1 0',
      'abandon',
      'confirmed 1 2',
      'adopt 2',
    ]);
  });

  it('finds a limit on the size of a batch once, keeps to it for minutes, and then tries more again', async () => {
    const { clock, transport, change } = await startSession();
    transport.maxBytes = 100_000;
    const refusalsOf = async (round: string): Promise<number> => {
      const before = transport.tooLarge;
      for (let i = 0; i < 50; i += 1) change(`${round}${String(i)}`, 10_000);
      await clock.advance(60_000);
      return transport.tooLarge - before;
    };
    expect(await refusalsOf('first')).toBeGreaterThan(3);
    expect(await refusalsOf('second')).toBe(0);
    await clock.advance(600_000);
    expect(await refusalsOf('third')).toBeGreaterThan(3);
    expect(new Set(transport.delivered.flat()).size).toBe(150);
  });

  it('waits at least as long as Retry-After says', async () => {
    const { clock, transport, change, session } = await startSession();
    transport.answers = [{ ...unavailable, retryAfterMs: 120_000 }];
    change('a');
    await clock.advance(250);
    await clock.advance(119_999);
    expect(transport.sent).toHaveLength(1);
    expect(session.status.lastVerdict?.detail).toBe('503');
    await clock.advance(30_000);
    expect(transport.sent.length).toBeGreaterThan(1);
  });

  it('drops what waits and goes back to the resume points when it is fenced, five minutes later', async () => {
    const { clock, transport, change, log, outbox } = await startSession();
    transport.answers = [{ kind: 'FENCED', detail: 'a newer session' }];
    change('a');
    await clock.advance(250);
    expect(log.slice(0, 2)).toEqual(['adopt 1', 'abandon']);
    expect(outbox.pendingCount).toBe(0);
    await clock.advance(300_000);
    expect(transport.opened).toBe(1);
    await clock.advance(300_000);
    expect(log).toContain('adopt 2');
  });

  it('loses no more than a moment to an open of its own that was carried out late', async () => {
    const challenge = (): never => {
      throw new Error('nobody else is there to ask about');
    };
    const { clock, transport } = await startSession(undefined, { ...SOLE, challenge });
    transport.answers = [{ kind: 'FENCED', detail: '', openedBy: 'i' }];
    await clock.advance(15_000 + 500);
    expect(transport.opened).toBe(2);
  });

  it('with the lease in hand opens anew a second after it was fenced, and the next time after five minutes', async () => {
    const proofs: LeaseDoubt[] = [];
    const challenge = (doubt: LeaseDoubt): Promise<void> => Promise.resolve(void proofs.push(doubt));
    const { clock, transport } = await startSession(undefined, { ...SOLE, challenge });
    transport.answers = [
      { kind: 'FENCED', detail: '' },
      { kind: 'FENCED', detail: '' },
    ];
    await clock.advance(15_000 + 1_000);
    expect([transport.opened, proofs]).toEqual([2, [{ seenTransitions: undefined }]]);
    await clock.advance(15_000 + 299_000);
    expect([transport.opened, proofs.length]).toEqual([2, 2]);
    await clock.advance(151_000);
    expect(transport.opened).toBe(3);
  });

  it('asks for a lease that counts on from where the platform is, step by step when that does not say', async () => {
    const doubts: LeaseDoubt[] = [];
    const challenge = (doubt: LeaseDoubt): Promise<void> => Promise.resolve(void doubts.push(doubt));
    const evidence = { uid: 'lease', transitions: 42 };
    const prepare = (scripted: ScriptedTransport): void => {
      scripted.openAnswers = [
        { kind: 'NOT_LEADER', detail: '', seenTransitions: 7 },
        { kind: 'NOT_LEADER', detail: '' },
      ];
    };
    const { clock } = await startSession(prepare, { evidence, isHeld: () => true, challenge });
    await clock.advance(500);
    expect(doubts).toEqual([{ seenTransitions: 7 }, { seenTransitions: 42 }]);
  });

  it('opens no more while nobody says that the lease is in hand', async () => {
    const silence = new Promise<void>(() => {});
    const { clock, transport } = await startSession(undefined, { ...SOLE, challenge: () => silence });
    transport.answers = [{ kind: 'FENCED', detail: '' }];
    await clock.advance(3_600_000);
    expect(transport.opened).toBe(1);
  });

  it('sends nothing more from the moment that the right to is over', async () => {
    let isHeld = true;
    const { clock, transport, change } = await startSession(undefined, {
      ...SOLE,
      isHeld: () => isHeld,
    });
    isHeld = false;
    change('a');
    await clock.advance(60_000);
    expect(transport.sent).toEqual([]);
  });

  it('opens no session either from the moment that the right to is over: it would fence whoever has it now', async () => {
    let isHeld = true;
    const prepare = (scripted: ScriptedTransport): void => {
      scripted.openAnswers = [unavailable];
    };
    const { clock, transport } = await startSession(prepare, { ...SOLE, isHeld: () => isHeld });
    isHeld = false;
    await clock.advance(60_000);
    expect(transport.opened).toBe(1);
  });

  it('heeds a directive once, however often it is repeated', async () => {
    const { clock, transport, log } = await startSession();
    const directives = [{ id: 'd', resync: { feedIds: [1], reason: 'lost' } }];
    transport.answers = [{ directives }, { directives }];
    await clock.advance(31_000);
    expect(log.filter((line) => line.startsWith('resync'))).toEqual(['resync 1 lost']);
  });

  it('obeys new limits from an ack', async () => {
    const { clock, transport } = await startSession();
    transport.answers = [{ limits: { maxBatchBytes: 0, heartbeatMs: 60_000, minBatchIntervalMs: 0 } }];
    await clock.advance(15_000);
    await clock.advance(59_999);
    expect(transport.sent).toHaveLength(1);
    await clock.advance(1);
    expect(transport.sent).toHaveLength(2);
  });

  it('tells the outbox about an entry that was given up, and goes on with the rest', async () => {
    const { clock, transport, change, log } = await startSession();
    const refused: Verdict = { kind: 'REJECTED', detail: '400', byPlatform: true };
    // Both together twice, with and without the resume point; the poison alone; the other one is taken, the poison is not.
    transport.answers = [refused, refused, refused, {}, refused];
    change('poison');
    change('good');
    await clock.advance(60_000);
    expect(transport.delivered.slice(0, 5)).toEqual([
      ['poison', 'good'],
      ['poison', 'good'],
      ['poison'],
      ['good'],
      ['poison'],
    ]);
    expect(log).toContain('dropped REJECTED');
  });

  it('sets a feed aside of which nothing is taken, tells the platform, and claims nothing of it', async () => {
    const { clock, transport, change, log, outbox } = await startSession();
    const refused: Verdict = { kind: 'REJECTED', detail: '400', byPlatform: true };
    transport.answers = [refused, refused];
    change('poison');
    await clock.advance(60_000);
    expect(log).toContain('set aside 1 REJECTED');
    expect(log.filter((line) => line.startsWith('dropped'))).toEqual([]);
    const later = transport.sent.slice(2).flatMap((prepared) => transport.batches.get(prepared)?.entries ?? []);
    expect(later).toEqual([
      { type: 'feedState', feedId: 1, state: 'DEGRADED', reason: 'the platform refuses it: REJECTED' },
    ]);
    expect(() => outbox.advance(1, '3')).toThrow('BUG: change of feed 1 before it was started');
  });

  it('tries to open again after the platform was away at the start', async () => {
    const { clock, log } = await startSession((transport) => {
      transport.openAnswers = [
        unavailable,
        { kind: 'NO_ANSWER', detail: 'refused', failure: { kind: 'refused', code: '', detail: '' } },
      ];
    });
    await clock.advance(10_000);
    expect(log).toContain('adopt 3');
  });

  it('delivers what waits when it drains, without waiting for the batch to be due', async () => {
    const { transport, change, session, clock } = await startSession();
    change('a');
    const drained = session.drained(new AbortController().signal);
    await clock.advance(0);
    await drained;
    expect(transport.delivered).toEqual([['a']]);
  });

  it('tells that it ends, by a batch of its own where nothing else waits, and is not drained before', async () => {
    const { transport, session, clock } = await startSession();
    const drained = session.drained(new AbortController().signal);
    await clock.advance(0);
    await drained;
    expect(transport.delivered).toEqual([[]]);
    await session.drained(new AbortController().signal);
    expect(transport.delivered).toEqual([[]]);
  });

  it('leaves no timer behind when an answer comes after the stop', async () => {
    const answer = Promise.withResolvers<Outcome<OpenResponse>>();
    const { clock } = await startSession((transport) => (transport.open = () => answer.promise));
    const { stop, done } = running.splice(0)[0] ?? {};
    stop?.abort();
    await done;
    answer.resolve({ ok: false, verdict: unavailable });
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends at once when it was told to stop before it began', async () => {
    const { session } = await startSession();
    await expect(session.run(AbortSignal.abort())).resolves.toBeUndefined();
  });

  it('gives up draining when the signal aborts while the platform is away', async () => {
    const { transport, change, session, clock } = await startSession();
    transport.answers = [unavailable, unavailable, unavailable];
    change('a');
    await clock.advance(250);
    const deadline = new AbortController();
    const drained = session.drained(deadline.signal);
    deadline.abort();
    await expect(drained).resolves.toBeUndefined();
  });

  it('opens again when the offer changed, as soon as nothing is in hand, and once', async () => {
    const { clock, transport, log, session, change } = await startSession();
    transport.answers = [unavailable];
    change('a');
    await clock.advance(250);
    session.offerChanged();
    session.offerChanged();
    expect(transport.opened).toBe(1);
    await clock.advance(1_000);
    expect(transport.opened).toBe(2);
    expect(log.slice(-3)).toEqual(['confirmed 1 1', 'abandon', 'adopt 2']);
    await clock.advance(60_000);
    expect(transport.opened).toBe(2);
  });

  it('does not open for a changed offer what was opened after the change', async () => {
    const { clock, transport, session } = await startSession((scripted) => {
      scripted.openAnswers = [unavailable];
    });
    session.offerChanged();
    await clock.advance(60_000);
    expect(transport.opened).toBe(2);
  });
});
