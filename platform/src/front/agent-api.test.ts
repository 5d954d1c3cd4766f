import { request } from 'node:http';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { compress } from '@castai/shared/wire/ingest/compression.ts';
import { DICTIONARY_NAME } from '@castai/shared/wire/ingest/dictionary.ts';
import { encodeBatch, encodeOpenRequest, INGEST_CONTENT_TYPE } from '@castai/shared/wire/ingest/ingest-wire.ts';
import { DEFAULT_OPEN, type HandAgent, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const platform = usePlatform({ maxBodyBytes: 1024 * 1024 });
const ZERO = '00000000-0000-0000-0000-000000000000';

afterEach(async () => {
  await platform.control.setApiKeys([]);
});

async function opened(): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  return agent;
}

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

test('a key that lies on every node does what its program does, and nothing else', async () => {
  const agent = await opened();
  await platform.control.setApiKeys(['spot-key role=spot', 'init-key role=init-data', 'agent-key role=agent']);
  const statusOf = async (path: string, key: string): Promise<unknown> => {
    const response = await agent.post(path, '{}', { 'x-api-key': key });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  const events = `/v1/kubernetes/external-clusters/${agent.cluster}/events`;
  const initData = `/v1/kubernetes/external-clusters/${agent.cluster}/aks-init-data`;
  expect(await statusOf(events, 'spot-key')).toEqual([400, 'INVALID_REQUEST']);
  expect(await statusOf(initData, 'spot-key')).toEqual([403, 'FORBIDDEN']);
  expect(await statusOf(initData, 'init-key')).toEqual([400, 'INVALID_REQUEST']);
  expect(await statusOf(events, 'agent-key')).toEqual([403, 'FORBIDDEN']);
  expect(await statusOf('/v1/kubernetes/external-clusters', 'spot-key')).toEqual([403, 'FORBIDDEN']);
  expect(await agent.open({ clusterUid: 'made-up' }, { apiKey: 'init-key' })).toMatchObject({
    ok: false,
    status: 403,
    body: {
      code: 'FORBIDDEN',
      message: 'this key is for the role init-data only, which does not make the call open',
    },
  });
  expect(await agent.send({ epoch: 1, seq: 1 }, { apiKey: 'agent-key' })).toMatchObject({ ok: true });
});

test('a key of one cluster registers that one under its id, and neither another nor in its place', async () => {
  const other = await platform.newAgent();
  const id = '0aeb3c4e-0000-4000-8000-000000000001';
  await platform.control.setApiKeys([`its-key cluster=${id}`, `late-key cluster=${other.cluster}`]);
  const register = async (clusterName: string, key: string): Promise<unknown> => {
    const eks = { clusterName, region: 'eu-west-1', accountId: '123456789012' };
    const body = JSON.stringify({ id: ZERO, eks });
    const response = await other.post('/v1/kubernetes/external-clusters', body, { 'x-api-key': key });
    const answer = (await response.json()) as { id?: string; message?: string };
    return answer.id ?? answer.message;
  };
  expect(await register('scoped', 'its-key')).toBe(id);
  expect(await register('scoped', 'its-key')).toBe(id);
  expect(await register('another', 'its-key')).toBe(`this key is for the cluster ${id} only, and that is another one`);
  expect(await register('scoped', 'late-key')).toContain('and that is another one');
  expect(await other.open({}, { apiKey: 'its-key' })).toMatchObject({ ok: false, status: 403 });
});

test('the figures of all clusters want a key without restrictions', async () => {
  await platform.control.setApiKeys(['whole', 'part role=agent']);
  const scrape = async (key: string): Promise<number> =>
    (await fetch(`${platform.url}/v1/metrics/prom`, { headers: { authorization: `Token ${key}` } })).status;
  expect([await scrape('whole'), await scrape('part'), await scrape('none')]).toEqual([200, 403, 401]);
});

test('what a stranger sends is not even decompressed', async () => {
  const agent = await opened();
  await platform.control.setApiKeys(['key-of-others']);
  expect(await agent.send({ epoch: 1, seq: 1 }, { encoding: 'br' })).toMatchObject({ ok: false, status: 401 });
});

test.each(['zstd', 'gzip', 'identity'] as const)('a body may be encoded as %s', async (encoding) => {
  const agent = await opened();
  const answer = await agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] }, { encoding });
  expect(answer).toMatchObject({ ok: true, value: { entryCount: 1 } });
});

test('an open names the dictionary, a batch may be compressed by it, and by no other', async () => {
  const agent = await opened();
  const at = (call: string): string => `/v2/clusters/${agent.cluster}/ingest/${call}`;
  const answer = await agent.post(at('open'), encodeOpenRequest(DEFAULT_OPEN), { 'content-type': INGEST_CONTENT_TYPE });
  expect([answer.status, answer.headers.get('available-dictionary')]).toEqual([200, DICTIONARY_NAME]);
  const bytes = await compress('dcz', encodeBatch({ epoch: 2, seq: 1, sentAtMs: 1, entries: [upsert('a')] }));
  const other = Buffer.from(bytes);
  other.writeUInt8(other.readUInt8(8) ^ 1, 8);
  const headers = { 'content-encoding': 'dcz', 'content-type': INGEST_CONTENT_TYPE };
  const refused = await agent.post(at('batches'), other, headers);
  expect([refused.status, await refused.json()]).toMatchObject([415, { code: 'UNSUPPORTED_ENCODING' }]);
  const broken = await agent.post(at('batches'), bytes.subarray(0, bytes.byteLength - 5), headers);
  expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'UNDECODABLE' }]);
  expect((await agent.post(at('batches'), bytes, headers)).status).toBe(200);
  const bomb = await agent.post(at('batches'), await compress('dcz', Buffer.alloc(3 * 1024 * 1024)), headers);
  expect(bomb.status).toBe(413);
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
