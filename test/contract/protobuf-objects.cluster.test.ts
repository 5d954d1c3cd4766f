/** A real kube-apiserver's objects: what leaves of them is the same bytes, whichever of the two forms they were read in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allFeeds, type FeedSpec, listPath } from '@castai/agent/feeds/feeds.ts';
import { feedReader } from '@castai/agent/feeds/feed-reader.ts';
import { lintPolicy } from '@castai/agent/lint/lint-policy.ts';
import { scrubPolicy } from '@castai/agent/scrub/scrub-policy.ts';
import type { KubeItem } from '@castai/shared/kube/kube-item.ts';
import type { ObjectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { ClusterChanger } from '../cluster/change-cluster.ts';
import { type SeededCluster, startSeededCluster } from '../cluster/seeded-cluster.ts';

const SEED = Date.now() % 1_000_000;
const specs = allFeeds({ configMapNamespaces: ['kube-system'], readRbac: true, readIngress: true });
const unknown: string[] = [];
const onUnknownField = (message: string, number: number): number => unknown.push(`${message} ${String(number)}`);
const scrub = scrubPolicy({ scrubReenable: [], annotationPrefixes: [], compatFullObjects: false }, onUnknownField);
const lint = lintPolicy({ specs, onError: () => {} });
const readerOf = feedReader({
  scrub,
  lint,
  encoding: 'auto',
  counter: { onUnknownField },
});

let seeded: SeededCluster;
const { signal } = new AbortController();

beforeAll(async () => {
  seeded = await startSeededCluster({ seed: SEED, nodes: 8, pods: 200 });
});

afterAll(() => seeded?.stop());

/** What leaves of an object of a feed, as text. */
function leaver(spec: FeedSpec): (item: KubeItem) => string {
  const [keep, keepProtobuf, judge] = [scrub.scrubber(spec), scrub.protobufScrubber?.(spec), lint.judge(spec)];
  return (item) => {
    const body = keepProtobuf?.(item) ?? JSON.stringify(keep(item.object));
    return JSON.stringify([item.metadata.resourceVersion, String(body), judge?.(item.object)]);
  };
}

async function list(spec: FeedSpec, reader: ObjectReader | undefined): Promise<{ texts: string[]; position: string }> {
  const leaves = leaver(spec);
  const path = listPath(spec, spec.versions[0]);
  const texts: string[] = [];
  for (let token = '', position = ''; ;) {
    const page = await seeded.kube.stream.listPage({ path, limit: 50, continueToken: token, reader }, signal);
    for await (const items of page.items) texts.push(...items.map(leaves));
    ({ continueToken: token, resourceVersion: position } = page.end());
    if (token === '') return { texts, position };
  }
}

test('a list gives the same, and no field is unknown', async () => {
  let filled = 0;
  for (const spec of specs.filter(({ isExtra, mode }) => isExtra !== true && mode === 'watch')) {
    const reader = readerOf(spec, spec.versions[0]);
    if (reader === undefined) continue;
    const [json, protobuf] = [await list(spec, undefined), await list(spec, reader)];
    expect([spec.name, protobuf.texts]).toEqual([spec.name, json.texts]);
    if (json.texts.length > 0) filled += 1;
  }
  expect(filled).toBeGreaterThan(20);
  expect(unknown).toEqual([]);
});

test('a watch gives the same events', async () => {
  const kinds = specs.filter(({ name }) => ['pods', 'nodes', 'deployments.apps'].includes(name));
  const positions = await Promise.all(kinds.map(async (spec) => (await list(spec, undefined)).position));
  const changer = new ClusterChanger({ client: seeded.cluster, random: new SeededRandom(SEED) });
  for (let count = 0; count < 60; count += 1) await changer.change(1);
  for (const [index, spec] of kinds.entries()) {
    const reader = readerOf(spec, spec.versions[0]);
    expect(reader).toBeDefined();
    const request = {
      path: listPath(spec, spec.versions[0]),
      resourceVersion: positions[index] ?? '',
      timeoutSeconds: 3,
      idleMs: 30_000,
    };
    const [json, protobuf] = [await watched(request, spec, undefined), await watched(request, spec, reader)];
    expect([spec.name, protobuf]).toEqual([spec.name, json]);
    expect(json.length).toBeGreaterThan(0);
  }
});

async function watched(
  request: Parameters<SeededCluster['kube']['stream']['watch']>[0],
  spec: FeedSpec,
  reader: ObjectReader | undefined,
): Promise<string[]> {
  const leaves = leaver(spec);
  const texts: string[] = [];
  for await (const events of seeded.kube.stream.watch({ ...request, reader }, signal)) {
    for (const event of events) {
      // When bookmarks come is up to the server.
      if (event.type !== 'BOOKMARK') texts.push(`${event.type} ${leaves(event)}`);
    }
  }
  return texts;
}

test('a refusal in protobuf says what it says in JSON', async () => {
  const pods = specs.find(({ name }) => name === 'pods');
  const reader = pods && readerOf(pods, 'v1');
  const fault = (with_: ObjectReader | undefined, path: string): Promise<unknown> =>
    seeded.kube.stream
      .listPage({ path, limit: 1, continueToken: path.endsWith('pods') ? 'no token' : '', reader: with_ }, signal)
      .then(
        () => 'no fault',
        (error: unknown) => error,
      );
  for (const [path, code] of [
    ['/api/v1/pods', 'KUBE_BAD_REQUEST'],
    ['/api/v1/nothing', 'KUBE_NOT_FOUND'],
  ] as const) {
    const [json, protobuf] = [await fault(undefined, path), await fault(reader, path)];
    expect(protobuf).toEqual(json);
    expect(protobuf).toMatchObject({ code });
  }
});
