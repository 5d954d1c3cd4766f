/** Every rule of the ingest protocol, by literal batches through real HTTP. The numbers are the protocol's. */
import { expect, test } from 'vitest';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import {
  begin,
  end,
  type HandAgent,
  NODES,
  PODS,
  progress,
  remove,
  upsert,
} from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const platform = usePlatform();
const DAY_MS = 24 * 60 * 60 * 1000;

async function names(agent: HandAgent, feed = 'pods'): Promise<string[]> {
  const found = await platform.control.allObjects({ cluster: agent.cluster, feed });
  return found.map(({ name, stale }) => (stale ? `${name} (stale)` : name)).sort();
}

async function feedOf(agent: HandAgent, resource = 'pods') {
  const cluster = await platform.control.cluster(agent.cluster);
  return cluster?.feeds.find((candidate) => candidate.resource === resource);
}

const refused = (status: number, body: object) => ({
  ok: false,
  status,
  body: expect.objectContaining(body) as object,
});

test('rule 1: an open issues a higher epoch and fences the one before', async () => {
  const agent = await platform.newAgent();
  expect((await agent.mustOpen()).epoch).toBe(1);
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1)]);
  expect((await agent.mustOpen({ instanceId: 'agent-b' })).epoch).toBe(2);
  expect(await agent.send({ epoch: 1, seq: 2, entries: [remove('a')] })).toMatchObject(
    refused(409, { code: 'FENCED', openedBy: 'agent-b' }),
  );
  expect(await names(agent)).toEqual(['a']);
});

test('rule 1: an open with older evidence of the same lease is refused and fences nobody', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen({ lease: { uid: 'lease', transitions: 5 } });
  const late = await agent.open({ lease: { uid: 'lease', transitions: 4 } });
  expect(late).toMatchObject(refused(409, { code: 'NOT_LEADER', seenTransitions: 5 }));
  await agent.mustSend(1, 1, []);
  expect((await agent.mustOpen({ lease: { uid: 'lease', transitions: 5 } })).epoch).toBe(2);
});

test('rule 1: an open says how far the session got that it ends, with all processed that waited', async () => {
  const agent = await platform.newAgent();
  expect(await agent.mustOpen()).not.toHaveProperty('ended');
  await agent.mustSend(1, 1, []);
  await platform.control.pauseProcessing(true);
  expect(await agent.mustSend(1, 2, [])).toMatchObject({ receivedSeq: 2, processedSeq: 1 });
  expect((await agent.mustOpen()).ended).toEqual({ epoch: 1, receivedSeq: 2, processedSeq: 2 });
  await platform.control.pauseProcessing(false);
  expect((await agent.mustOpen()).ended).toEqual({ epoch: 2, receivedSeq: 0, processedSeq: 0 });
});

test('rule 1: a batch before any open, or of an epoch that was never issued, is of an unknown epoch', async () => {
  const agent = await platform.newAgent();
  expect(await agent.send({ epoch: 1, seq: 1 })).toMatchObject(refused(409, { code: 'UNKNOWN_EPOCH' }));
  await agent.mustOpen();
  expect(await agent.send({ epoch: 2, seq: 1 })).toMatchObject(refused(409, { code: 'UNKNOWN_EPOCH' }));
  await platform.control.forgetSession(agent.cluster);
  expect(await agent.send({ epoch: 1, seq: 1 })).toMatchObject(refused(409, { code: 'UNKNOWN_EPOCH' }));
});

test('rule 1: a cluster that is not registered is unknown', async () => {
  const agent = await platform.newAgent();
  agent.cluster = 'nobody';
  expect(await agent.open()).toMatchObject(refused(404, { code: 'UNKNOWN_CLUSTER' }));
  expect(await agent.send({ epoch: 1, seq: 1 })).toMatchObject(refused(404, { code: 'UNKNOWN_CLUSTER' }));
});

test('rule 2: only a feed whose snapshot ended is resumed', async () => {
  const agent = await platform.newAgent();
  expect((await agent.mustOpen()).resume).toEqual([]);
  await agent.mustSend(1, 1, [begin(1), upsert('a'), end(1, '70'), begin(2), upsert('n', { feedId: 2 })]);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '70' }]);
});

test('rule 2: another scrub version or another selector forgets the resume point and keeps the objects', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  expect((await agent.mustOpen({ feeds: [{ ...PODS, scrubVersion: 2 }] })).resume).toEqual([]);
  await agent.mustSend(2, 1, [begin(), upsert('a'), end(1, '71')]);
  expect((await agent.mustOpen({ feeds: [{ ...PODS, scrubVersion: 2, fieldSelector: 'x=y' }] })).resume).toEqual([]);
  expect(await names(agent)).toEqual(['a']);
});

test('rule 2: another kube-system under the same id starts from nothing, and the former picture comes back whole', async () => {
  const agent = await platform.newAgent();
  const own = (await agent.mustOpen()).epoch;
  await agent.mustSend(own, 1, [begin(), upsert('a'), end(1, '70')]);
  const stolen = await agent.mustOpen({ clusterUid: 'kube-system-uid-2' });
  expect(stolen).toMatchObject({ epoch: 2, resume: [] });
  await agent.mustSend(2, 1, [begin(), upsert('made-up'), end(1, '9')]);
  const held = await platform.control.allObjects({ cluster: agent.cluster });
  expect(held.map(({ name, stale }) => [name, stale])).toEqual([
    ['a', true],
    ['made-up', false],
  ]);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '70' }]);
  const after = await platform.control.allObjects({ cluster: agent.cluster });
  expect(after.map(({ name, stale }) => [name, stale])).toEqual([
    ['a', false],
    ['made-up', true],
  ]);
});

test('one open with a made-up count of holders costs the real agent one step, and does not lock it out', async () => {
  const agent = await platform.newAgent();
  const lease = (transitions: number): object => ({ lease: { uid: 'l', transitions } });
  await agent.mustOpen(lease(3));
  await agent.mustOpen(lease(2 ** 31 - 3));
  expect(await agent.open(lease(3))).toMatchObject({
    status: 409,
    body: { code: 'NOT_LEADER', seenTransitions: 1003 },
  });
  expect(await agent.open(lease(1003))).toMatchObject({ ok: true });
});

test('rule 2: feeds are matched by what they are, not by their number in the session', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  const answer = await agent.mustOpen({
    feeds: [
      { ...NODES, id: 1 },
      { ...PODS, id: 7 },
    ],
  });
  expect(answer.resume).toEqual([{ feedId: 7, resourceVersion: '70' }]);
});

test('rule 2: objects of a feed that is not offered any more stay for a day, marked stale', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await agent.mustOpen({ feeds: [NODES] });
  platform.nowMs += DAY_MS - 1;
  await agent.mustOpen({ feeds: [NODES] });
  expect(await names(agent)).toEqual(['a (stale)']);
  platform.nowMs += 2;
  await agent.mustOpen({ feeds: [NODES] });
  expect(await names(agent)).toEqual([]);
});

test('rule 2: a feed that is offered again within the day goes on where it was', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await agent.mustOpen({ feeds: [NODES] });
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '70' }]);
  expect(await names(agent)).toEqual(['a']);
});

test('rule 3: the platform applies in stream order and compares no resourceVersions', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [upsert('a', { resourceVersion: '900' }), upsert('a', { resourceVersion: '7' })]);
  const [stored] = await platform.control.allObjects({ cluster: agent.cluster });
  expect(stored?.resourceVersion).toBe('7');
});

test('rule 3: a delete and a re-creation under one name are two objects', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [upsert('a', { uid: 'life-1' }), upsert('a', { uid: 'life-2' })]);
  expect(await names(agent)).toEqual(['a', 'a']);
  await agent.mustSend(1, 2, [{ ...remove('a'), uid: 'life-1' } as Entry]);
  const left = await platform.control.allObjects({ cluster: agent.cluster });
  expect(left.map(({ uid }) => uid)).toEqual(['life-2']);
});

test('rule 5: the end of a snapshot removes what it did not bring, and not before', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), upsert('b'), end(2, '70')]);
  await agent.mustSend(1, 2, [begin(), upsert('b')]);
  expect(await names(agent)).toEqual(['a', 'b']);
  await agent.mustSend(1, 3, [upsert('c'), end(2, '80')]);
  expect(await names(agent)).toEqual(['b', 'c']);
  expect(await feedOf(agent)).toMatchObject({ resumePoint: '80', objects: 2 });
});

test('rule 5: a snapshot sweeps its own feed only', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(2), upsert('n', { feedId: 2 }), end(1, '70', 2), begin(1), end(0, '70', 1)]);
  expect(await names(agent, 'nodes')).toEqual(['n']);
});

test('rule 5: an empty snapshot that ends removes everything of the feed', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await agent.mustSend(1, 2, [begin(), end(0, '80')]);
  expect(await names(agent)).toEqual([]);
});

test('rule 5: an abort, a new epoch and a count that differs remove nothing', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), upsert('b'), end(2, '70')]);
  await agent.mustSend(1, 2, [begin(), upsert('b'), { type: 'snapshotAbort', feedId: 1, reason: 'page 2 gave 410' }]);
  expect(await names(agent)).toEqual(['a', 'b']);
  await agent.mustSend(1, 3, [begin(), upsert('b')]);
  expect((await agent.mustOpen()).resume).toEqual([]);
  expect(await names(agent)).toEqual(['a', 'b']);
  // The snapshot ended with its session: what it marked does not count in this one.
  const late = await agent.mustSend(2, 1, [end(1, '80')]);
  expect(late.rejections).toEqual([{ entryIndex: 0, code: 'NO_SNAPSHOT' }]);
  const ack = await agent.mustSend(2, 2, [begin(), upsert('b'), end(5, '80')]);
  expect(await names(agent)).toEqual(['a', 'b']);
  expect(await feedOf(agent)).not.toHaveProperty('resumePoint');
  expect(ack.directives).toEqual([
    { id: 'count-2-2-1', resync: { feedIds: [1], reason: 'the snapshot said 5 objects and had 1' } },
  ]);
  expect((await agent.mustSend(2, 3, [begin(), upsert('b'), end(1, '80')])).directives).toEqual([]);
  expect(await names(agent)).toEqual(['b']);
});

test('rule 5: FORBIDDEN and DEGRADED remove nothing, ABSENT does', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const state = (name: 'SYNCED' | 'FORBIDDEN' | 'ABSENT' | 'DEGRADED'): Entry => ({
    type: 'feedState',
    feedId: 1,
    state: name,
    reason: 'why',
  });
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70'), state('SYNCED')]);
  await agent.mustSend(1, 2, [state('FORBIDDEN')]);
  expect([await names(agent), (await feedOf(agent))?.state]).toEqual([['a'], 'FORBIDDEN']);
  await agent.mustSend(1, 3, [state('DEGRADED')]);
  expect([await names(agent), (await feedOf(agent))?.state]).toEqual([['a'], 'DEGRADED']);
  await agent.mustSend(1, 4, [state('ABSENT')]);
  expect([await names(agent), await feedOf(agent)]).toEqual([[], expect.objectContaining({ state: 'ABSENT' })]);
  expect((await agent.mustOpen()).resume).toEqual([]);
});

test('rule 6: progress moves the resume point without touching an object', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await agent.mustSend(1, 2, [progress('75')]);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '75' }]);
});

test('rule 7: an empty batch is a heartbeat that is received and processed', async () => {
  const agent = await platform.newAgent();
  const { limits } = await agent.mustOpen();
  expect(limits.heartbeatMs).toBe(15_000);
  expect(await agent.mustSend(1, 1, [])).toEqual({
    epoch: 1,
    receivedSeq: 1,
    processedSeq: 1,
    entryCount: 0,
    limits: { maxBatchBytes: 8 * 1024 * 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 },
    directives: [],
    rejections: [],
  });
});

test('rule 8: a batch that comes again is acknowledged and changes nothing', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const entries = [upsert('a'), upsert('bad', { body: Buffer.from('{') })];
  const first = await agent.mustSend(1, 1, entries);
  expect(first).toMatchObject({ receivedSeq: 1, entryCount: 2, rejections: [{ entryIndex: 1, code: 'INVALID_BODY' }] });
  expect(await agent.mustSend(1, 1, entries)).toEqual(first);
  expect(await names(agent)).toEqual(['a']);
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ receivedTotal: 1, processedTotal: 1 });
});

test('rule 8: an older batch is answered with the current ack', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, []);
  await agent.mustSend(1, 2, [upsert('a')]);
  expect(await agent.mustSend(1, 1, [])).toMatchObject({ receivedSeq: 2, entryCount: 1 });
});

test('rule 8: a seq that skips is a gap and names the one that is next', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, []);
  const answer = await agent.send({ epoch: 1, seq: 3, entries: [upsert('a')] });
  expect(answer).toMatchObject(refused(409, { code: 'GAP', expectedSeq: 2 }));
  expect(await names(agent)).toEqual([]);
});

test('rule 8: seq starts at 1', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  expect(await agent.send({ epoch: 1, seq: 0 })).toMatchObject(refused(400, { code: 'INVALID_REQUEST' }));
});

test('rule 9: what cannot be taken is named, and the rest of the batch counts', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const bodies = ['{"a":1', '[]', '"text"', '', '{"a":1}{}', '{"a":1}\0', '{"a":"\u00ff"}'];
  const bytes = bodies.map((body) => Buffer.from(body, body.includes('\u00ff') ? 'latin1' : 'utf8'));
  const ack = await agent.mustSend(1, 1, [
    ...bytes.map((body, index) => upsert(`bad-${index}`, { body })),
    upsert('good'),
    upsert('elsewhere', { feedId: 99 }),
  ]);
  expect(ack.rejections).toEqual([
    ...bytes.map((_, entryIndex) => ({ entryIndex, code: 'INVALID_BODY' })),
    { entryIndex: bytes.length + 1, code: 'UNKNOWN_FEED' },
  ]);
  expect(await names(agent)).toEqual(['good']);
});

test('rule 9: an object above the limit is rejected alone', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const huge = upsert('huge', { json: { text: 'x'.repeat(4 * 1024 * 1024) } });
  expect((await agent.mustSend(1, 1, [huge, upsert('a')])).rejections).toEqual([{ entryIndex: 0, code: 'TOO_LARGE' }]);
});

test('rule 10: a resync is asked for under one id until its snapshot begins', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70'), begin(2), end(0, '70', 2)]);
  const id = await platform.control.requestResync(agent.cluster, ['pods']);
  const directive = { id, resync: { feedIds: [1], reason: 'asked for by an operator' } };
  expect((await agent.mustSend(1, 2, [progress('71')])).directives).toEqual([directive]);
  expect((await agent.mustSend(1, 3, [])).directives).toEqual([directive]);
  expect((await agent.mustSend(1, 4, [begin(), upsert('a'), end(1, '72')])).directives).toEqual([]);
});

test('rule 10: a resync of everything names no feed, and during a snapshot asks for one more', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(1)]);
  const id = await platform.control.requestResync(agent.cluster);
  expect((await agent.mustSend(1, 2, [end(0, '70')])).directives).toMatchObject([{ id, resync: { feedIds: [] } }]);
  expect((await agent.mustSend(1, 3, [begin(1)])).directives).toMatchObject([{ id, resync: { feedIds: [2] } }]);
});

test('rule 10: a session that opens while a resync is wanted starts that feed with a snapshot', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70'), begin(2), end(0, '70', 2)]);
  await platform.control.requestResync(agent.cluster, ['pods']);
  expect(await agent.mustOpen()).toMatchObject({ resume: [{ feedId: 2 }], directives: [] });
});

test('batches can be received and not yet processed, and are all processed later, in order', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await platform.control.pauseProcessing(true);
  expect(await agent.mustSend(1, 1, [begin(), upsert('a'), upsert('b')])).toMatchObject({
    receivedSeq: 1,
    processedSeq: 0,
  });
  expect(await agent.mustSend(1, 2, [remove('a'), end(2, '70')])).toMatchObject({ receivedSeq: 2, processedSeq: 0 });
  expect([await names(agent), await platform.control.cluster(agent.cluster)]).toMatchObject([
    [],
    { receivedTotal: 2, processedTotal: 0 },
  ]);
  await platform.control.pauseProcessing(false);
  expect([await names(agent), await platform.control.cluster(agent.cluster)]).toMatchObject([
    ['b'],
    { receivedTotal: 2, processedTotal: 2, processedSeq: 2 },
  ]);
});

test('what was refused of a batch that was processed late is told with the next ack, once', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await platform.control.pauseProcessing(true);
  const late = await agent.mustSend(1, 1, [begin(), upsert('a', { uid: '' }), upsert('b')]);
  expect(late.rejections).toEqual([]);
  await platform.control.pauseProcessing(false);
  const next = await agent.mustSend(1, 2, [upsert('c', { uid: '' })]);
  expect(next.rejections).toEqual([
    { entryIndex: 1, code: 'NO_UID', seq: 1 },
    { entryIndex: 0, code: 'NO_UID' },
  ]);
  expect((await agent.mustSend(1, 2, [upsert('c', { uid: '' })])).rejections).toEqual(next.rejections);
  expect((await agent.mustSend(1, 3, [])).rejections).toEqual([]);
});

test('rule 8: other content under a seq that was taken is not acknowledged', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a')]);
  expect(await agent.mustSend(1, 1, [begin(), upsert('a')])).toMatchObject({ receivedSeq: 1 });
  expect(await agent.send({ epoch: 1, seq: 1, entries: [begin(), upsert('b')] })).toMatchObject(
    refused(409, { code: 'GAP', expectedSeq: 2, message: 'seq 1 came with other content than before, 2 is next' }),
  );
});

test('what was received before a new session counts in it', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await platform.control.pauseProcessing(true);
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '70' }]);
  await platform.control.pauseProcessing(false);
});

test('an open that offers nonsense is refused', async () => {
  const agent = await platform.newAgent();
  const wrong = refused(400, { code: 'INVALID_REQUEST' });
  expect(await agent.open({ clusterUid: '' })).toMatchObject(wrong);
  expect(await agent.open({ feeds: [PODS, { ...NODES, id: 1 }] })).toMatchObject(wrong);
  expect(await agent.open({ feeds: [PODS, { ...PODS, id: 2 }] })).toMatchObject(wrong);
  expect(await agent.open({ feeds: [{ ...PODS, resource: '' }] })).toMatchObject(wrong);
});
