import type { DeltaItem } from '@castai/shared/wire/deltas/deltas-wire.ts';
import type { Delete, FeedDescription, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** An item, and what it was made of. */
export interface SentItem extends DeltaItem {
  readonly entry: Upsert | Delete;
}

/** What readers have to know of the kind of an object. */
export interface ItemKind extends Pick<FeedDescription, 'group' | 'version' | 'kind'> {
  /** Readers cannot know it: an operator has named it. */
  readonly isExtra?: true | undefined;
}

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
  const data = objectOf(kind, entry, entry.body);
  return { event: isNew ? 'add' : 'update', kind: kind.kind, createdAtMs: entry.observedAtMs, data, entry };
}

/** That an object is gone: as it was last, where a watch has said so; else who it was, because the agent keeps none. */
export function deleteItem(kind: ItemKind, entry: Delete): SentItem {
  const data = objectOf(kind, entry, entry.lastKnown ?? NOTHING);
  return { event: 'delete', kind: kind.kind, createdAtMs: entry.observedAtMs, data, entry };
}

const NOTHING = new Uint8Array();
/** How what may leave of an object begins, whatever the policy. */
const METADATA = Buffer.from('{"metadata":{');
const CLOSING_BRACE = 0x7d;

/**
 * Puts in front of what may leave of an object what the other wire tells beside it: the version of the object, and the type where readers
 * do not know it by the kind. Of one that cannot be read, or of which nothing may leave, it can only be said who it is.
 */
function objectOf(kind: ItemKind, entry: Upsert | Delete, body: Uint8Array): Uint8Array {
  const { namespace, name, uid, resourceVersion } = entry;
  const hasMetadata = Buffer.compare(body.subarray(0, METADATA.byteLength), METADATA) === 0;
  const isVirtual = uid === '' || uid.includes('/');
  const version = resourceVersion === '' ? {} : { resourceVersion };
  const who = { name, ...(namespace === '' ? {} : { namespace }), ...(isVirtual ? {} : { uid }), ...version };
  const front = JSON.stringify({ ...typeOf(kind), metadata: hasMetadata ? version : who }).slice(
    0,
    hasMetadata ? -2 : -1,
  );
  const rest = body.subarray(hasMetadata ? METADATA.byteLength : 1);
  if (rest.byteLength === 0) return Buffer.from(`${front}}`);
  const isNothingBetween = rest[0] === CLOSING_BRACE || front.endsWith('{');
  return Buffer.concat([Buffer.from(isNothingBetween ? front : `${front},`), rest]);
}

function typeOf({ group, version, kind, isExtra }: ItemKind): { readonly apiVersion?: string; readonly kind?: string } {
  // Version 2 of the autoscalers is younger than the readers' types, as is what `EXTRA_KINDS` names of their groups.
  const isYounger = isExtra === true || (group === 'autoscaling' && version !== 'v1');
  const isTyped = TYPED_GROUPS.has(group) && !isYounger;
  return isTyped ? {} : { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}
