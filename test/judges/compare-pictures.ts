import { setTimeout as sleep } from 'node:timers/promises';
import { rulesFor, scrubObject } from '@castai/agent/scrub/scrub-json.ts';
import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import { allFeeds } from '@castai/agent/feeds/feeds.ts';
import { type ApiClient, ApiError, type ApiObject } from '../cluster/api-client.ts';
import type { PlatformControl, StoredObject } from '../platform-rig/client.ts';
import { listFeed } from './list-feed.ts';
import { type PictureComparison, PictureJudge, type PictureObject } from './picture-judge.ts';

/** Whose pictures are compared. */
export interface Pictures {
  readonly cluster: Pick<ApiClient, 'request'>;
  readonly platform: Pick<PlatformControl, 'objects'>;
  /** The platform's id of the cluster. */
  readonly clusterId: string;
  /** What the agent was told to read; everything but ConfigMaps unless told. */
  readonly feeds?: readonly FeedSpec[];
  /**
   * Milliseconds between the first reading of the cluster and the platform's: longer than a change needs on its way, or
   * a cluster that never rests is never equal. 0 unless told.
   */
  readonly settleMs?: number;
}

/** Every feed of an agent with default options. */
export const DEFAULT_FEEDS: readonly FeedSpec[] = allFeeds({
  configMapNamespaces: [],
  readRbac: true,
  readIngress: true,
});

const SCRUB_OPTIONS = { reenable: new Set<never>(), annotationPrefixes: [] };
const MS_BETWEEN_ROUNDS = 250;

/**
 * Compares every object of every feed, in the cluster after the agent's scrub policy, with what the platform holds, by
 * uid, resourceVersion and content. Polled feeds are left out: their measurements are other ones at every look. So are
 * feeds that the client may not read. Throws ApiError when the cluster cannot be listed.
 */
async function comparePictures(pictures: Pictures): Promise<PictureComparison> {
  const { platform, clusterId, feeds = DEFAULT_FEEDS, settleMs = 0 } = pictures;
  const judge = new PictureJudge();
  const readable = new Map<string, FeedSpec>();
  for (const feed of feeds.filter(({ mode }) => mode === 'watch')) {
    if (await readCluster(pictures, feed, (object) => judge.before(feed.name, object))) {
      readable.set(feedKey({ ...feed, feedNamespace: feed.namespace }), feed);
    }
  }
  await sleep(settleMs);
  const known = new Set(feeds.map((feed) => feedKey({ ...feed, feedNamespace: feed.namespace })));
  for await (const stored of platform.objects({ cluster: clusterId })) {
    const key = feedKey(stored);
    const feed = readable.get(key) ?? feedOfDelta(stored, judge, [...readable.values()]);
    // Objects of a feed that nobody offers any more stay for a day, marked stale.
    if (feed !== undefined) judge.platform(feed.name, fromPlatform(stored));
    else if (!known.has(key) && !stored.stale) judge.platform(key, fromPlatform(stored));
  }
  for (const feed of readable.values()) {
    await readCluster(pictures, feed, ({ uid, resourceVersion }) => judge.after(feed.name, uid, resourceVersion));
  }
  return judge.verdict();
}

/** How long to wait for equality, and who wants to hear how it goes. */
export interface EqualityOptions {
  readonly timeoutMs: number;
  /** Whether the cluster may go on changing: then objects in motion do not count. False unless told. */
  readonly isLive?: boolean;
  readonly onRound?: (comparison: PictureComparison) => void;
}

/** Compares again and again until both are equal, or time is up; the last comparison either way. */
export async function waitForEqualPictures(pictures: Pictures, options: EqualityOptions): Promise<PictureComparison> {
  const { timeoutMs, isLive = false, onRound } = options;
  const deadlineAt = performance.now() + timeoutMs;
  for (;;) {
    const comparison = await comparePictures(pictures).catch(passing);
    if (comparison !== undefined) onRound?.(comparison);
    const isEqual = comparison?.differences.length === 0 && (isLive || comparison.moving === 0);
    if (comparison !== undefined && (isEqual || performance.now() >= deadlineAt)) return comparison;
    if (performance.now() >= deadlineAt) throw new Error('the cluster could not be listed until the deadline');
    await sleep(MS_BETWEEN_ROUNDS);
  }
}

/** Whether a comparison leaves no doubt. */
export function isEqualPicture(comparison: PictureComparison): boolean {
  return comparison.differences.length === 0 && comparison.equal > 0;
}

/** Answers that another round gets over. */
function passing(error: unknown): undefined {
  const isPassing = error instanceof ApiError && (error.status === 410 || error.status === 429 || error.status >= 500);
  if (!isPassing) throw error;
}

/** Hands on every object of a feed, scrubbed. False when the client may not read it. */
async function readCluster(
  { cluster }: Pictures,
  feed: FeedSpec,
  onObject: (object: PictureObject) => void,
): Promise<boolean> {
  const list = await listFeed(cluster, feed);
  if (list.is !== 'served') return list.is === 'absent';
  const rules = rulesFor(feed, SCRUB_OPTIONS);
  for await (const object of list.items) onObject(fromCluster(object, list.version, scrubObject(rules, object)));
  return true;
}

function fromCluster({ metadata = {} }: ApiObject, version: string, body: unknown): PictureObject {
  const { uid = '', namespace = '', name = '', resourceVersion = '' } = metadata;
  return { uid, name: `${namespace}/${name}`, resourceVersion, version, body: JSON.stringify(body) };
}

/**
 * What came by deltas names its kind alone: of the feeds of that kind it belongs to the one that read it in the cluster, or to any
 * whose namespace it is in.
 */
function feedOfDelta(stored: StoredObject, judge: PictureJudge, feeds: readonly FeedSpec[]): FeedSpec | undefined {
  if (stored.feedNamespace !== '' || stored.fieldSelector !== '') return undefined;
  const candidates = feeds.filter(
    ({ group, resource, namespace }) =>
      group === stored.group && resource === stored.resource && (namespace === '' || namespace === stored.namespace),
  );
  return candidates.find(({ name }) => judge.wasSeen(name, stored.uid)) ?? candidates[0];
}

function fromPlatform({ uid, namespace, name, resourceVersion, version, body }: StoredObject): PictureObject {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = body;
  const { resourceVersion: ownVersion, ...metadata } = { ...(rest['metadata'] as Record<string, unknown> | undefined) };
  if (ownVersion !== undefined) {
    // Deltas put into the object what our own wire tells beside it: its version, and its type where readers do not know that.
    const scrubbed = JSON.stringify({ ...rest, metadata });
    return { uid, name: `${namespace}/${name}`, resourceVersion, version: '', body: scrubbed };
  }
  return { uid, name: `${namespace}/${name}`, resourceVersion, version, body: JSON.stringify(body) };
}

function feedKey(feed: Pick<StoredObject, 'group' | 'resource' | 'feedNamespace' | 'fieldSelector'>): string {
  return `${feed.group}/${feed.resource} ${feed.feedNamespace} ${feed.fieldSelector}`;
}
