/** What the manifest lint and the digests of images cost: time per object beside reading and scrubbing it, and bytes of a batch. */
import { createHash } from 'node:crypto';
import { allFeeds, type FeedSpec } from '@castai/agent/feeds/feeds.ts';
import { keepScrubbed } from '@castai/agent/feeds/keep-scrubbed.ts';
import { lintPolicy } from '@castai/agent/lint/lint-policy.ts';
import { scrubPolicy } from '@castai/agent/scrub/scrub-policy.ts';
import { SUMMARIES } from '@castai/agent/scrub/summaries.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import { isRecord, type KubeObject, toKubeObject } from '@castai/shared/kube/kube-object.ts';
import { compress } from '@castai/shared/wire/ingest/compression.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { encodeBatch } from '@castai/shared/wire/ingest/ingest-wire.ts';
import { type SampleObject, sampleCluster } from '../../samples/sample-cluster.ts';
import { atMost, type Figure } from '../figure.ts';

const CLUSTER = { seed: 1, nodes: 100, pods: 2000 };
const ROUNDS = 25;
const BATCH = 250;

interface Sample {
  readonly spec: FeedSpec;
  readonly text: string;
}

/** The two rows about it. Both are shares within one run: machines differ. */
export async function lintFigures(report: (line: string) => void): Promise<Figure[]> {
  const specs = allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true });
  const samples = samplesOf(specs);
  const scrub = scrubPolicy({
    scrubReenable: [],
    annotationPrefixes: [],
    skipNamespaces: [],
    compatFullObjects: false,
  });
  const lint = lintPolicy({ specs, onError: (rule) => report(`${rule} could not judge an object`) });
  const judges = new Map(specs.map((spec) => [spec.name, lint.judge(spec)]));
  const keepers = new Map(
    specs.map((spec) => [
      spec.name,
      keepScrubbed({ feedId: 1, scrub: scrub.scrubber(spec), judge: judges.get(spec.name), clock: systemClock }).keep,
    ]),
  );
  const read = (): Upsert[] =>
    objectsOf(samples).flatMap(({ spec, object }) => keepers.get(spec.name)?.(jsonItem(object)) ?? []);
  const best = { all: Infinity, lint: Infinity, digests: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    // The quickest round is the one that nobody disturbed. Parsed anew: an object that was looked at is read faster.
    best.all = Math.min(best.all, timeOf(read));
    const parsed = objectsOf(samples);
    best.lint = Math.min(
      best.lint,
      timeOf(() => parsed.forEach(({ spec, object }) => judges.get(spec.name)?.(object))),
    );
    const ids = parsed.flatMap(({ object }) => statusesOf(object).map((status) => status['imageID']));
    best.digests = Math.min(
      best.digests,
      timeOf(() => ids.forEach((id) => SUMMARIES.digest.tell(id))),
    );
  }
  const added = best.lint + best.digests;
  const entries = read();
  const bytes = await wireBytes(entries);
  const bare = await wireBytes(entries.map(withoutBoth));
  report(
    `lint and digests: ${samples.length} objects in ${best.all.toFixed(1)} ms, ${added.toFixed(2)} of them for both`,
  );
  return [
    atMost(10, { figure: 'lint and digests: time per object', value: (100 * added) / (best.all - added), unit: '%' }),
    atMost(5, { figure: 'lint and digests: bytes on the wire', value: (100 * (bytes - bare)) / bare, unit: '%' }),
  ];
}

/** As a runtime gives them: one image has one digest, whichever pod runs it. */
function samplesOf(specs: readonly FeedSpec[]): Sample[] {
  return [...sampleCluster(CLUSTER)].flatMap((object) => {
    const spec = specs.find(({ group, kind }) => group === groupOf(object) && kind === object.kind);
    if (spec === undefined) return [];
    for (const status of statusesOf(object)) {
      const digest = createHash('sha256').update(String(status['image'])).digest('hex');
      status['imageID'] = `registry.example/image@sha256:${digest}`;
    }
    return [{ spec, text: JSON.stringify(object) }];
  });
}

function groupOf({ apiVersion }: SampleObject): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function objectsOf(samples: readonly Sample[]): { readonly spec: FeedSpec; readonly object: KubeObject }[] {
  return samples.flatMap(({ spec, text }) => {
    const object = toKubeObject(JSON.parse(text));
    return object === undefined ? [] : [{ spec, object }];
  });
}

function statusesOf(object: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const { status } = object;
  const statuses = isRecord(status) ? status['containerStatuses'] : undefined;
  return Array.isArray(statuses) ? statuses.filter(isRecord) : [];
}

function withoutBoth({ findings: _findings, ...upsert }: Upsert): Upsert {
  const body = Buffer.from(upsert.body)
    .toString()
    .replaceAll(/"imageID":"sha256:[0-9a-f]{64}",?/gu, '');
  return { ...upsert, body: Buffer.from(body) };
}

function timeOf(work: () => unknown): number {
  const begunAtMs = performance.now();
  work();
  return performance.now() - begunAtMs;
}

async function wireBytes(entries: readonly Upsert[]): Promise<number> {
  const batches = Array.from({ length: Math.ceil(entries.length / BATCH) }, (_, at) =>
    encodeBatch({ epoch: 1, seq: at + 1, sentAtMs: 0, entries: entries.slice(at * BATCH, (at + 1) * BATCH) }),
  );
  const sizes = await Promise.all(batches.map(async (batch) => (await compress('zstd', batch)).byteLength));
  return sizes.reduce((sum, size) => sum + size, 0);
}
