import { request } from 'node:http';
import { connect } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { encodeBatch } from '@castai/shared/wire/ingest/ingest-wire.ts';
import type { FaultRequest } from '@castai/test/platform-rig/faults/parse-fault.ts';
import { begin, end, type HandAgent, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const platform = usePlatform({ maxBodyBytes: 1024 * 1024, random: () => 0.5 });
const ZERO = '00000000-0000-0000-0000-000000000000';

afterEach(async () => {
  await platform.control.clearFaults();
  await platform.control.setApiKeys([]);
});

async function opened(): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  return agent;
}

const fault = (on: FaultRequest['on'], action: FaultRequest['action'], more: Partial<FaultRequest> = {}) =>
  platform.control.addFault({ ...(on ? { on } : {}), action, ...more });

test('registration gives one id per provider identity, and the shape that agents read', async () => {
  const agent = await platform.newAgent();
  const register = async (body: object): Promise<Record<string, unknown>> => {
    const response = await agent.post(
      '/v1/kubernetes/external-clusters',
      JSON.stringify({ id: ZERO, name: '', ...body }),
    );
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    return (await response.json()) as Record<string, unknown>;
  };
  const eks = { clusterName: 'prod', region: 'eu-west-1', accountId: '123456789012' };
  const first = await register({ eks, gke: null, name: 'prod' });
  expect(first).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    name: 'prod',
    providerType: 'eks',
  });
  expect(await register({ eks, gke: null, name: 'renamed' })).toMatchObject({ id: first['id'] });
  const other = await register({ eks: { ...eks, region: 'eu-west-2' } });
  expect(other['id']).not.toBe(first['id']);
});

test('a registration that names no cluster is refused with the reason', async () => {
  const agent = await platform.newAgent();
  const response = await agent.post(
    '/v1/kubernetes/external-clusters',
    JSON.stringify({ id: ZERO, eks: { region: 'r' } }),
  );
  expect([response.status, await response.json()]).toEqual([
    400,
    { code: 'INVALID_REQUEST', message: 'eks.accountId must be a non-empty string' },
  ]);
});

test('a missing key, and one that is not accepted, get a 401 as JSON', async () => {
  const agent = await opened();
  await platform.control.setApiKeys(['new-key']);
  const answer = await agent.send({ epoch: 1, seq: 1 }, { apiKey: 'key' });
  expect(answer).toMatchObject({ ok: false, status: 401, body: { code: 'UNAUTHORIZED' } });
  expect(await agent.send({ epoch: 1, seq: 1 }, { apiKey: 'new-key' })).toMatchObject({ ok: true });
  await platform.control.setApiKeys([]);
  expect(await agent.send({ epoch: 1, seq: 2 }, { apiKey: '' })).toMatchObject({ ok: false, status: 401 });
});

test.each(['zstd', 'gzip', 'identity'] as const)('a body may be encoded as %s', async (encoding) => {
  const agent = await opened();
  const answer = await agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] }, { encoding });
  expect(answer).toMatchObject({ ok: true, value: { entryCount: 1 } });
});

test('an unknown content encoding is a 415', async () => {
  const agent = await opened();
  const answer = await agent.send({ epoch: 1, seq: 1 }, { encoding: 'br' });
  expect(answer).toMatchObject({ ok: false, status: 415, body: { code: 'UNSUPPORTED_ENCODING' } });
});

test.each([
  ['no zstd at all', 'zstd', Buffer.from('not compressed')],
  ['half a frame', 'zstd', zstdCompressSync(Buffer.alloc(10_000, 1)).subarray(0, 12)],
  ['no protobuf', 'identity', Buffer.from([0xff, 0xff, 0xff])],
])('a body that is %s is a 400', async (_name, encoding, body) => {
  const agent = await opened();
  const path = `/v2/clusters/${agent.cluster}/ingest/batches`;
  const response = await agent.post(path, body, { 'content-encoding': encoding });
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'UNDECODABLE' }]);
});

test('a body above the limit is a 413, on the wire and out of a bomb', async () => {
  const agent = await opened();
  const path = `/v2/clusters/${agent.cluster}/ingest/batches`;
  const large = Buffer.alloc(3 * 1024 * 1024);
  const plain = await agent.post(path, large);
  const bomb = await agent.post(path, zstdCompressSync(large), { 'content-encoding': 'zstd' });
  expect([plain.status, bomb.status]).toEqual([413, 413]);
  expect(await bomb.json()).toEqual({ code: 'TOO_LARGE', message: 'a body may have 1048576 bytes' });
  await agent.mustSend(1, 1, []);
});

test('logs, telemetry and events are kept and answered as agents expect', async () => {
  const agent = await opened();
  const post = async (path: string, body: object): Promise<[number, unknown]> => {
    const response = await agent.post(path, JSON.stringify(body));
    return [response.status, await response.json()];
  };
  const logs = `/v1/kubernetes/clusters/${agent.cluster}/agent-logs`;
  const logEvent = { level: 'info', time: '2026-01-01T00:00:00Z', message: 'hello', fields: { a: 'b' } };
  expect(await post(logs, { logEvent })).toEqual([200, {}]);
  expect(await post(logs, { logEvent: { ...logEvent, fields: { a: 1 } } })).toMatchObject([400, {}]);
  expect(await post(logs, {})).toMatchObject([400, {}]);
  expect(await post(`/v1/kubernetes/clusters/${agent.cluster}/agent-config`, { agentVersion: '1' })).toEqual([
    200,
    { intervalSeconds: '15', resync: false },
  ]);
  const events = `/v1/kubernetes/external-clusters/${agent.cluster}/events`;
  expect(await post(events, { event_type: 'interrupted', node_id: 'n', provider_id: null })).toEqual([200, {}]);
  expect(await post(events, { event_type: 'party' })).toMatchObject([400, {}]);
  const kept = await Promise.all(
    (['log', 'telemetry', 'event'] as const).map((kind) => platform.control.reports(agent.cluster, kind)),
  );
  expect(kept.map((reports) => reports.map(({ body }) => body))).toEqual([
    [logEvent],
    [{ agentVersion: '1' }],
    [{ event_type: 'interrupted', node_id: 'n', provider_id: null }],
  ]);
  expect(await post('/v1/kubernetes/clusters/nobody/agent-logs', { logEvent })).toMatchObject([404, {}]);
});

test('status fault: so often, with Retry-After, and without effect', async () => {
  const agent = await opened();
  await fault('batch', { type: 'status', status: 503, retryAfter: '7' }, { times: 2 });
  for (const _ of [1, 2]) {
    const answer = await agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] });
    expect(answer).toMatchObject({ ok: false, status: 503, body: { code: 'FAULT' } });
    expect(!answer.ok && answer.headers.get('retry-after')).toBe('7');
  }
  expect(await agent.mustSend(1, 1, [])).toMatchObject({ receivedSeq: 1, entryCount: 0 });
});

test('lost answer fault: the batch counts, and its repetition is a duplicate', async () => {
  const agent = await opened();
  await fault('batch', { type: 'loseAnswer' }, { times: 1 });
  await expect(agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] })).rejects.toThrow('fetch failed');
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ receivedSeq: 1, objects: 1 });
  expect(await agent.mustSend(1, 1, [upsert('a')])).toMatchObject({ receivedSeq: 1 });
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ receivedTotal: 1 });
});

test('drop fault: the connection breaks and nothing counts', async () => {
  const agent = await opened();
  await fault('batch', { type: 'drop' }, { times: 1 });
  await expect(agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] })).rejects.toThrow('fetch failed');
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ receivedSeq: 0, objects: 0 });
});

test('a page and a redirect come in place of an ack, without effect', async () => {
  const agent = await opened();
  await fault('batch', { type: 'notAck' }, { times: 1 });
  expect(await agent.send({ epoch: 1, seq: 1 })).toMatchObject({ ok: false, status: 200 });
  await fault('batch', { type: 'redirect' }, { times: 1 });
  const redirected = await agent.send({ epoch: 1, seq: 1 });
  expect(redirected).toMatchObject({ ok: false, status: 307 });
  expect(!redirected.ok && redirected.headers.get('location')).toMatch(/^http:.*\/elsewhere\/v2/);
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({ receivedSeq: 0 });
});

test('an encoding can be refused, and a smaller limit set', async () => {
  const agent = await opened();
  await fault('batch', { type: 'refuseEncoding', encoding: 'zstd' });
  await fault('batch', { type: 'limit', bytes: 400 });
  const entries = ['a', 'b', 'c', 'd'].map((name) => upsert(name));
  expect(await agent.send({ epoch: 1, seq: 1, entries })).toMatchObject({ ok: false, status: 415 });
  expect(await agent.send({ epoch: 1, seq: 1, entries }, { encoding: 'gzip' })).toMatchObject({
    ok: false,
    status: 413,
  });
  expect(await agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] }, { encoding: 'gzip' })).toMatchObject({
    ok: true,
  });
});

test('poison: the whole batch is a 400, or the entry is rejected alone', async () => {
  const agent = await opened();
  await fault('batch', { type: 'poison', name: 'whole', as: 'batch' });
  await fault('batch', { type: 'poison', name: 'alone', as: 'entry' });
  const whole = await agent.send({ epoch: 1, seq: 1, entries: [upsert('a'), upsert('whole')] });
  expect(whole).toMatchObject({ ok: false, status: 400, body: { code: 'INVALID_BATCH' } });
  const ack = await agent.mustSend(1, 1, [upsert('a'), upsert('alone')]);
  expect(ack.rejections).toEqual([{ entryIndex: 1, code: 'POISONED' }]);
  const { faultsShown } = await platform.control.state();
  expect(faultsShown['poison']).toBe(2);
});

test('an ack can be wrong, and of a newer platform', async () => {
  const agent = await opened();
  await fault('batch', { type: 'wrongAck', seq: 3, entryCount: -1 }, { times: 1 });
  expect(await agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] })).toMatchObject({
    value: { epoch: 1, receivedSeq: 4, processedSeq: 4, entryCount: 0 },
  });
  await fault('batch', { type: 'newerPlatform' }, { times: 1 });
  const ack = await agent.mustSend(1, 2, [begin(), end(0)]);
  expect(ack).toMatchObject({ receivedSeq: 2, directives: [{ id: 'a-directive-of-a-later-version' }] });
});

test('a slow platform takes its time and then acknowledges', async () => {
  const agent = await opened();
  await fault('batch', { type: 'slowRead', bytesPerSecond: 10_000 }, { times: 1 });
  await fault('batch', { type: 'delay', ms: 20 }, { times: 1 });
  expect(await agent.mustSend(1, 1, [upsert('a')])).toMatchObject({ receivedSeq: 1 });
});

test('a connection can be closed between two batches', async () => {
  const agent = await opened();
  await fault('batch', { type: 'closeIdle', ms: 0 }, { times: 1 });
  const socket = connect(Number(new URL(platform.url).port));
  const path = `/v2/clusters/${agent.cluster}/ingest/batches`;
  const body = Buffer.from(encodeBatch({ epoch: 1, seq: 1, sentAtMs: 0, entries: [] }));
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: key\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), body]));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(await agent.mustSend(1, 1, [])).toMatchObject({ receivedSeq: 1 });
});

test('an agent that goes away while it sends leaves nothing behind', async () => {
  const agent = await opened();
  const bytes = Buffer.from(encodeBatch({ epoch: 1, seq: 1, sentAtMs: 0, entries: [upsert('a')] }));
  await new Promise<void>((resolve) => {
    const path = `/v2/clusters/${agent.cluster}/ingest/batches`;
    const headers = { 'x-api-key': 'key', 'content-length': String(bytes.length) };
    const call = request(new URL(path, platform.url), { method: 'POST', headers });
    call.on('error', () => resolve());
    call.write(bytes.subarray(0, 20), () => call.destroy(new Error('gone')));
  });
  expect(await agent.mustSend(1, 1, [])).toMatchObject({ receivedSeq: 1, entryCount: 0 });
});

test('what does not exist is a 404 as JSON, and a GET of a call is a 405', async () => {
  const nothing = await fetch(new URL('/v3/everything', platform.url));
  expect([nothing.status, await nothing.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  const get = await fetch(new URL('/v2/clusters/x/ingest/open', platform.url), { headers: { 'x-api-key': 'key' } });
  expect(get.status).toBe(405);
});
