import { type CastaiError, describeError, toCastaiError } from '@castai/shared/errors.ts';
import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { availabilityOf, kindOf } from '../feeds/availability.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import { isRefusal } from '../feeds/supervisor.ts';
import type { DumpView } from './dump-view.ts';
import type { DumpProgress } from './progress-line.ts';
import { type DumpedObject, readFeed, type ReadFeedOptions } from './read-feed.ts';

/** Which objects are asked for; empty: all. */
export interface DumpFilter {
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
}

/** What a dump is made of. */
export interface DumpOptions extends Omit<ReadFeedOptions, 'spec' | 'version'> {
  readonly specs: readonly FeedSpec[];
  /** What the cluster serves. Rejects with a `KubeError`. */
  readonly catalogue: (signal: AbortSignal) => Promise<DiscoveryResult>;
  readonly filter: DumpFilter;
  readonly view: DumpView;
  readonly onProgress: (progress: DumpProgress) => void;
}

/** What came of a dump. */
export interface DumpResult {
  readonly objects: number;
  readonly bytes: number;
  /** Feeds that were read to their end. */
  readonly read: number;
  /** Names of those that the cluster does not serve. */
  readonly absent: readonly string[];
  /** Those of which something is missing. */
  readonly failed: readonly { readonly feed: string; readonly why: string }[];
}

/**
 * Reads every feed once, in the agent's order, and gives the view what would be sent. A feed that fails holds up no other. Throws the
 * `KubeError` of an API server that does not answer at all, and what the view throws.
 */
export async function dump(options: DumpOptions, signal: AbortSignal): Promise<DumpResult> {
  const { specs, view } = options;
  const catalogue = await catalogueOf(options, signal);
  const count = { objects: 0, bytes: 0, read: 0 };
  const absent: string[] = [];
  const failed: DumpResult['failed'][number][] = [];
  for (const [index, row] of specs.entries()) {
    const kind = (catalogue && row.isExtra && kindOf(row, catalogue)) ?? row.kind;
    const spec = { ...row, kind };
    const versions = versionsOf(spec, catalogue);
    const tell = (share: number): void =>
      options.onProgress({ ...count, done: index, feeds: specs.length, feed: spec.name, share });
    const outcome = 'why' in versions ? versions : await readOne(options, { spec, versions, count, tell }, signal);
    if (outcome === 'absent') absent.push(spec.name);
    else if (outcome === 'read') count.read += 1;
    else failed.push({ feed: spec.name, why: outcome.why });
  }
  await view.finish();
  return { ...count, absent, failed };
}

/** Undefined where the API server does not tell: then every version is tried, as the agent does. */
async function catalogueOf({ catalogue }: DumpOptions, signal: AbortSignal): Promise<DiscoveryResult | undefined> {
  try {
    return await catalogue(signal);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** The versions to be tried, none if it is not served. */
function versionsOf(
  spec: FeedSpec,
  catalogue: DiscoveryResult | undefined,
): readonly string[] | { readonly why: string } {
  const found = catalogue === undefined ? ({ is: 'unknown' } as const) : availabilityOf(spec, catalogue);
  switch (found.is) {
    case 'served':
      return found.versions;
    case 'absent':
      return [];
    case 'unsupported':
      return { why: found.reason };
    case 'unknown':
      return spec.versions;
  }
}

interface OneFeed {
  readonly spec: FeedSpec;
  readonly versions: readonly string[];
  readonly count: { objects: number; bytes: number };
  readonly tell: (share: number) => void;
}

type Outcome = 'read' | 'absent' | { readonly why: string };

async function readOne(options: DumpOptions, feed: OneFeed, signal: AbortSignal): Promise<Outcome> {
  const { view, filter } = options;
  const { spec, versions, count, tell } = feed;
  for (const version of versions) {
    const objects = readFeed({ ...options, spec, version }, signal);
    let seen = 0;
    for (;;) {
      const next = await nextOf(objects, signal);
      if ('error' in next) {
        if (next.error.code === 'KUBE_NOT_FOUND' && seen === 0) break;
        return { why: whyOf(next.error) };
      }
      if (next.done === true) return 'read';
      seen += 1;
      tell(seen / (seen + next.value.behind + options.pageSize));
      if (!isWanted(next.value, filter)) continue;
      await view.take({ spec, version }, next.value);
      count.objects += 1;
      count.bytes += next.value.upsert.body.byteLength;
    }
  }
  return 'absent';
}

/** What the list says next: what the view throws must not be taken for an answer of the API server. */
async function nextOf(
  objects: AsyncGenerator<DumpedObject, void, void>,
  signal: AbortSignal,
): Promise<IteratorResult<DumpedObject, void> | { readonly error: CastaiError }> {
  try {
    return await objects.next();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubeError)) throw error;
    return { error: toCastaiError(error, 'INTERNAL') };
  }
}

function whyOf(error: CastaiError): string {
  return error.code === 'KUBE_FORBIDDEN' ? `FORBIDDEN: ${describeError(error)}` : describeError(error);
}

function isWanted({ upsert }: DumpedObject, { namespaces, names }: DumpFilter): boolean {
  const { namespace, name } = upsert;
  return (namespaces.length === 0 || namespaces.includes(namespace)) && (names.length === 0 || names.includes(name));
}
