import { type PodView, viewPod } from '@castai/shared/drain/pod-view.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { PageTrail } from '@castai/shared/kube/page-trail.ts';
import { readPage } from '@castai/shared/kube/read-page.ts';
import { nodePath, podPath } from './cluster-paths.ts';
import { type NodeView, viewNode } from './node-view.ts';

type Client = Pick<KubeClient, 'get'>;

/** One page is the unit of memory. */
const PAGE = 100;

/** An object, or undefined when there is none. Throws what else the API server answers. */
export async function readObject(
  client: Client,
  path: string,
  signal: AbortSignal,
): Promise<Record<string, unknown> | undefined> {
  try {
    return await client.get(path, signal);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** A node, or undefined when there is none. Throws what else the API server answers, or answers that are no node. */
export async function readNode(client: Client, name: string, signal: AbortSignal): Promise<NodeView | undefined> {
  const object = await readObject(client, nodePath(name), signal);
  return object === undefined ? undefined : must(viewNode(object), 'a node');
}

/** A pod, or undefined when there is none. Throws as `readNode`. */
export async function readPod(
  client: Client,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<PodView | undefined> {
  const object = await readObject(client, podPath(pod), signal);
  return object === undefined ? undefined : must(viewPod(object), 'a pod');
}

/** Which items are to be read. */
interface Items {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * All items of a collection, page by page: of each what `view` makes of it is kept, where that is not undefined. Throws what the API server
 * answers.
 */
export async function readAll<View>(
  client: Client,
  { path, query = {}, view }: Items & { readonly view: (item: unknown) => View | undefined },
  signal: AbortSignal,
): Promise<View[]> {
  const views: View[] = [];
  const trail = new PageTrail();
  let token = '';
  do {
    const search = new URLSearchParams({ ...query, limit: String(PAGE), ...(token === '' ? {} : { continue: token }) });
    const page = await client.get(`${path}?${search.toString()}`, signal);
    const { items, first, continueToken } = readPage(page);
    if (continueToken !== '') trail.goOn(first, continueToken);
    views.push(...items.map(view).filter((seen) => seen !== undefined));
    token = continueToken;
  } while (token !== '');
  return views;
}

/** The pods that are bound to a node. */
export function podsOn(nodeName: string): Items {
  return { path: '/api/v1/pods', query: { fieldSelector: `spec.nodeName=${nodeName}` } };
}

/** The pods that are bound to a node. Throws what the API server answers. */
export async function readNodePods(client: Client, nodeName: string, signal: AbortSignal): Promise<PodView[]> {
  return readAll(client, { ...podsOn(nodeName), view: viewPod }, signal);
}

function must<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new KubeError('KUBE_STREAM_BROKEN', `the API server answered with something that is not ${what}`);
}
