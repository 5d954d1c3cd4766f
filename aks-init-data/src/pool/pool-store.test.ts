import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaseName, recordKey } from './pool-name.ts';
import type { PoolState } from './pool-record.ts';
import { PoolStore, STORE_NAME } from './pool-store.ts';

const never = new AbortController().signal;
const POOL = { agentPool: 'pool1', architecture: 'amd64' };
const NAMESPACE = 'castai-agent';
const NOW = 1_000_000;

let kube: FakeKubeClient;
let fake: FakeKubeApiserver;
let client: KubeClient;

beforeEach(async () => {
  kube = await FakeKubeClient.start(NAMESPACE);
  ({ fake, client } = kube);
});
afterEach(() => kube[Symbol.asyncDispose]());

describe('record of deliveries', () => {
  const state: PoolState = {
    acked: {
      ackedAtMs: 1,
      nodeImage: 'i',
      kubeletVersion: 'k',
      controlPlaneVersion: 'c',
      fingerprint: 'f',
      fingerprintKeyId: 'id',
      nodeUid: 'u',
      nodeCreatedAtMs: 2,
      requestId: '',
    },
    refused: { sendKey: 's', atMs: 3 },
  };

  it('is kept for each pool on its own, in one ConfigMap', async () => {
    const store = new PoolStore(client, NAMESPACE);
    expect(await store.read(POOL, NOW, never)).toMatchObject({
      pool: { acked: undefined },
      requestId: '',
      askedAtMs: 0,
    });
    await store.write(POOL, state, never);
    await store.write({ agentPool: 'pool2', architecture: 'arm64' }, { acked: undefined, refused: undefined }, never);
    expect((await store.read(POOL, NOW, never)).pool).toEqual(state);
    const maps = fake.objects('configmaps').filter(({ metadata }) => metadata.name === STORE_NAME);
    expect(maps).toHaveLength(1);
    expect(Object.keys(maps[0]?.['data'] as object).sort()).toEqual(['pool.pool1.amd64', 'pool.pool2.arm64']);
  });

  it('lets one pod at a time ask the platform', async () => {
    const store = new PoolStore(client, NAMESPACE);
    const seen = await store.read(POOL, NOW, never);
    const turns = await Promise.all([1, 2, 3, 4].map(() => store.claimTurn(seen, 50, never)));
    expect(turns.filter(Boolean)).toHaveLength(1);
    const again = await store.read(POOL, NOW, never);
    expect(again.askedAtMs).toBe(50);
    expect([await store.claimTurn(again, 60, never), await store.claimTurn(again, 61, never)]).toEqual([true, false]);
    await store.keepRequest('r-1', 60, never);
    expect(await store.read(POOL, NOW, never)).toMatchObject({ requestId: 'r-1', askedAtMs: 60 });
  });

  it('of who asked when, that somebody has spoiled, counts as never', async () => {
    const store = new PoolStore(client, NAMESPACE);
    const f = async (request: string, expected: { requestId: string; askedAtMs: number }): Promise<void> => {
      const metadata = { name: STORE_NAME, namespace: NAMESPACE };
      fake.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { request } });
      const { requestId, askedAtMs } = await store.read(POOL, NOW, never);
      expect([request.slice(0, 60), { requestId, askedAtMs }]).toEqual([request.slice(0, 60), expected]);
      fake.delete({ apiVersion: 'v1', kind: 'ConfigMap', ...metadata });
    };
    await f('{"id":"r-1","askedAtMs":7}', { requestId: 'r-1', askedAtMs: 7 });
    await f(`{"id":"r-1","askedAtMs":${NOW + 300_001}}`, { requestId: 'r-1', askedAtMs: 0 });
    await f('{"id":"r-1","askedAtMs":1e999}', { requestId: 'r-1', askedAtMs: 0 });
    await f('{"id":"r-1","askedAtMs":"7"}', { requestId: 'r-1', askedAtMs: 0 });
    await f(`{"id":"${'r'.repeat(129)}","askedAtMs":7}`, { requestId: '', askedAtMs: 7 });
    await f(`{"id":["r-1"],"askedAtMs":7,"more":"${'x'.repeat(5000)}"}`, { requestId: '', askedAtMs: 0 });
    await f('[]', { requestId: '', askedAtMs: 0 });
    await f('x', { requestId: '', askedAtMs: 0 });
  });

  it('has names that Kubernetes takes, whatever a label holds', () => {
    expect([leaseName(POOL), recordKey(POOL)]).toEqual(['castai-aks-init-data-pool1-amd64', 'pool.pool1.amd64']);
    const odd = { agentPool: `Pool_1.x/../${'y'.repeat(100)}`, architecture: 'amd64' };
    expect(leaseName(odd)).toMatch(/^[a-z\d]([a-z\d-]*[a-z\d])?$/u);
    expect(leaseName(odd).length).toBeLessThan(253);
    expect(recordKey(odd)).toMatch(/^[-._a-zA-Z\d]{1,253}$/u);
  });
});
