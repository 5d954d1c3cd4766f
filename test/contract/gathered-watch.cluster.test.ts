/** A real kube-apiserver bears a client that reads its watch twice a second, in a burst of changes too: it ends no watch, and nothing is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import { connectKube, type KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const CHANGES = 10_000;
const WRITERS = 32;
/** As much as a pod has. */
const TEXT = 'x'.repeat(3_000);

let cluster: Cluster;
let kube: KubeConnection;

beforeAll(async () => {
  cluster = await startCluster({ onProgress: console.log });
  kube = await connectKube({
    config: { kubeconfig: cluster.kubeconfig, serviceAccountDir: '' },
    environment: {},
    clock: systemClock,
    userAgent: 'test',
    secrets: new KnownSecrets(),
    gathers: true,
  });
});

afterAll(async () => {
  await kube?.close();
  await cluster?.stop();
});

test('a burst of changes comes whole and in order by one watch', { timeout: 300_000 }, async () => {
  const names = Array.from({ length: WRITERS }, (_, index) => `map-${String(index)}`);
  for (const name of names) await cluster.request('POST', PATH, { metadata: { name }, data: { text: TEXT } });
  const { metadata } = await cluster.request('GET', PATH);
  const request = {
    path: PATH,
    resourceVersion: metadata?.resourceVersion ?? '',
    timeoutSeconds: 600,
    idleMs: 200_000,
    gatherMs: 500,
  };
  const written = Promise.all(
    names.map(async (name, writer) => {
      for (let count = writer; count < CHANGES; count += WRITERS)
        await cluster.request('PATCH', `${PATH}/${name}`, { data: { count: String(count) } });
    }),
  );
  const heard = new Map<string, number[]>();
  let [count, gathers] = [0, 0];
  for await (const events of kube.stream.watch(request, new AbortController().signal)) {
    gathers += 1;
    for (const event of events) {
      if (event.type === 'BOOKMARK') continue;
      count += 1;
      const data = event.object['data'] as { count: string };
      const { name } = event.metadata;
      heard.set(name, [...(heard.get(name) ?? []), Number(data.count)]);
    }
    if (count === CHANGES) break;
  }
  await written;
  const perWriter = (writer: number): number[] =>
    Array.from({ length: Math.ceil((CHANGES - writer) / WRITERS) }, (_, index) => writer + index * WRITERS);
  expect([...heard].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))).toEqual(
    names.map((name, writer) => [name, perWriter(writer)]),
  );
  console.log(`${String(count)} changes in ${String(gathers)} gathers`);
});
