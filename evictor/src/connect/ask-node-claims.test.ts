import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@castai/shared/async/clock.ts';
import { connectKube, type KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { writeKubeconfig } from '@castai/test/cluster/cluster-files.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { sampleCluster } from '@castai/test/samples/sample-cluster.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askNodeClaims } from './ask-node-claims.ts';

const { signal } = new AbortController();
let folder: string;
let fake: FakeKubeApiserver;
let kube: KubeConnection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-claims-'));
  fake = await FakeKubeApiserver.start({ seed: 1 });
  kube = await connectKube({
    config: { kubeconfig: await writeKubeconfig(folder, { url: fake.url, token: FAKE_TOKEN }), serviceAccountDir: '' },
    environment: {},
    clock: systemClock,
    userAgent: 'test',
    secrets: new KnownSecrets(),
  });
});
afterEach(async () => {
  await kube.close();
  await fake.stop({ force: true });
  rmSync(folder, { recursive: true });
});

test('of a cluster without Karpenter nothing is known, and three questions find that out', async () => {
  expect(await askNodeClaims(kube, signal)).toEqual(new Map());
  expect(fake.requests.entries().map(({ path }) => path)).toEqual([
    '/apis/karpenter.sh/v1',
    '/apis/karpenter.sh/v1beta1',
    '/apis/karpenter.sh',
  ]);
});

test('every claim that says Drifted is told by its node, whatever the number of pages', async () => {
  const objects = [...sampleCluster({ seed: 1, nodes: 4, pods: 5 })];
  const sample = objects.find(({ kind }) => kind === 'NodeClaim');
  const claims = Array.from({ length: 450 }, (_nothing, index) => ({
    ...structuredClone(sample),
    metadata: { name: `spot-${index}` },
    status: {
      nodeName: `node-${index}`,
      conditions: [{ type: 'Drifted', status: index % 3 === 0 ? 'True' : 'False', reason: 'NodePoolDrifted' }],
    },
  }));
  const others = objects.filter(({ kind }) => kind !== 'NodeClaim');
  fake.load([...others, ...(claims as unknown as typeof others)]);
  const expected = claims.filter((_claim, index) => index % 3 === 0).map(({ status }) => status.nodeName);
  const drift = await askNodeClaims(kube, signal);
  expect([[...drift.keys()].sort(), new Set(drift.values())]).toEqual([expected.sort(), new Set(['NodePoolDrifted'])]);
  const lists = fake.requests.entries().filter(({ path }) => path.endsWith('/nodeclaims'));
  expect(lists.length).toBe(3);
});

test('claims whose pages go round in a circle are a fault, and not read without end', async () => {
  const metadata = { kind: 'NodeClaimList', apiVersion: '', resourceVersion: '1', continueToken: 'again' };
  const listPage = (): Promise<ListPage> => {
    const whole = { ...metadata, remainingItemCount: undefined };
    const items = (async function* () {
      yield await Promise.resolve([jsonItem({ metadata: { name: 'spot-1' } })]);
    })();
    return Promise.resolve({ metadata: whole, items, end: () => whole });
  };
  const client = { get: () => Promise.resolve({ kind: 'APIResourceList', resources: [{ name: 'nodeclaims' }] }) };
  await expect(askNodeClaims({ client, stream: { listPage } }, signal)).rejects.toMatchObject({
    code: 'KUBE_STREAM_BROKEN',
  });
});

test('a right that is missing is told', async () => {
  fake.load(sampleCluster({ seed: 1, nodes: 4, pods: 5 }));
  fake.access.deny({ resource: 'nodeclaims', verb: 'list' });
  await expect(askNodeClaims(kube, signal)).rejects.toMatchObject({ code: 'KUBE_FORBIDDEN' });
});

test('the older one of the two versions is read where there is no other, and claims of another one are not taken for none', async () => {
  const asked: string[] = [];
  const ask = (...versions: string[]) =>
    askNodeClaims(
      {
        client: {
          get: (path) => {
            if (path === '/apis/karpenter.sh')
              return Promise.resolve({ versions: versions.map((version) => ({ version })) });
            // Before there were NodeClaims, v1alpha5 had others.
            const resources = [{ name: 'nodepools' }, { name: path.endsWith('/v1alpha5') ? 'machines' : 'nodeclaims' }];
            return versions.some((version) => path === `/apis/karpenter.sh/${version}`)
              ? Promise.resolve({ resources })
              : Promise.reject(new KubeError('KUBE_NOT_FOUND', path));
          },
        },
        stream: {
          listPage: ({ path }) => {
            asked.push(path);
            return kube.stream.listPage({ path: '/api/v1/nodes', limit: 1 }, signal);
          },
        },
      },
      signal,
    );
  for (const versions of [['v1alpha5'], ['v1beta1', 'v2'], ['v1beta1', 'v1']])
    expect(await ask(...versions)).toEqual(new Map());
  await expect(ask('v1alpha5', 'v2')).rejects.toMatchObject({
    code: 'KUBE_STREAM_BROKEN',
    message: 'nodeclaims.karpenter.sh are served in v2 only',
    hint: 'use a newer version of the evictor: this one knows v1 and v1beta1',
  });
  expect(asked).toEqual(['/apis/karpenter.sh/v1beta1/nodeclaims', '/apis/karpenter.sh/v1/nodeclaims']);
});
