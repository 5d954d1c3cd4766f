import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { begin, deltaItem, end, type HandAgent, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const platform = usePlatform({ maxObjectBytes: 4096, maxDeltaBytes: 64 * 1024 });

afterEach(async () => {
  await platform.control.setApiKeys([]);
});

async function names(agent: HandAgent): Promise<string[]> {
  const objects = await platform.control.allObjects({ cluster: agent.cluster });
  return objects.map(({ group, resource, namespace, name, uid }) => `${group}/${resource} ${namespace}/${name} ${uid}`);
}

/** A cluster that has sent its full snapshot: pods a and b, node n; the token. */
async function snapshotted(agent: HandAgent): Promise<string> {
  const { status, token } = await agent.delta('', {
    fullSnapshot: true,
    items: [
      deltaItem('add', 'a'),
      deltaItem('update', 'b'),
      deltaItem('add', 'n', { kind: 'Node', namespace: '' }),
      deltaItem('delete', 'gone'),
    ],
  });
  expect(status).toBe(204);
  return token;
}

test('a full snapshot, a change, a removal and an empty delta, each under the token of the one before', async () => {
  const agent = await platform.newAgent();
  const first = await snapshotted(agent);
  expect(await names(agent)).toEqual(['/pods default/a uid-a', '/pods default/b uid-b', '/nodes /n uid-n']);
  const second = await agent.delta(first, { items: [deltaItem('update', 'a', { resourceVersion: '101' })] });
  const third = await agent.delta(second.token, { items: [deltaItem('delete', 'b'), deltaItem('delete', 'unknown')] });
  const fourth = await agent.delta(third.token, {});
  expect([second.status, third.status, fourth.status]).toEqual([204, 204, 204]);
  expect(new Set([first, second.token, third.token, fourth.token]).size).toBe(4);
  expect(await names(agent)).toEqual(['/pods default/a uid-a', '/nodes /n uid-n']);
  expect(await platform.control.cluster(agent.cluster)).toMatchObject({
    receivedTotal: 4,
    processedTotal: 4,
    entriesTotal: 7,
    agentVersion: 'v0.123.1',
    kubernetesVersion: '1.36.2',
    continuityToken: fourth.token,
    objects: 2,
  });
  const [pod] = await platform.control.allObjects({ cluster: agent.cluster, feed: 'pods' });
  expect(pod).toMatchObject({ version: 'v1', resourceVersion: '101', body: { metadata: { name: 'a' } } });
});

test('a delta under any other token is refused with the words that agents look for, and without effect', async () => {
  const agent = await platform.newAgent();
  const early = await agent.delta('', { items: [deltaItem('add', 'a')] });
  const token = await snapshotted(agent);
  const { token: next } = await agent.delta(token, {});
  const answers = [early];
  for (const wrong of ['', token, 'made-up'])
    answers.push(await agent.delta(wrong, { items: [deltaItem('add', 'x')] }));
  for (const answer of answers) {
    expect(answer).toEqual({
      status: 400,
      token: '',
      text: '{"code":"INVALID_CONTINUITY_TOKEN","message":"invalid continuity token"}',
    });
  }
  expect(await names(agent)).toHaveLength(3);
  expect((await agent.delta(next, {})).status).toBe(204);
});

test('a full snapshot replaces everything, whatever its token', async () => {
  const agent = await platform.newAgent();
  await snapshotted(agent);
  for (const token of ['', 'stale']) {
    const answer = await agent.delta(token, { fullSnapshot: true, items: [deltaItem('add', 'only')] });
    expect(answer.status).toBe(204);
    expect(await names(agent)).toEqual(['/pods default/only uid-only']);
  }
  expect((await agent.delta('', { fullSnapshot: true })).status).toBe(204);
  expect(await names(agent)).toEqual([]);
});

test('an object is known by kind, version, namespace and name: one that was made anew takes the place of the former', async () => {
  const agent = await platform.newAgent();
  const token = await snapshotted(agent);
  const hpa = (apiVersion: string): object =>
    deltaItem('add', 'h', { kind: 'HorizontalPodAutoscaler', data: { apiVersion } });
  const { token: next } = await agent.delta(token, {
    items: [deltaItem('update', 'a', { uid: 'uid-a2' }), hpa('autoscaling/v1'), hpa('autoscaling/v2')],
  });
  expect(await names(agent)).toEqual([
    '/pods default/a uid-a2',
    '/pods default/b uid-b',
    '/nodes /n uid-n',
    'autoscaling/horizontalpodautoscalers default/h uid-h',
    'autoscaling/horizontalpodautoscalers default/h uid-h',
  ]);
  await agent.delta(next, { items: [deltaItem('delete', 'a', { uid: 'uid-of-long-ago' })] });
  expect((await names(agent))[0]).toBe('/pods default/b uid-b');
});

test('of a document that is cut, or is none, nothing becomes visible', async () => {
  const agent = await platform.newAgent();
  const token = await snapshotted(agent);
  const before = await names(agent);
  const whole = JSON.stringify({ fullSnapshot: true, items: [deltaItem('add', 'x'), deltaItem('add', 'y')] });
  const bytes = gzipSync(whole);
  const bad: Uint8Array[] = [
    gzipSync(whole.slice(0, -1)),
    gzipSync(whole.slice(0, 150)),
    gzipSync(`${whole}{}`),
    bytes.subarray(0, bytes.length - 4),
    bytes.subarray(0, bytes.length / 2),
    Buffer.from(whole),
    new Uint8Array(0),
  ];
  for (const body of bad) {
    const answer = await agent.deltaBytes(token, body);
    expect([answer.status, answer.token]).toEqual([400, '']);
  }
  expect(await names(agent)).toEqual(before);
  expect((await agent.delta(token, {})).status).toBe(204);
});

test('a connection that breaks behind the last byte of the document, and before that of the request, leaves nothing', async () => {
  const agent = await platform.newAgent();
  await snapshotted(agent);
  const body = gzipSync(JSON.stringify({ fullSnapshot: true, items: [] }));
  const socket = connect(Number(new URL(platform.url).port), '127.0.0.1');
  const path = `/v1/kubernetes/clusters/${agent.cluster}/agent-deltas`;
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: key\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = Buffer.concat([Buffer.from(`${head}${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
  await new Promise<void>((resolve) => socket.end(chunk, resolve));
  socket.resume();
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  expect(await names(agent)).toHaveLength(3);
});

test('bodies and items have a bound, and other encodings are read or refused', async () => {
  const agent = await platform.newAgent();
  const token = await snapshotted(agent);
  const large = (bytes: number): object => deltaItem('add', 'x', { data: { spec: 'x'.repeat(bytes) } });
  const statusOf = async (items: readonly object[]): Promise<number> => (await agent.delta(token, { items })).status;
  expect(await statusOf([large(5000)])).toBe(413);
  expect(await statusOf(Array.from({ length: 20 }, () => large(3900)))).toBe(413);
  const text = JSON.stringify({ fullSnapshot: false, items: [] });
  const brotli = await agent.deltaBytes(token, Buffer.from(text), { 'content-encoding': 'br' });
  expect(brotli.status).toBe(415);
  const plain = await agent.deltaBytes(token, Buffer.from(text), { 'content-encoding': 'identity' });
  const zstd = await agent.deltaBytes(plain.token, zstdCompressSync(text), { 'content-encoding': 'zstd' });
  expect([plain.status, zstd.status]).toEqual([204, 204]);
});

test('the key has to be for it, the cluster known, and the document of that cluster', async () => {
  const agent = await platform.newAgent();
  await platform.control.setApiKeys(['key role=spot', 'agent role=agent']);
  expect((await agent.delta('', { fullSnapshot: true })).status).toBe(403);
  await platform.control.setApiKeys([]);
  expect((await agent.delta('', { fullSnapshot: true, clusterId: 'another' })).status).toBe(400);
  agent.cluster = 'unknown';
  expect((await agent.delta('', { fullSnapshot: true })).status).toBe(404);
});

test('a full snapshot takes over from a session of our own wire, which is fenced', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('old'), end(1)]);
  expect((await agent.delta('', { items: [deltaItem('add', 'x')] })).status).toBe(400);
  await snapshotted(agent);
  expect(await names(agent)).toEqual(['/pods default/a uid-a', '/pods default/b uid-b', '/nodes /n uid-n']);
  expect(await agent.send({ epoch: 1, seq: 2 })).toMatchObject({ ok: false, status: 409, body: { code: 'FENCED' } });
});

test('a session of our own wire takes over from deltas, whose token ends, and begins with snapshots that sweep', async () => {
  const agent = await platform.newAgent();
  const token = await snapshotted(agent);
  const { epoch, resume } = await agent.mustOpen();
  expect(resume).toEqual([]);
  expect((await agent.delta(token, {})).status).toBe(400);
  await agent.mustSend(epoch, 1, [begin(), upsert('a'), end(1), begin(2), end(0, '200', 2)]);
  expect(await names(agent)).toEqual(['/pods default/a uid-a']);
});

test('a wished resync is told with agent-config until a full snapshot has come', async () => {
  const agent = await platform.newAgent();
  const wishes = async (): Promise<unknown> => {
    const path = `/v1/kubernetes/clusters/${agent.cluster}/agent-config`;
    return (await agent.post(path, JSON.stringify({ agentVersion: 'v0.123.1', gitCommit: 'abc' }))).json();
  };
  const token = await snapshotted(agent);
  expect(await wishes()).toEqual({ intervalSeconds: '15', resync: false });
  await platform.control.requestResync(agent.cluster);
  expect(await wishes()).toEqual({ intervalSeconds: '15', resync: true });
  expect((await agent.delta(token, {})).status).toBe(204);
  expect(await wishes()).toEqual({ intervalSeconds: '15', resync: true });
  await snapshotted(agent);
  expect(await wishes()).toEqual({ intervalSeconds: '15', resync: false });
});

test('the history has every item of a delta, and what a full snapshot has swept', async () => {
  const agent = await platform.newAgent();
  await platform.control.recordHistory(true);
  const token = await snapshotted(agent);
  await agent.delta(token, { items: [deltaItem('delete', 'a')] });
  await agent.delta('', { fullSnapshot: true, items: [deltaItem('add', 'b')] });
  await platform.control.recordHistory(false);
  const lines = await platform.control.history({ cluster: agent.cluster });
  expect(lines.map(({ epoch, seq, record }) => [epoch, seq, record.type, record['uid'] ?? record['uids']])).toEqual([
    [1, 1, 'fullSnapshot', undefined],
    [1, 1, 'upsert', 'uid-a'],
    [1, 1, 'upsert', 'uid-b'],
    [1, 1, 'upsert', 'uid-n'],
    [1, 1, 'delete', 'uid-gone'],
    [1, 2, 'delete', 'uid-a'],
    [2, 1, 'fullSnapshot', undefined],
    [2, 1, 'swept', ['uid-n']],
    [2, 1, 'upsert', 'uid-b'],
  ]);
});
