import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlainClient } from './plain-client.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from './fake-kube-apiserver.ts';
import { type FaultAction, FaultPlan } from './faults.ts';
import { parseRequest } from './request-info.ts';
import { statusBody } from './status-error.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

let server: FakeKubeApiserver;
let client: PlainClient;

beforeEach(async () => {
  server = await FakeKubeApiserver.start();
  client = new PlainClient({ url: server.url, token: FAKE_TOKEN });
  for (const name of ['a', 'b', 'c']) create(name);
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

function create(name: string): void {
  server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
}

/** A watch from now on that an action befalls. */
async function watchWith(action: FaultAction, query = '') {
  server.faults.add({ match: { verb: 'watch', resource: 'configmaps' }, action });
  return client.watch(`${MAPS}?resourceVersion=${server.resourceVersion}${query}`);
}

test('another answer replaces the real one for as many requests as planned', async () => {
  const body = statusBody({ code: 429, reason: 'TooManyRequests', message: 'later' });
  server.faults.add({
    match: { verb: 'list', resource: 'configmaps', skip: 1, times: 2 },
    action: { type: 'respond', status: 429, headers: { 'retry-after': '1000000000' }, body },
  });
  const statuses: number[] = [];
  for (let request = 0; request < 4; request += 1) statuses.push((await client.call('GET', MAPS)).status);
  expect(statuses).toEqual([200, 429, 429, 200]);
  expect(server.faults.struck()).toMatchObject([{ times: 2 }]);
  expect(server.requests.count({ verb: 'list', resource: 'configmaps' })).toBe(4);
});

test('a later page can fail while the first one does not', async () => {
  server.faults.add({ match: { verb: 'list', hasContinue: true }, action: { type: 'respond', status: 410 } });
  const { metadata } = await client.list(`${MAPS}?limit=1`);
  expect((await client.call('GET', `${MAPS}?continue=${metadata.continue}`)).status).toBe(410);
});

test('an aborted and a hanging request get no answer', async () => {
  const disarm = server.faults.add({ match: { verb: 'list' }, action: { type: 'reset' } });
  await expect(client.call('GET', MAPS)).rejects.toMatchObject({ code: 'ECONNRESET' });
  disarm();
  server.faults.add({ match: { verb: 'list' }, action: { type: 'hang' } });
  const hanging = client.call('GET', MAPS).then(
    () => 'answered',
    () => 'broken',
  );
  expect(await Promise.race([hanging, sleep(100).then(() => 'silent')])).toBe('silent');
  server.abortConnections();
  expect(await hanging).toBe('broken');
});

test('a watch ends right after its headers', async () => {
  await using watch = await watchWith({ type: 'cut', afterBytes: 0, how: 'eof' });
  expect([watch.status, await watch.ended, watch.events]).toEqual([200, 'clean', []]);
});

test.for([
  ['eof', 'clean'],
  ['fin', 'broken'],
  ['rst', 'broken'],
] as const)('a watch is cut in the middle of a frame with %s, which looks %s', async ([how, end]) => {
  await using watch = await watchWith({ type: 'cut', afterBytes: 40, how });
  create('d');
  expect(await watch.ended).toBe(end);
  expect([watch.events, watch.rest.length]).toEqual([[], 40]);
});

test('a watch falls silent in the middle of a frame and stays open', async () => {
  await using watch = await watchWith({ type: 'silence', afterBytes: 40 }, '&timeoutSeconds=1');
  create('d');
  await expect.poll(() => watch.rest.length).toBe(40);
  expect(await Promise.race([watch.ended, sleep(1200).then(() => 'open')])).toBe('open');
});

test('foreign frames come between the real ones', async () => {
  const data = { type: 'ERROR', object: statusBody({ code: 500, reason: 'InternalError', message: 'x' }) };
  await using watch = await watchWith({ type: 'inject', afterFrames: 1, data, thenEnd: true });
  create('d');
  create('e');
  expect(await watch.ended).toBe('clean');
  expect(watch.types()).toEqual(['ADDED', 'ERROR']);
  server.faults.clear();
  await using other = await client.watch(`${MAPS}?resourceVersion=${server.resourceVersion}`);
  await expect.poll(() => server.watches('configmaps').length).toBe(1);
  server.inject({ type: 'SURPRISE', object: {} }, 'configmaps');
  expect(await other.take(1)).toEqual([{ type: 'SURPRISE', object: {} }]);
});

test('an oversized line has the size that was asked for', async () => {
  await using watch = await watchWith({ type: 'oversizedLine', afterFrames: 0, bytes: 100_000 });
  const [event] = await watch.take(1);
  expect(`${JSON.stringify(event)}\n`).toHaveLength(100_000);
});

test('events come twice, or without bookmarks', async () => {
  await using doubled = await watchWith({ type: 'duplicate' });
  create('d');
  await doubled.take(2);
  expect(doubled.types()).toEqual(['ADDED', 'ADDED']);
  server.faults.clear();
  server.settings.bookmarkMs = 20;
  const marker = await watchWith({ type: 'dropBookmarks', which: 'marker' }, '&allowWatchBookmarks=1');
  create('e');
  await marker.take(2);
  expect(marker.types().slice(0, 2)).toEqual(['ADDED', 'BOOKMARK']);
  await marker[Symbol.asyncDispose]();
  server.faults.clear();
  await using none = await watchWith({ type: 'dropBookmarks' }, '&allowWatchBookmarks=1&timeoutSeconds=1');
  create('f');
  expect(await none.ended).toBe('clean');
  expect(none.types()).toEqual(['ADDED']);
});

test('a dripping answer is complete in the end', async () => {
  server.faults.add({ match: { verb: 'list' }, action: { type: 'drip', bytes: 100, everyMs: 1 } });
  const { items } = await client.list(MAPS);
  expect(items).toHaveLength(3);
});

test('a list says wrong things about itself', async () => {
  server.faults.add({
    match: { verb: 'list' },
    action: { type: 'list', resourceVersion: null, continueToken: 'go-on', items: false },
  });
  expect(await client.list(MAPS)).toEqual({
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { continue: 'go-on' },
    items: [],
  });
});

test('a list ignores its limit', async () => {
  server.faults.add({ match: { verb: 'list' }, action: { type: 'list', ignoreLimit: true } });
  expect((await client.list(`${MAPS}?limit=1`)).items).toHaveLength(3);
});

test('a delayed answer is the real one', async () => {
  server.faults.add({ match: { path: '/api/v1/namespaces/default/configmaps/a' }, action: { type: 'delay', ms: 50 } });
  expect(await client.must('GET', `${MAPS}/a`)).toMatchObject({ metadata: { name: 'a' } });
});

test('a fault may befall one form alone', () => {
  const plan = new FaultPlan();
  plan.add({ match: { accept: 'protobuf' }, action: { type: 'hang' } });
  const pods = parseRequest('GET', '/api/v1/pods');
  expect(plan.take(pods, 'application/json')).toBeUndefined();
  expect(plan.take(pods)).toBeUndefined();
  expect(plan.take(pods, 'application/vnd.kubernetes.protobuf, application/json')).toEqual({ type: 'hang' });
});

test('what is no text does not survive being taken for it', async () => {
  // More than 127 bytes, so that lengths are no characters.
  server.update({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }, (map) => {
    map['data'] = { long: 'x'.repeat(300) };
  });
  const bytesOf = async (accept: string): Promise<Buffer> =>
    (await client.call('GET', MAPS, { headers: { accept } })).bytes;
  const protobuf = 'application/vnd.kubernetes.protobuf';
  const plain = [await bytesOf('application/json'), await bytesOf(protobuf)];
  server.faults.add({ match: { verb: 'list' }, action: { type: 'asText' } });
  expect(await bytesOf('application/json')).toEqual(plain[0]);
  const mangled = await bytesOf(protobuf);
  expect(mangled).not.toEqual(plain[1]);
  expect(mangled.includes('\uFFFD')).toBe(true);
});

test('the first armed fault that fits a request befalls it, and no other counts it', () => {
  const plan = new FaultPlan();
  plan.add(
    { match: { verb: 'watch', times: 1 }, action: { type: 'hang' } },
    { match: { group: 'apps' }, action: { type: 'reset' } },
  );
  const watch = parseRequest('GET', '/apis/apps/v1/deployments?watch=1');
  expect([plan.take(watch), plan.take(watch), plan.take(parseRequest('GET', '/api/v1/pods'))]).toEqual([
    { type: 'hang' },
    { type: 'reset' },
    undefined,
  ]);
  expect(plan.struck().map(({ times }) => times)).toEqual([1, 1]);
});
