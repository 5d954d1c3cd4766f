import type { PlainEvent, PlainObject } from '../../fakes/kube-apiserver/plain-client.ts';

/** The names in a list, in its order. */
export const names = (list: { readonly items: readonly PlainObject[] }): string[] =>
  list.items.map((item) => item.metadata.name);

/** The version of a list as a whole. */
export const versionOf = (list: { readonly metadata: { readonly resourceVersion: string } }): string =>
  list.metadata.resourceVersion;

/** A version that no server of a test reaches. */
export const inFuture = (version: string): string => (BigInt(version) + 1_000_000_000n).toString();

/** Whether a version is newer than another one. */
export const isNewer = (version: string, than: string): boolean => BigInt(version) > BigInt(than);

/** What a watch told, such as `ADDED a`. */
export const seen = (events: readonly PlainEvent[]): string[] =>
  events.map(({ type, object }) => (type === 'BOOKMARK' ? type : `${type} ${object.metadata.name}`));

/** Whether an event is the bookmark that ends what a streaming list begins with. */
export const isMarker = ({ type, object }: PlainEvent): boolean =>
  type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
