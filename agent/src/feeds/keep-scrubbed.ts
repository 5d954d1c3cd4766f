import type { KubeObject, JsonObject } from '@castai/shared/kube/kube-object.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import { type KubeItem, uidOf } from '@castai/shared/kube/kube-item.ts';
import type { Keep, WatchedFeed } from '@castai/shared/watch/watched-feed.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { Judge } from '../lint/lint-policy.ts';
import type { ScrubItem } from '../scrub/protobuf-scrubber.ts';
import { BodySlab, loneBody, loneCopy } from './body-slab.ts';

/** What the agent needs to keep something of the objects of a feed. */
export interface KeepScrubbedOptions {
  readonly feedId: number;
  /** What may leave of an object; undefined: nothing. */
  readonly scrub: (object: KubeObject) => JsonObject | undefined;
  /** The same for objects in protobuf. Left out: they are scrubbed as what was read of them. */
  readonly scrubProtobuf?: ScrubItem | undefined;
  /** Which rules of the manifest lint the object breaks; undefined: it is not judged. Left out: none is. */
  readonly judge?: Judge | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * What the agent keeps of an object: the entry of a batch that says it, with what may leave as bytes. The object itself is garbage
 * afterwards. What comes after it knows bodies by their encoding only.
 */
export function keepScrubbed(
  options: KeepScrubbedOptions,
): Required<Pick<WatchedFeed<Upsert>, 'keep' | 'keepSnapshot' | 'keepUnreadable' | 'bytesOf'>> {
  const { scrub, scrubProtobuf } = options;
  const keepAs = ({ write, copy }: BodyMemory): Keep<Upsert> => {
    // A list comes by namespaces: thousands of objects that wait share one text of it.
    let last = '';
    const named = (item: KubeItem, body: Uint8Array): Upsert => {
      const { namespace = '' } = item.metadata;
      if (namespace !== last) last = namespace;
      return upsertOf(options, item, { namespace: last, body });
    };
    return (item) => {
      const json = scrubProtobuf?.(item);
      if (json !== undefined) return named(item, copy(json));
      const body = scrub(item.object);
      return body === undefined ? undefined : named(item, write(body));
    };
  };
  return {
    // A change lives until it is replaced or sent: alone.
    keep: keepAs({ write: loneBody, copy: loneCopy }),
    // Pages are sent one after another: what is sent frees the blocks in that order. A slab for each page would pin a block that a page of
    // small objects fills to a twentieth.
    keepSnapshot: () => {
      const slab = new BodySlab();
      return keepAs({ write: (object) => slab.write(object), copy: (json) => slab.copy(json) });
    },
    keepUnreadable: (object) => upsertOfUnreadable(options, object),
    bytesOf: entryBytes,
  };
}

/** Where bodies are written. */
interface BodyMemory {
  readonly write: (object: JsonObject) => Uint8Array;
  readonly copy: (json: Uint8Array) => Uint8Array;
}

/** Says that the object exists, and no more. */
function upsertOfUnreadable({ feedId, clock }: KeepScrubbedOptions, object: UnreadableObject): Upsert | undefined {
  const { namespace, name, resourceVersion } = object;
  if (object.uid === '' && name === '') return undefined;
  // Where the uid cannot be read the name stands for it, as for virtual objects: one that has none would be taken for another such.
  const uid = object.uid === '' ? uidOf({ namespace, name }) : object.uid;
  const observedAtMs = clock.now();
  return {
    type: 'upsert',
    feedId,
    uid,
    namespace,
    name,
    resourceVersion,
    observedAtMs,
    encoding: 'JSON',
    body: NOTHING,
  };
}

const NOTHING = new Uint8Array();

function upsertOf(
  { feedId, judge, clock }: KeepScrubbedOptions,
  item: KubeItem,
  { namespace, body }: Pick<Upsert, 'namespace' | 'body'>,
): Upsert {
  const { metadata, encoding } = item;
  const findings = judge?.(item.object);
  const { name, resourceVersion = '' } = metadata;
  const uid = uidOf(metadata);
  const observedAtMs = clock.now();
  // Without spreads, which make an object more for each: there are as many upserts as objects.
  const upsert: Mutable<Upsert> = {
    type: 'upsert',
    feedId,
    uid,
    namespace,
    name,
    resourceVersion,
    observedAtMs,
    encoding,
    body,
  };
  if (findings !== undefined) upsert.findings = findings;
  // Events of watches are items, too.
  if ('type' in item && item.type === 'ADDED') upsert.isNew = true;
  return upsert;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
