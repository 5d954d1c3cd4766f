/** Single objects as they came: `/_page/node`, `/_page/pod`, `/_page/object`, and the objects of a feed, `/_page/objects`. */
import type { PlatformStore } from '../store/platform-store.ts';
import type { NodeRow, PodRow } from './cluster-overview.ts';
import { field, text } from './loose-fields.ts';
import type { PageChannel } from './page-channel.ts';
import { parseBody } from './parse-body.ts';

type Store = Pick<PlatformStore, 'feeds' | 'objects' | 'objectsAfter'>;

/** One object. */
export interface ObjectAnswer {
  readonly feed: number;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** As it came, and only that: what an agent leaves out is not here. */
  readonly body: unknown;
}

/** Objects of a feed. */
export interface ObjectsAnswer {
  readonly rows: readonly { readonly key: string; readonly namespace: string; readonly name: string }[];
  /** What to ask for as `after` to go on; empty: these are the last. */
  readonly next: string;
}

/** A node or pod: what the lists say of it, and the object. */
export interface RowAnswer<Row> {
  readonly row: Row;
  /** `undefined`: only others name it. */
  readonly object: ObjectAnswer | undefined;
}

const ROWS = 100;

/** The node called `name`, or `undefined`. */
export async function nodeSection(
  store: Store,
  channel: PageChannel,
  query: URLSearchParams,
): Promise<RowAnswer<NodeRow> | undefined> {
  const { overview } = channel;
  const name = query.get('name') ?? '';
  const row = overview.nodes.find(({ key }) => key === name);
  if (row === undefined) return undefined;
  return { row, object: await objectAt(store, overview.uidOfNode(name)) };
}

/** The pod called `name`, which is namespace and name with a slash between them, or `undefined`. */
export async function podSection(
  store: Store,
  channel: PageChannel,
  query: URLSearchParams,
): Promise<RowAnswer<PodRow> | undefined> {
  const { overview } = channel;
  const name = query.get('name') ?? '';
  const row = overview.pods.find(({ key }) => key === name);
  if (row === undefined) return undefined;
  return { row, object: await objectAt(store, overview.uidOfPod(row)) };
}

/** A hundred objects of the feed `feed` behind the uid `after`; `undefined`: the cluster has no such feed. */
export async function objectsSection(
  store: Store,
  cluster: string,
  query: URLSearchParams,
): Promise<ObjectsAnswer | undefined> {
  const feed = await feedOf(store, cluster, query);
  if (feed === undefined) return undefined;
  const found = await store.objectsAfter(feed, query.get('after') ?? '', ROWS);
  const rows = found.map(({ uid, body }) => ({ key: uid, ...namesOf(parseBody(body)) }));
  return { rows, next: found.length === ROWS ? (found.at(-1)?.uid ?? '') : '' };
}

/** The object `uid` of the feed `feed`, or `undefined`. */
export async function objectSection(
  store: Store,
  cluster: string,
  query: URLSearchParams,
): Promise<ObjectAnswer | undefined> {
  const feed = await feedOf(store, cluster, query);
  return feed === undefined ? undefined : objectOf(store, feed, query.get('uid') ?? '');
}

/** Only of this cluster: a feed's number says nothing of whose it is. */
async function feedOf(store: Store, cluster: string, query: URLSearchParams): Promise<number | undefined> {
  const wanted = query.get('feed') ?? '';
  return (await store.feeds(cluster)).find(({ key }) => String(key) === wanted)?.key;
}

/** `place` is a feed's key and a uid, as the overview knows its objects. */
async function objectAt(store: Store, place: string | undefined): Promise<ObjectAnswer | undefined> {
  const [, feed = '', uid = ''] = /^(\d+)\/(.*)$/su.exec(place ?? '') ?? [];
  return feed === '' ? undefined : objectOf(store, Number(feed), uid);
}

async function objectOf(store: Store, feed: number, uid: string): Promise<ObjectAnswer | undefined> {
  const [found] = await store.objects(feed, [uid]);
  if (found === undefined) return undefined;
  const body = parseBody(found.body);
  return { feed, uid, ...namesOf(body), body };
}

function namesOf(body: unknown): { readonly namespace: string; readonly name: string } {
  const metadata = field(body, 'metadata');
  return { namespace: text(field(metadata, 'namespace')), name: text(field(metadata, 'name')) };
}
