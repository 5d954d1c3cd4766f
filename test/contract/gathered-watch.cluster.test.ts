/** A real kube-apiserver and a client that reads its watch once a second: what it bears, and that nothing is lost where it does not. */
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Reads in gathers until all changes were heard; a watch that the server ends is gone on with by another one, from where it was. */
async function hear(position: string): Promise<{ heard: Map<string, number[]>; watches: number; gathers: number }> {
  const heard = new Map<string, number[]>();
  let [resourceVersion, count, watches, gathers] = [position, 0, 0, 0];
  while (count < CHANGES) {
    watches += 1;
    const request = { path: PATH, resourceVersion, timeoutSeconds: 600, idleMs: 200_000, gatherMs: 1000 };
    for await (const events of kube.stream.watch(request, new AbortController().signal)) {
      gathers += 1;
      for (const event of events) {
        resourceVersion = event.type === 'BOOKMARK' ? event.resourceVersion : (event.metadata.resourceVersion ?? '');
        if (event.type === 'BOOKMARK') continue;
        count += 1;
        const data = event.object['data'] as { count: string };
        const { name } = event.metadata;
        heard.set(name, [...(heard.get(name) ?? []), Number(data.count)]);
      }
      if (count >= CHANGES) break;
    }
  }
  return { heard, watches, gathers };
}

test.each([
  ['some hundred a second, by one watch', 100, [1]],
  // Where more comes in a rest than connections hold, a real server ends the watch of who is that slow.
  ['as many as it takes, by as many watches as that needs', 0, expect.any(Array)],
])('changes come whole and in order: %s', { timeout: 300_000 }, async (_, pauseMs, watches) => {
  const names = Array.from({ length: WRITERS }, (__, index) => `map-${String(index)}-${String(pauseMs)}`);
  for (const name of names) await cluster.request('POST', PATH, { metadata: { name }, data: { text: TEXT } });
  const { metadata } = await cluster.request('GET', PATH);
  const written = Promise.all(
    names.map(async (name, writer) => {
      for (let count = writer; count < CHANGES; count += WRITERS) {
        await cluster.request('PATCH', `${PATH}/${name}`, { data: { count: String(count) } });
        await sleep(pauseMs);
      }
    }),
  );
  const told = await hear(metadata?.resourceVersion ?? '');
  await written;
  const perWriter = (writer: number): number[] =>
    Array.from({ length: Math.ceil((CHANGES - writer) / WRITERS) }, (__, index) => writer + index * WRITERS);
  expect(Object.fromEntries(told.heard)).toEqual(Object.fromEntries(names.map((name, at) => [name, perWriter(at)])));
  expect([told.watches]).toEqual(watches);
  console.log(`${String(CHANGES)} changes in ${String(told.gathers)} gathers of ${String(told.watches)} watches`);
});
