/** What the platform promises of offers, by literal batches through real HTTP. */
import { expect, test } from 'vitest';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import {
  begin,
  deltaItem,
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

async function names(agent: HandAgent): Promise<string[]> {
  const found = await platform.control.allObjects({ cluster: agent.cluster, feed: 'pods' });
  return found.map(({ name, resourceVersion }) => `${name}@${resourceVersion}`).sort();
}

/** An agent whose platform holds these pods at 100, in a session whose next batch is the second. */
async function holding(...held: readonly string[]): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), ...held.map((name) => upsert(name)), end(held.length, '150')]);
  return agent;
}

const offer = (uid: string, resourceVersion = '100'): Entry => ({ type: 'offer', feedId: 1, uid, resourceVersion });

test('an open tells of which feeds objects are held that may be offered, and how far each was heard of', async () => {
  const agent = await platform.newAgent();
  expect((await agent.mustOpen()).offers).toEqual({ held: [] });
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70'), progress('75')]);
  expect((await agent.mustOpen()).offers).toEqual({ held: [{ feedId: 1, resourceVersion: '75' }] });
  // A snapshot that was begun takes the resume point away, and not what is held.
  await agent.mustSend(2, 1, [begin()]);
  const { resume, offers } = await agent.mustOpen();
  expect([resume, offers]).toEqual([[], { held: [{ feedId: 1, resourceVersion: '75' }] }]);
});

test.each([
  ['another scrub version', { feeds: [{ ...PODS, scrubVersion: 2 }] }],
  ['another version of Kubernetes', { kubernetesVersion: '1.37.0' }],
  ['another kube-system', { clusterUid: 'another' }],
  ['an agent that does not know its version of Kubernetes', { kubernetesVersion: '' }],
])('nothing may be offered of what was sent before %s', async (_what, change) => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  expect((await agent.mustOpen(change)).offers).toEqual({ held: [] });
  expect((await agent.mustSend(2, 1, [begin(), offer('uid-a')])).wanted).toEqual([1]);
  // Nor when all is as it was: in between objects of both kinds may have come.
  expect((await agent.mustOpen()).offers).toEqual({ held: [] });
  expect((await agent.mustSend(3, 1, [begin(), offer('uid-a')])).wanted).toEqual([1]);
});

test('a snapshot of offers keeps what is unchanged, takes what is wanted and sweeps the rest', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), upsert('b'), upsert('c'), end(3, '70')]);
  const entries = [begin(), offer('uid-a'), offer('uid-b', '101')];
  const ack = await agent.mustSend(1, 2, entries);
  expect(ack).toMatchObject({ wanted: [2], rejections: [] });
  expect(await agent.mustSend(1, 2, entries)).toEqual(ack);
  await agent.mustSend(1, 3, [upsert('b', { resourceVersion: '101' }), end(2, '80')]);
  expect(await names(agent)).toEqual(['a@100', 'b@101']);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '80' }]);
});

test('of a batch that waits all offers are wanted, also by its repetition, and none marks when it is processed', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await platform.control.pauseProcessing(true);
  const entries = [begin(), offer('uid-a')];
  expect((await agent.mustSend(1, 2, entries)).wanted).toEqual([1]);
  await platform.control.pauseProcessing(false);
  expect((await agent.mustSend(1, 2, entries)).wanted).toEqual([1]);
  const { directives, wanted } = await agent.mustSend(1, 3, [upsert('a'), end(1, '80')]);
  expect([directives, wanted]).toEqual([[], undefined]);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 1, resourceVersion: '80' }]);
});

test('who doubts what is held takes no offer of it; who only wants to hear it again does', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await platform.control.requestResync(agent.cluster, ['pods']);
  expect((await agent.mustSend(1, 2, [begin(), offer('uid-a'), end(1, '71')])).wanted).toBeUndefined();
  await platform.control.requestResync(agent.cluster, ['pods'], true);
  expect((await agent.mustSend(1, 3, [begin(), offer('uid-a')])).wanted).toEqual([1]);
});

test('an offer is wanted of what is not held, of another version, older or newer, and of what has none', async () => {
  const agent = await holding('a');
  const offers = [
    offer('uid-a'),
    offer('uid-b'),
    offer('uid-a', '99'),
    offer('uid-a', '101'),
    offer('uid-a', ''),
    offer(''),
  ];
  const ack = await agent.mustSend(1, 2, [begin(), ...offers]);
  expect([ack.wanted, ack.rejections, ack.entryCount]).toEqual([[2, 3, 4, 5, 6], [], 7]);
});

test('an offer for a feed that the session has not is refused, and changes nothing', async () => {
  const agent = await holding('a');
  const ack = await agent.mustSend(1, 2, [{ type: 'offer', feedId: 9, uid: 'uid-a', resourceVersion: '100' }]);
  expect([ack.wanted, ack.rejections]).toEqual([undefined, [{ entryIndex: 0, code: 'UNKNOWN_FEED' }]]);
  expect(await names(agent)).toEqual(['a@100']);
});

test('an object of one feed is not marked by an offer in another', async () => {
  const agent = await holding('a');
  const ack = await agent.mustSend(1, 2, [begin(2), { ...offer('uid-a'), feedId: 2 }]);
  expect(ack.wanted).toEqual([1]);
});

test('an offer outside of a snapshot is wanted and marks nothing, before the begin, after the end and after the abort', async () => {
  const agent = await holding('a', 'b');
  expect((await agent.mustSend(1, 2, [offer('uid-a')])).wanted).toEqual([0]);
  const abort: Entry = { type: 'snapshotAbort', feedId: 1, reason: 'KUBE_EXPIRED' };
  const ack = await agent.mustSend(1, 3, [
    begin(),
    abort,
    offer('uid-a'),
    begin(),
    offer('uid-b'),
    end(1, '160'),
    offer('uid-b'),
  ]);
  expect(ack.wanted).toEqual([2, 6]);
  // What was offered too early or too late is no part of the snapshot: it went with it.
  expect(await names(agent)).toEqual(['b@100']);
});

test('a snapshot that is begun again forgets what was marked in the one before', async () => {
  const agent = await holding('a', 'b');
  await agent.mustSend(1, 2, [begin(), offer('uid-a'), offer('uid-b')]);
  const ack = await agent.mustSend(1, 3, [begin(), offer('uid-b'), end(1, '160')]);
  expect([ack.wanted, ack.directives]).toEqual([undefined, []]);
  expect(await names(agent)).toEqual(['b@100']);
});

test('an end that counts what was wanted and never sent sweeps nothing, and the feed is asked for again', async () => {
  const agent = await holding('a', 'b');
  await agent.mustSend(1, 2, [begin(), offer('uid-a'), offer('uid-c')]);
  const { directives } = await agent.mustSend(1, 3, [end(2, '160')]);
  expect(directives).toMatchObject([{ resync: { feedIds: [1], reason: 'the snapshot said 2 objects and had 1' } }]);
  expect(await names(agent)).toEqual(['a@100', 'b@100']);
  expect((await agent.mustOpen()).resume).toEqual([]);
});

test('a batch that is repeated wants the same and marks nothing twice; other content under its seq is refused', async () => {
  const agent = await holding('a', 'b');
  const entries = [begin(), offer('uid-a'), offer('uid-x')];
  const first = await agent.mustSend(1, 2, entries);
  for (const _ of ['again', 'and again']) expect(await agent.mustSend(1, 2, entries)).toEqual(first);
  const other = await agent.send({ epoch: 1, seq: 2, entries: [begin(), offer('uid-b')] });
  expect(other).toMatchObject({ ok: false, status: 409, body: { code: 'GAP', expectedSeq: 3 } });
  await agent.mustSend(1, 3, [upsert('x'), end(2, '160')]);
  expect(await names(agent)).toEqual(['a@100', 'x@100']);
});

test('what changed or went beside a snapshot is not marked by what was listed before', async () => {
  const agent = await holding('a', 'b');
  const entries = [begin(), upsert('a', { resourceVersion: '101' }), remove('b'), offer('uid-a'), offer('uid-b')];
  expect((await agent.mustSend(1, 2, entries)).wanted).toEqual([3, 4]);
  expect((await agent.mustSend(1, 3, [offer('uid-a', '101'), end(2, '160')])).wanted).toBeUndefined();
  expect(await names(agent)).toEqual(['a@101']);
});

test('a platform that went back to a backup marks what the backup has, and wants what came later', async () => {
  const agent = await holding('a', 'b');
  await platform.control.checkpoint();
  await agent.mustSend(1, 2, [
    upsert('b', { resourceVersion: '101' }),
    upsert('c', { resourceVersion: '102' }),
    remove('a'),
    progress('170'),
  ]);
  await platform.control.restore();
  const { epoch, offers, resume } = await agent.mustOpen();
  expect([epoch, offers, resume]).toEqual([
    2,
    { held: [{ feedId: 1, resourceVersion: '150' }] },
    [{ feedId: 1, resourceVersion: '150' }],
  ]);
  const ack = await agent.mustSend(2, 1, [begin(), offer('uid-b', '101'), offer('uid-c', '102')]);
  expect(ack.wanted).toEqual([1, 2]);
  const upserts = [upsert('b', { resourceVersion: '101' }), upsert('c', { resourceVersion: '102' })];
  await agent.mustSend(2, 2, [...upserts, end(2, '170')]);
  expect(await names(agent)).toEqual(['b@101', 'c@102']);
});

test('what was lost is wanted, although the platform says that it holds the feed', async () => {
  const agent = await holding('a');
  await platform.control.loseObjects(agent.cluster, 1);
  expect((await agent.mustOpen()).offers).toEqual({ held: [{ feedId: 1, resourceVersion: '150' }] });
  expect((await agent.mustSend(2, 1, [begin(), offer('uid-a')])).wanted).toEqual([1]);
});

test('another agent version takes over what was held; a session without the feed ends that', async () => {
  const agent = await holding('a');
  const held = { held: [{ feedId: 1, resourceVersion: '150' }] };
  expect((await agent.mustOpen({ agentVersion: '9.0.0', instanceId: 'another' })).offers).toEqual(held);
  expect((await agent.mustSend(2, 1, [begin(), offer('uid-a'), end(1, '151')])).wanted).toBeUndefined();
  await agent.mustOpen({ feeds: [NODES] });
  expect((await agent.mustOpen()).offers).toEqual({ held: [] });
  expect((await agent.mustSend(4, 1, [begin(), offer('uid-a')])).wanted).toEqual([1]);
});

test('a snapshot that begins afresh marks nothing that was held before it, and everything that it brings', async () => {
  const agent = await holding('a', 'b');
  const afresh: Entry = { type: 'snapshotBegin', feedId: 1, afresh: true };
  expect((await agent.mustSend(1, 2, [afresh, offer('uid-a'), upsert('b')])).wanted).toEqual([1]);
  // Not whole yet: nothing is invited.
  expect((await agent.mustOpen()).offers).toEqual({ held: [] });
  expect((await agent.mustSend(2, 1, [begin(), offer('uid-a'), offer('uid-b')])).wanted).toEqual([1]);
  await agent.mustSend(2, 2, [upsert('a'), end(2, '160')]);
  expect((await agent.mustOpen()).offers).toEqual({ held: [{ feedId: 1, resourceVersion: '160' }] });
  expect((await agent.mustSend(3, 1, [begin(), offer('uid-a'), offer('uid-b')])).wanted).toBeUndefined();
});

test('what came by deltas is not marked: nobody knows by which policy it was made', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.delta('', { fullSnapshot: true, items: [deltaItem('add', 'a')] });
  const { epoch, offers } = await agent.mustOpen();
  expect(offers).toEqual({ held: [] });
  expect((await agent.mustSend(epoch, 1, [begin(), offer('uid-a')])).wanted).toEqual([1]);
});

test('of a resource that was gone nothing is invited, also when it is back', async () => {
  const agent = await holding('a');
  await agent.mustSend(1, 2, [{ type: 'feedState', feedId: 1, state: 'ABSENT', reason: '' }]);
  expect((await agent.mustOpen()).offers).toEqual({ held: [] });
  expect((await agent.mustSend(2, 1, [begin(), offer('uid-a')])).wanted).toEqual([1]);
});

test('of an agent that never knows its version of Kubernetes nothing is held that may be offered', async () => {
  const agent = await platform.newAgent();
  const unknown = { kubernetesVersion: '' };
  await agent.mustOpen(unknown);
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  expect((await agent.mustOpen(unknown)).offers).toEqual({ held: [] });
});
