import { Secret } from '@castai/shared/config/secret.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import { expect, it } from 'vitest';
import type { DataFacts, ExtractJob } from '../extract/extract-job.ts';
import type { PlatformKey } from '../seal/platform-keys.ts';
import { Sender } from './sender.ts';

const never = new AbortController().signal;
const NOW = Date.UTC(2026, 7, 20);
const description = {
  node: {
    uid: 'u-1',
    createdAtMs: NOW - 1000,
    agentPool: 'pool1',
    architecture: 'arm64',
    nodeImage: 'image-1',
    kubeletVersion: 'v1.33.2',
    osSku: 'Ubuntu',
  },
  controlPlaneVersion: 'v1.33.3',
  reason: 'startup',
} as const;
const facts: DataFacts = {
  fingerprint: 'f1',
  customDataBytes: 10,
  settingsBytes: 20,
  shape: 'cloud-config',
  settingsSource: 'protected',
  extensionVersion: '2.1.19',
  sequence: 3,
  oids: ['1.2.3'],
};
const keyOf = (id: string): PlatformKey => ({ id, raw: Buffer.alloc(32, id) });

function senderWith(platformKeys: readonly PlatformKey[]) {
  const jobs: ExtractJob[] = [];
  const calls: { call: JsonCall<unknown>; body: string }[] = [];
  const sender = new Sender({
    extractor: {
      extract: async (job) => {
        jobs.push(job);
        return { facts, body: Buffer.from(job.output.kind === 'facts' ? '' : `{"${job.output.kind}":1}`) };
      },
    },
    platform: {
      call: async <T>(call: JsonCall<T>): Promise<Outcome<T>> => {
        calls.push({ call, body: Buffer.from(call.body as Uint8Array).toString() });
        return { ok: false, verdict: { kind: 'UNAVAILABLE', detail: '' } };
      },
    },
    apiKey: { current: () => Secret.of('key-1') },
    clock: new ManualClock(NOW),
    clusterId: 'c-1',
    waagentDir: '/waagent',
    isCustomDataOptional: false,
    platformKeys,
  });
  return { sender, jobs, calls };
}

it('seals to the trusted key of the number that it is told, bound to what the data is', async () => {
  const { sender, jobs } = senderWith([keyOf('a'), keyOf('b')]);
  for (const index of [0, 1]) await sender.prepare(description, index, never);
  const context = {
    clusterId: 'c-1',
    agentPool: 'pool1',
    architecture: 'arm64',
    capturedAt: '2026-08-20T00:00:00.000Z',
    told: ['startup', 'u-1', 'image-1', 'Ubuntu', 'v1.33.2', 'v1.33.3', '2026-08-19T23:59:59.000Z'],
  };
  const receipt = expect.stringMatching(/^[\w-]{43}$/u) as string;
  expect(jobs.map(({ output }) => output)).toEqual([
    { kind: 'sealed', keyId: 'a', publicKey: Buffer.alloc(32, 'a').toString('base64'), context, receipt },
    { kind: 'sealed', keyId: 'b', publicKey: Buffer.alloc(32, 'b').toString('base64'), context, receipt },
  ]);
});

it('never takes the document in the clear while there are keys to seal to', async () => {
  const { sender, jobs } = senderWith([keyOf('a')]);
  await expect(sender.prepare(description, 1, never)).rejects.toMatchObject({ code: 'INTERNAL' });
  expect(jobs).toEqual([]);

  const compatible = senderWith([]);
  const { body } = await compatible.sender.prepare(description, 0, never);
  expect(body.toString()).toBe('{"clear":1}');
});

it('sends the envelope as the worker made it, described, once for each key of a delivery, and overwrites it', async () => {
  const { sender, calls } = senderWith([keyOf('a')]);
  const idempotencyKeys: (string | undefined)[] = [];
  for (const sendKey of ['s-1', 's-1', 's-2']) {
    const prepared = await sender.prepare(description, 0, never);
    expect(await sender.send(prepared, sendKey, never)).toMatchObject({ ok: false });
    expect(prepared.body.every((byte) => byte === 0)).toBe(true);
    idempotencyKeys.push(calls.at(-1)?.call.headers?.['Idempotency-Key']);
  }
  expect(new Set(idempotencyKeys).size).toBe(2);
  expect(idempotencyKeys[0]).toBe(idempotencyKeys[1]);
  expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
    schemaVersion: 3,
    reason: 'startup',
    nodeUid: 'u-1',
    agentPool: 'pool1',
    architecture: 'arm64',
    nodeImageVersion: 'image-1',
    osSku: 'Ubuntu',
    kubeletVersion: 'v1.33.2',
    controlPlaneVersion: 'v1.33.3',
    nodeCreatedAt: '2026-08-19T23:59:59.000Z',
    extensionVersion: '2.1.19',
    sequence: 3,
    shape: 'cloud-config',
    settingsSource: 'protected',
    customDataBytes: 10,
    settingsBytes: 20,
    capturedAt: '2026-08-20T00:00:00.000Z',
    fingerprint: 'f1',
    envelope: { sealed: 1 },
  });
});

it('takes an answer only with the receipt of this very envelope, which no two have in common', async () => {
  const { sender, jobs, calls } = senderWith([keyOf('a')]);
  for (const sendKey of ['s-1', 's-1']) await sender.send(await sender.prepare(description, 0, never), sendKey, never);
  const receipts = jobs.map(({ output }) => (output.kind === 'sealed' ? output.receipt : ''));
  expect(new Set(receipts).size).toBe(2);
  const valid = calls.map(({ call }, index) => call.parse(new Map([['receipt', receipts[index]]])).valid);
  expect(valid).toEqual([true, true]);
  expect(calls[1]?.call.parse(new Map([['receipt', receipts[0]]])).valid).toBe(false);
  expect(calls[0]?.call.parse(new Map([['fingerprint', 'f1']])).valid).toBe(false);
});
