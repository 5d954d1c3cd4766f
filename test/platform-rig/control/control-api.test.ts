import { request } from 'node:http';
import { expect, test } from 'vitest';
import { begin, end, progress, remove, upsert } from '../hand-agent.ts';
import { usePlatform } from '../use-platform.ts';

const platform = usePlatform();

const offerOf = (uid: string) => ({ type: 'offer', feedId: 1, uid, resourceVersion: '100' }) as const;

async function withObjects() {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), upsert('b'), end(2, '70'), begin(2), end(0, '70', 2)]);
  return agent;
}

test('the dump gives every object with its feed and its body as it came', async () => {
  const agent = await withObjects();
  const objects = await platform.control.allObjects({ cluster: agent.cluster, feed: 'pods' });
  expect(objects[0]).toEqual({
    cluster: agent.cluster,
    group: '',
    version: 'v1',
    resource: 'pods',
    feedNamespace: '',
    fieldSelector: '',
    stale: false,
    uid: 'uid-a',
    namespace: 'default',
    name: 'a',
    resourceVersion: '100',
    observedAtMs: 1_000,
    body: { metadata: { name: 'a', namespace: 'default', uid: 'uid-a', resourceVersion: '100' } },
  });
  expect(objects.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(await platform.control.allObjects({ cluster: agent.cluster, feed: 'apps/deployments' })).toEqual([]);
});

test('a restore loses what came after the checkpoint: the session meets a gap and resumes from older points (C68, C70)', async () => {
  const agent = await withObjects();
  await platform.control.checkpoint();
  await agent.mustSend(1, 2, [upsert('c'), remove('a'), progress('75')]);
  await agent.mustSend(1, 3, [progress('76')]);
  await platform.control.restore();
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ receivedSeq: 1, receivedTotal: 1, objects: 2 });
  const next = await agent.send({ epoch: 1, seq: 4 });
  expect(next).toMatchObject({ ok: false, status: 409, body: { code: 'GAP', expectedSeq: 2 } });
  const answer = await agent.mustOpen();
  expect([answer.epoch, answer.resume[0]]).toEqual([2, { feedId: 1, resourceVersion: '70' }]);
});

test('an epoch is never issued twice, even when the open was lost by a restore', async () => {
  const agent = await withObjects();
  await platform.control.checkpoint();
  await agent.mustOpen({ instanceId: 'later' });
  await platform.control.restore();
  const old = await agent.send({ epoch: 1, seq: 2 });
  expect(old).toMatchObject({ ok: false, body: { code: 'FENCED' } });
  const lost = await agent.send({ epoch: 2, seq: 1 });
  expect(lost).toMatchObject({ ok: false, body: { code: 'UNKNOWN_EPOCH' } });
  expect((await agent.mustOpen()).epoch).toBe(3);
});

test('a restore says where the history of before ends', async () => {
  await platform.control.recordHistory(true);
  const agent = await withObjects();
  await platform.control.checkpoint();
  await agent.mustSend(1, 2, [upsert('c')]);
  const last = (await platform.control.history()).at(-1)?.id;
  expect(await platform.control.restore()).toBe(last);
  await platform.control.recordHistory(false);
});

test('what is lost is gone without a word to anybody, and asked for: offers are wanted of that alone', async () => {
  const agent = await withObjects();
  await platform.control.loseObjects(agent.cluster, 1);
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ objects: 0, receivedSeq: 1 });
  await agent.mustSend(1, 2, [upsert('c')]);
  const offers = ['a', 'c'].map((name) => offerOf(`uid-${name}`));
  const ack = await agent.mustSend(1, 3, [begin(), ...offers]);
  expect(ack.wanted).toEqual([1]);
  const { offers: terms, directives, resume } = await agent.mustOpen();
  expect({ terms, directives, resume }).toEqual({
    terms: {
      held: [
        { feedId: 1, resourceVersion: '70' },
        { feedId: 2, resourceVersion: '70' },
      ],
    },
    directives: [],
    resume: [],
  });
});

test('forgotten resume points make the next open start with snapshots, and no progress brings them back', async () => {
  const agent = await withObjects();
  await platform.control.forgetResumePoints(agent.cluster, ['pods']);
  await agent.mustSend(1, 2, [progress('99')]);
  expect((await agent.mustOpen()).resume).toEqual([{ feedId: 2, resourceVersion: '70' }]);
});

test('limits reach the agent with the next answer', async () => {
  const agent = await withObjects();
  await platform.control.setLimits({ heartbeatMs: 200, maxObjectBytes: 10 });
  const ack = await agent.mustSend(1, 2, [upsert('c')]);
  expect(ack).toMatchObject({ limits: { heartbeatMs: 200 }, rejections: [{ code: 'TOO_LARGE' }] });
  await platform.control.setLimits({ heartbeatMs: 15_000, maxObjectBytes: 4 * 1024 * 1024 });
});

test('history tells every applied entry by epoch and seq, with sweeps, and without bodies', async () => {
  const agent = await withObjects();
  await platform.control.recordHistory(true);
  await agent.mustOpen({ instanceId: 'agent-b' });
  await agent.mustSend(2, 1, [
    begin(),
    upsert('b', { resourceVersion: '101' }),
    end(1, '80'),
    upsert('x', { feedId: 9 }),
  ]);
  await platform.control.recordHistory(false);
  await agent.mustSend(2, 2, [upsert('c')]);
  const lines = await platform.control.history({ cluster: agent.cluster });
  expect(
    lines.map(({ epoch, seq, record }) => [epoch, seq, record['type'], record['uid'] ?? record['uids'] ?? '']),
  ).toEqual([
    [2, 0, 'open', ''],
    [2, 1, 'snapshotBegin', ''],
    [2, 1, 'upsert', 'uid-b'],
    [2, 1, 'snapshotEnd', ''],
    [2, 1, 'upsert', 'uid-x'],
    [2, 1, 'swept', ['uid-a']],
  ]);
  expect(lines[2]?.record).toMatchObject({ resourceVersion: '101', bodyBytes: 85 });
  expect(lines[2]?.record).not.toHaveProperty('body');
  expect(lines[4]?.record).toMatchObject({ rejection: 'UNKNOWN_FEED' });
});

test('faults can be listed, ended one by one, and counted', async () => {
  const first = await platform.control.addFault({ on: 'log', action: { type: 'drop' } });
  const second = await platform.control.addFault({ on: 'event', action: { type: 'drop' } });
  await platform.control.clearFaults(first.id);
  expect((await platform.control.state()).faults).toEqual([second]);
  await platform.control.clearFaults();
  expect((await platform.control.state()).faults).toEqual([]);
});

test.each([
  ['POST', 'faults', '{"action":{"type":"explode"}}', 400, 'action.type must be one of'],
  ['POST', 'faults', 'no json', 400, 'the body is not JSON'],
  ['POST', 'faults', '[]', 400, 'the body must be a JSON object'],
  ['POST', 'resync', '{"cluster":"nobody"}', 404, 'no cluster is registered under the id nobody'],
  ['POST', 'resync', '{}', 400, 'cluster must be the id of a cluster'],
  ['POST', 'limits', '{"heartbeatMs":-1}', 400, 'heartbeatMs must be a whole number'],
  ['POST', 'processing', '{}', 400, 'paused must be true or false'],
  ['POST', 'api-keys', '{"keys":[1]}', 400, 'keys must be a list of strings'],
  ['GET', 'resync', undefined, 405, 'resync is a POST'],
  ['POST', 'constructor', '{}', 404, 'there is no control call constructor'],
])('%s %s %s is refused with %i', async (method, name, body, status, message) => {
  const response = await fetch(new URL(`/_control/${name}`, platform.url), {
    method,
    ...(body ? { body, headers: { 'content-type': 'application/json' } } : {}),
  });
  const answer = (await response.json()) as { message: string };
  expect([response.status, answer.message]).toEqual([status, expect.stringContaining(message)]);
});

test('a resync of a feed that the cluster does not have is refused', async () => {
  const agent = await withObjects();
  await expect(platform.control.requestResync(agent.cluster, ['secrets'])).rejects.toThrow('has no feed secrets');
});

test('a web page of elsewhere can neither change nor read anything', async () => {
  const { port } = new URL(platform.url);
  const statusOf = async (method: string, path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', method, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject).end(method === 'POST' ? '{"paused":false}' : undefined);
    });
  const own = { host: `127.0.0.1:${port}`, 'content-type': 'application/json; charset=utf-8' };
  expect(await statusOf('POST', '/_control/processing', own)).toBe(200);
  expect(await statusOf('POST', '/_control/processing', { ...own, 'sec-fetch-site': 'cross-site' })).toBe(403);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json', '']) {
    expect([type, await statusOf('POST', '/_control/processing', { ...own, 'content-type': type })]).toEqual([
      type,
      415,
    ]);
  }
  for (const path of ['/_control/state', '/', '/metrics']) {
    expect([path, await statusOf('GET', path, { host: 'evil.example' })]).toEqual([path, 403]);
  }
});
