import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { FaultAction } from './fault-rules.ts';
import { deltaItem, type HandAgent } from '../hand-agent.ts';
import { usePlatform } from '../use-platform.ts';

const platform = usePlatform();

afterEach(async () => {
  await platform.control.clearFaults();
  await platform.control.setWires(['ingest', 'agent-deltas']);
});

async function snapshotted(): Promise<{ agent: HandAgent; token: string }> {
  const agent = await platform.newAgent();
  const { token } = await agent.delta('', { fullSnapshot: true, items: [deltaItem('add', 'a')] });
  return { agent, token };
}

const once = (action: FaultAction) => platform.control.addFault({ on: 'delta', times: 1, action });

async function names(agent: HandAgent): Promise<string[]> {
  return (await platform.control.allObjects({ cluster: agent.cluster })).map(({ name }) => name);
}

test('a delta is cut at any byte, the last one too, without effect', async () => {
  const { agent, token } = await snapshotted();
  const body = gzipSync(JSON.stringify({ fullSnapshot: true, items: [deltaItem('add', 'b')] }));
  for (const share of [0, 0.1, 0.5, 0.9, 1, 2]) {
    await once({ type: 'cutAt', bytes: Math.floor(body.length * share) });
    await expect(agent.deltaBytes(token, body), `${share}`).rejects.toThrow('fetch failed');
  }
  expect(await names(agent)).toEqual(['a']);
  expect((await agent.delta(token, {})).status).toBe(204);
});

test('an answer is lost after the commit: the delta counts, and its token is not known to the agent', async () => {
  const { agent, token } = await snapshotted();
  await once({ type: 'loseAnswer' });
  await expect(agent.delta(token, { items: [deltaItem('add', 'b')] })).rejects.toThrow('fetch failed');
  expect(await names(agent)).toEqual(['a', 'b']);
  expect(await agent.delta(token, {})).toMatchObject({
    status: 400,
    text: expect.stringContaining('invalid continuity token') as string,
  });
});

test('a delta gets a status, a page, a redirect or a 413 in place of being taken', async () => {
  const { agent, token } = await snapshotted();
  const items = [deltaItem('add', 'b')];
  const statuses: number[] = [];
  for (const action of [
    { type: 'status', status: 429, retryAfter: '7' },
    { type: 'notAck' },
    { type: 'redirect' },
    { type: 'limit', bytes: 20 },
  ] as const) {
    await once(action);
    statuses.push((await agent.delta(token, { items })).status);
  }
  expect(statuses).toEqual([429, 200, 307, 413]);
  expect(await names(agent)).toEqual(['a']);
  expect((await agent.delta(token, { items })).status).toBe(204);
});

test('a slow platform takes its time and then takes the delta', async () => {
  const { agent, token } = await snapshotted();
  await once({ type: 'slowRead', bytesPerSecond: 64_000 });
  expect((await agent.delta(token, { items: [deltaItem('add', 'b')] })).status).toBe(204);
  expect(await names(agent)).toEqual(['a', 'b']);
});

test('a platform that forgot the token refuses a delta and takes a full snapshot', async () => {
  const { agent, token } = await snapshotted();
  await platform.control.forgetContinuityToken(agent.cluster);
  expect((await agent.delta(token, {})).status).toBe(400);
  expect(await names(agent)).toEqual(['a']);
  expect((await agent.delta(token, { fullSnapshot: true })).status).toBe(204);
});

test('a wire that is off is not there, and the other one is', async () => {
  const { agent, token } = await snapshotted();
  await platform.control.setWires(['ingest']);
  expect(await agent.delta(token, {})).toMatchObject({
    status: 404,
    text: expect.stringContaining('NOT_FOUND') as string,
  });
  expect(await agent.open()).toMatchObject({ ok: true });
  await platform.control.setWires(['agent-deltas']);
  expect(await agent.open()).toMatchObject({ ok: false, status: 404, body: { code: 'NOT_FOUND' } });
  expect(await agent.send({ epoch: 1, seq: 1 })).toMatchObject({ ok: false, status: 404 });
  expect((await agent.delta('', { fullSnapshot: true })).status).toBe(204);
});
