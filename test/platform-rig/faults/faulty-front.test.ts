import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { encodeBatch } from '@castai/shared/wire/ingest/ingest-wire.ts';
import type { FaultRequest } from './parse-fault.ts';
import { begin, end, type HandAgent, upsert } from '../hand-agent.ts';
import { usePlatform } from '../use-platform.ts';

const platform = usePlatform();

afterEach(async () => {
  await platform.control.clearFaults();
});

async function opened(): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  return agent;
}

const fault = (on: FaultRequest['on'], action: FaultRequest['action'], more: Partial<FaultRequest> = {}) =>
  platform.control.addFault({ ...(on ? { on } : {}), action, ...more });

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

test('what an ack wants can be wrong, whatever was offered, and the effect is the platform’s own', async () => {
  const agent = await opened();
  const offer = (name: string) => ({ type: 'offer', feedId: 1, uid: `uid-${name}`, resourceVersion: '100' }) as const;
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1)]);
  const wanted = async (wrong: 'all' | 'none' | 'others' | undefined, seq: number) => {
    if (wrong !== undefined) await fault('batch', { type: 'wrongWanted', wanted: wrong }, { times: 1 });
    return (await agent.mustSend(1, seq, [begin(), offer('a'), offer('b')])).wanted;
  };
  expect(await wanted(undefined, 2)).toEqual([2]);
  expect(await wanted('all', 3)).toEqual([1, 2]);
  expect(await wanted('none', 4)).toBeUndefined();
  expect(await wanted('others', 5)).toEqual([0, 0, 3]);
});

test('a platform can be older than offers', async () => {
  const agent = await opened();
  await fault('open', { type: 'noOffers' }, { times: 1 });
  expect((await agent.mustOpen()).offers).toBeUndefined();
  expect((await agent.mustOpen()).offers).toEqual({ held: [] });
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

test('a fault on another call, or on another cluster, leaves a request alone', async () => {
  const agent = await opened();
  await fault('open', { type: 'drop' });
  await fault('batch', { type: 'drop' }, { cluster: 'another' });
  expect(await agent.mustSend(1, 1, [])).toMatchObject({ receivedSeq: 1 });
});

test('who has no key learns nothing of a poisoned batch', async () => {
  const agent = await opened();
  await fault('batch', { type: 'poison', name: 'a', as: 'batch' });
  const answer = await agent.send({ epoch: 1, seq: 1, entries: [upsert('a')] }, { apiKey: '' });
  expect(answer).toMatchObject({ ok: false, status: 401, body: { code: 'UNAUTHORIZED' } });
});

test('a lost answer of a refused batch is no lost answer: the refusal arrives', async () => {
  const agent = await opened();
  await fault('batch', { type: 'loseAnswer' }, { times: 1 });
  expect(await agent.send({ epoch: 1, seq: 5 })).toMatchObject({ ok: false, status: 409, body: { code: 'GAP' } });
});

test('every fault is among the figures of the platform, from 0 on', async () => {
  const text = await platform.control.metrics();
  expect(text).toMatch(/^castai_platform_faults_total\{type="slowRead"\} \d+$/m);
  expect(text).toMatch(/^castai_platform_faults_total\{type="redirect"\} \d+$/m);
  expect(text).toContain('castai_platform_refusals_total{code="FENCED"} 0\n');
});
