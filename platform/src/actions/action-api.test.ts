import { begin, end, HandAgent, NODES, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, expect, test } from 'vitest';
import type { RunningServer } from '../front/server.ts';
import { createPlatform, type Platform } from '../platform.ts';
import { servePlatform } from '../serve-platform.ts';

let running: RunningServer | undefined;
let platform: Platform;
let clock: ManualClock;
let cluster = '';
const errors: unknown[] = [];
afterEach(async () => {
  await running?.close();
  running = undefined;
  const failed = errors.splice(0);
  if (failed.length > 0) throw new AggregateError(failed, 'the platform failed');
});

const node = (name: string, providerID: string | undefined): ReturnType<typeof upsert> =>
  upsert(name, {
    feedId: NODES.id,
    namespace: '',
    json: { metadata: { name, labels: {} }, spec: { ...(providerID && { providerID }) } },
  });

/** A platform that knows the nodes `n1`, and `nobody` of which nothing says which machine it is. */
async function start(mayAct = true, apiKeys: readonly string[] = []): Promise<HandAgent> {
  clock = new ManualClock();
  platform = await createPlatform({ clock, onError: (error) => errors.push(error), mayAct, apiKeys });
  const handle: Parameters<typeof servePlatform>[1] = (request, response) => platform.front.handle(request, response);
  running = await servePlatform(platform, handle, { port: 0, host: '127.0.0.1' });
  const agent = new HandAgent(running.url);
  if (apiKeys.length > 0) return agent;
  cluster = await agent.register();
  await agent.mustOpen();
  const nodes = [node('n1', 'azure:///vm-1'), node('nobody', undefined)];
  await agent.mustSend(1, 1, [begin(NODES.id), ...nodes, end(nodes.length, '200', NODES.id)]);
  return agent;
}

interface Call {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}
async function call(method: string, path: string, { headers, body }: Call = {}): Promise<[number, unknown]> {
  const sent = { 'content-type': 'application/json', 'x-api-key': 'k', ...headers };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(new URL(path, running?.url), { method, headers: sent, ...text });
  return [answer.status, await answer.json()];
}
const want = (body: object, headers = {}): Promise<[number, unknown]> =>
  call('POST', `/clusters/${cluster}/actions`, { headers, body });
const base = (): string => `/v1/kubernetes/clusters/${cluster}/actions`;
async function poll(): Promise<readonly Record<string, unknown>[]> {
  const [status, answer] = await call('GET', base());
  expect(status).toBe(200);
  return (answer as { items: Record<string, unknown>[] }).items;
}
async function states(): Promise<string[]> {
  const [, view] = await call('GET', `/_page/actions?cluster=${cluster}&node=n1`);
  return (view as { rows: { name: string; state: string }[] }).rows.map(({ name, state }) => `${name}: ${state}`);
}

test('who polls is remembered with what it says of itself, and who may not poll is not', async () => {
  await start();
  expect(platform.actions.lastPoll(cluster)).toBe(undefined);
  await call('GET', '/v1/kubernetes/clusters/nobody/actions');
  await call('POST', base());
  expect([platform.actions.lastPoll(cluster), platform.actions.lastPoll('nobody')]).toEqual([undefined, undefined]);
  await call('GET', base(), { headers: { 'X-Castai-Verdict': 'blocked api-server' } });
  const atMs = clock.now();
  expect(platform.actions.lastPoll(cluster)).toEqual({ atMs, verdict: { state: 'blocked', cause: 'api-server' } });
  await clock.advance(1_000);
  await poll();
  expect(platform.actions.lastPoll(cluster)).toEqual({ atMs: atMs + 1_000, verdict: undefined });
});

test('what is wanted is handed out at each poll, in order, until it is acknowledged', async () => {
  await start();
  expect(await poll()).toEqual([]);
  expect(await want({ node: 'n1', action: 'cordon' })).toMatchObject([201, {}]);
  await clock.advance(1_000);
  expect(await want({ node: 'n1', action: 'drain', drainSeconds: 60, force: true })).toMatchObject([201, {}]);
  expect(await states()).toEqual([
    'drain: waits for the cluster controller',
    'cordon: waits for the cluster controller',
  ]);
  const ids = { nodeName: 'n1', nodeId: '', providerId: 'azure:///vm-1' };
  const items = await poll();
  const createdAt = expect.stringMatching(/^\d{4}-.*Z$/u) as string;
  const id = expect.any(String) as string;
  expect(items).toEqual([
    { id, createdAt, actionPatchNode: { ...ids, unschedulable: true } },
    { id, createdAt, actionDrainNode: { ...ids, drainTimeoutSeconds: 60, force: true } },
  ]);
  // The answer was lost, or another leader asks.
  expect(await poll()).toEqual(items);
  expect(await states()).toEqual([
    'drain: handed to the cluster controller',
    'cordon: handed to the cluster controller',
  ]);
  const ack = (index: number, error: string | null): Promise<[number, unknown]> =>
    call('POST', `${base()}/${String(items[index]?.['id'])}/ack`, { body: { error } });
  expect(await ack(0, null)).toEqual([200, {}]);
  expect(await poll()).toEqual([items[1]]);
  expect(await ack(1, 'pdb_blocked: 2 pods are held')).toEqual([200, {}]);
  expect(await poll()).toEqual([]);
  // An acknowledgement whose answer was lost comes again; the first word counts.
  expect(await ack(1, null)).toEqual([200, {}]);
  expect(await states()).toEqual(['drain: pdb_blocked: 2 pods are held', 'cordon: done']);
});

test('what nobody has asked for in its hour is asked of nobody any more, and a late word counts still', async () => {
  await start();
  await want({ node: 'n1', action: 'remove' });
  const [item] = await poll();
  await clock.advance(60 * 60_000);
  expect(await poll()).toEqual([]);
  expect(await states()).toEqual(['remove: not acknowledged in its time']);
  await call('POST', `${base()}/${String(item?.['id'])}/ack`, { body: { error: null } });
  expect(await states()).toEqual(['remove: done']);
});

test('the same is wanted once at a time, and not of a machine that nothing is known of', async () => {
  await start();
  expect(await want({ node: 'n1', action: 'drain' })).toMatchObject([201, {}]);
  expect(await want({ node: 'n1', action: 'drain' })).toMatchObject([409, { code: 'CONFLICT' }]);
  expect(await want({ node: 'n1', action: 'uncordon' })).toMatchObject([201, {}]);
  expect(await want({ node: 'n2', action: 'drain' })).toMatchObject([404, {}]);
  expect(await want({ node: 'nobody', action: 'drain' })).toMatchObject([400, {}]);
  expect(await want({ node: 'n1', action: 'explode' })).toMatchObject([400, {}]);
  expect(await want({ node: 'n1', action: 'drain', force: 'yes' })).toMatchObject([400, {}]);
  expect(await want({ node: 'n1', action: 'drain', drainSeconds: 1e9 })).toMatchObject([400, {}]);
  expect(await want({ action: 'drain' })).toMatchObject([400, {}]);
  expect(await call('POST', '/clusters/other/actions', { body: { node: 'n1', action: 'drain' } })).toMatchObject([
    404,
    {},
  ]);
});

test('unless it is allowed nothing is wanted, nobody is offered to, and no page of elsewhere ever is', async () => {
  await start(false);
  expect(await want({ node: 'n1', action: 'cordon' })).toMatchObject([403, {}]);
  expect(await call('GET', `/_page/actions?cluster=${cluster}&node=n1`)).toEqual([200, { choices: [], rows: [] }]);
  await running?.close();
  await start(true);
  expect(await want({ node: 'n1', action: 'cordon' }, { origin: 'http://evil.example' })).toMatchObject([403, {}]);
  expect(await want({ node: 'n1', action: 'cordon' }, { 'sec-fetch-site': 'cross-site' })).toMatchObject([403, {}]);
  expect(await want({ node: 'n1', action: 'cordon' }, { 'content-type': 'text/plain' })).toMatchObject([415, {}]);
  expect(await call('GET', `/clusters/${cluster}/actions`)).toMatchObject([405, {}]);
  expect(await poll()).toEqual([]);
});

test('who polls has a key for it, and asks for a cluster that there is', async () => {
  await start(true, ['all', 'other cluster=c2', 'spot role=spot']);
  const path = '/v1/kubernetes/clusters/c1/actions';
  const as = (key: string): Record<string, string> => ({ 'x-api-key': key });
  for (const [method, at] of [
    ['GET', path],
    ['POST', `${path}/a/ack`],
    ['POST', `${path}/logs`],
  ] as const) {
    expect(await call(method, at, { headers: as('none') })).toMatchObject([401, {}]);
    expect(await call(method, at, { headers: as('other') })).toMatchObject([403, {}]);
    expect(await call(method, at, { headers: as('spot') })).toMatchObject([403, {}]);
    expect(await call(method, at, { headers: as('all') })).toMatchObject([404, { code: 'UNKNOWN_CLUSTER' }]);
  }
});

test('lines of its log are kept, and what nobody has asked for is not acknowledged', async () => {
  await start();
  const line = { level: 'info', time: 't', message: 'm', fields: { a: 'b' } };
  expect(await call('POST', `${base()}/logs`, { body: line })).toEqual([200, {}]);
  expect(await call('POST', `${base()}/logs`, { body: { ...line, fields: { a: 1 } } })).toMatchObject([400, {}]);
  expect(await call('POST', `${base()}/none/ack`, { body: { error: null } })).toMatchObject([404, {}]);
  expect(await call('POST', `${base()}/none/ack`, { body: { error: 1 } })).toMatchObject([400, {}]);
});

test('a drain is handed out for as long as it may take beyond the hour: a new leader goes on with it', async () => {
  await start();
  await want({ node: 'n1', action: 'drain', drainSeconds: 3_600 });
  await want({ node: 'n1', action: 'cordon' });
  await clock.advance(60 * 60_000);
  expect((await poll()).map((item) => Object.keys(item).at(-1))).toEqual(['actionDrainNode']);
  await clock.advance(60 * 60_000);
  expect(await poll()).toEqual([]);
});
