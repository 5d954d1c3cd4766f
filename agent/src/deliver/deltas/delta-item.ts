import type { DeltaItem } from '@castai/shared/wire/deltas/deltas-wire.ts';
import type { Delete, FeedDescription, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** An item, and what it was made of. */
export interface SentItem extends DeltaItem {
  readonly entry: Upsert | Delete;
}

/** What readers have to know of the kind of an object. */
export type ItemKind = Pick<FeedDescription, 'group' | 'version' | 'kind'>;

/** Groups whose objects have always come without `apiVersion` and `kind`: readers of this API know them by their kind alone. */
const TYPED_GROUPS: ReadonlySet<string> = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'metrics.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'storage.k8s.io',
]);

/** That an object is there, or what it is like now. `isNew`: nobody was told of it before. */
export function upsertItem(kind: ItemKind, entry: Upsert, isNew: boolean): SentItem {
  // Of an object that cannot be read it can only be said that it is there.
  const data = entry.body.byteLength === 0 ? identityOf(kind, entry) : withType(kind, entry.body);
  return { event: isNew ? 'add' : 'update', kind: kind.kind, createdAtMs: entry.observedAtMs, data, entry };
}

/** That an object is gone. The agent keeps none: what can be said of it is who it was. */
export function deleteItem(kind: ItemKind, entry: Delete): SentItem {
  return {
    event: 'delete',
    kind: kind.kind,
    createdAtMs: entry.observedAtMs,
    data: identityOf(kind, entry),
    entry,
  };
}

function identityOf(kind: ItemKind, { namespace, name, uid }: Upsert | Delete): Uint8Array {
  const isVirtual = uid === '' || uid.includes('/');
  const metadata = { name, ...(namespace === '' ? {} : { namespace }), ...(isVirtual ? {} : { uid }) };
  return withType(kind, Buffer.from(JSON.stringify({ metadata })));
}

/** Puts type and version in front of what a JSON object says. */
function withType({ group, version, kind }: ItemKind, body: Uint8Array): Uint8Array {
  // Version 2 of the autoscalers is younger than the readers' types.
  const isTyped = TYPED_GROUPS.has(group) && !(group === 'autoscaling' && version !== 'v1');
  if (isTyped) return body;
  const type = JSON.stringify({ apiVersion: group === '' ? version : `${group}/${version}`, kind }).slice(0, -1);
  // An object of which nothing may leave is two bytes long.
  return Buffer.concat([Buffer.from(body.byteLength > 2 ? `${type},` : type), body.subarray(1)]);
}
