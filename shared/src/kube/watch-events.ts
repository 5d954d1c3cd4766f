import { classifyStatus } from './classify-kube.ts';
import type { OnUnreadable, UnreadableObject, UnreadableReason } from './json/unreadable-object.ts';
import { KubeError } from './kube-error.ts';
import { jsonItem, type KubeItem, protobufItem, type ProtobufObject } from './kube-item.ts';
import { isRecord, type KubeObject, toKubeObject } from './kube-object.ts';
import { compareResourceVersions } from './resource-version.ts';

/** One thing that happened to a watched resource. */
export type WatchEvent =
  | (KubeItem & { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' })
  /** Nothing happened up to here; never forwarded downstream. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** What of a watch does not depend on its encoding. */
export interface WatchEventsOptions {
  /**
   * The resourceVersion that the watch began after: from then on versions must not fall. Left out, or `0`, when it begins with the
   * present state, which comes in any order.
   */
  readonly after?: string | undefined;
  /** Told of each event whose object cannot be taken; the others are given all the same. Without it such an event breaks the watch. */
  readonly onUnreadable?: OnUnreadable | undefined;
}

/**
 * Judges the events of a watch once they are decoded.
 *
 * An event whose object cannot be taken is left out when `onUnreadable` is there to be told: an event that comes again with each watch would
 * hide everything behind it. That an object is gone needs no more than its identity, so a DELETED that tells it is given all the same.
 * Nothing else that is wrong is skipped: an ERROR with a Status is the fault that the Status means; another ERROR, an unknown type or an
 * event from before the last one is `KUBE_STREAM_BROKEN`, as it would put an old state in place of a newer one. The end of an object is none.
 */
export class WatchEvents {
  readonly #onUnreadable: OnUnreadable | undefined;
  /** Version of the last event; undefined where versions tell no order. */
  #last: string | undefined;

  constructor({ after, onUnreadable }: WatchEventsOptions) {
    this.#last = after === FROM_ANYWHERE ? undefined : after;
    this.#onUnreadable = onUnreadable;
  }

  /**
   * The event that a value is, as JSON has it; a reason: why its object cannot be taken; undefined: it says nothing. Throws the fault that
   * ends the watch.
   */
  take(value: unknown, protobuf?: ProtobufObject): WatchEvent | UnreadableReason | undefined {
    const event = toEvent(value, protobuf);
    return event === undefined || typeof event === 'string' ? event : this.#inOrder(event);
  }

  /** What can be said all the same: that an object is gone, whose last state nobody needs. */
  leaveOut(reason: UnreadableReason, object: Identity, isDeletion: boolean): WatchEvent | undefined {
    if (this.#onUnreadable === undefined) throw brokenWatch(`an event cannot be read (${reason})`);
    const deletion = isDeletion ? deletionOf(object) : undefined;
    // Only its size is wrong with it: nothing is left out.
    if (reason !== 'TOO_LARGE' || deletion === undefined) {
      this.#onUnreadable({ ...object, reason, place: `after ${this.#last ?? ''}` });
    }
    return deletion === undefined ? undefined : this.#inOrder(deletion);
  }

  /**
   * The same version twice is no harm: a repetition changes nothing. Nor is the end of an object that bears the version of its last state, as
   * some servers write it: no uid comes back, so that it is gone stays true, and a watch that goes on behind would never hear of it again. It
   * is told as what happened last.
   */
  #inOrder(event: WatchEvent): WatchEvent {
    const last = this.#last;
    if (last === undefined) return event;
    const version = versionOf(event);
    if (compareResourceVersions(version, last) === 'older') {
      if (event.type !== 'DELETED' || (event.metadata.uid ?? '') === '')
        throw brokenWatch('an event from before the last one');
      const metadata = { ...event.metadata, resourceVersion: last };
      return { ...event, metadata, object: { ...event.object, metadata } };
    }
    this.#last = version;
    return event;
  }
}

/** The version from which a server begins with whatever it has, in any order. Some put it on their lists, having no better one. */
const FROM_ANYWHERE = '0';

/** What can be told of an object that cannot be read. */
type Identity = Omit<UnreadableObject, 'reason' | 'place'>;

/** The end of an object by its identity alone; undefined when that is not whole. */
function deletionOf({ name, namespace, uid, resourceVersion }: Identity): WatchEvent | undefined {
  if (name === '' || uid === '' || resourceVersion === '') return undefined;
  const metadata = { name, uid, resourceVersion, ...(namespace === '' ? {} : { namespace }) };
  return { type: 'DELETED', ...jsonItem({ metadata }) };
}

function versionOf(event: WatchEvent): string {
  return event.type === 'BOOKMARK' ? event.resourceVersion : (event.metadata.resourceVersion ?? '');
}

/** What a line says, or why its object cannot be taken. Throws the fault that ends the watch. */
function toEvent(value: unknown, protobuf: ProtobufObject | undefined): WatchEvent | UnreadableReason | undefined {
  const { type, object: said } = isRecord(value) ? value : {};
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const object = toKubeObject(said);
      if (object === undefined) return 'NOT_AN_OBJECT';
      const { metadata } = object;
      return isUsable(metadata.resourceVersion) ? { type, ...itemOf(object, protobuf) } : 'NO_VERSION';
    }
    case 'BOOKMARK': {
      const resourceVersion = bookmarkVersion(said);
      return resourceVersion === undefined ? undefined : { type, resourceVersion };
    }
    case 'ERROR':
      throw classifyStatus(said) ?? brokenWatch('an error that is not a Status');
    default:
      // Some servers answer 200 and put the error in place of the events.
      throw classifyStatus(value) ?? brokenWatch('an event of unknown type');
  }
}

function itemOf(object: KubeObject, protobuf: ProtobufObject | undefined): KubeItem {
  return protobuf === undefined ? jsonItem(object) : protobufItem(object, protobuf);
}

/**
 * A bookmark is an object of the watched kind with nothing in it, not even a name. Some aggregated APIs send one without a version at the
 * beginning of each watch (antrea-io/antrea#8124): it says nothing, and to end the watch for it would mean to list again for ever.
 */
function bookmarkVersion(object: unknown): string | undefined {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const resourceVersion = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  return isUsable(resourceVersion) ? resourceVersion : undefined;
}

function isUsable(resourceVersion: unknown): resourceVersion is string {
  return typeof resourceVersion === 'string' && resourceVersion !== '';
}

/** The fault of a watch that is not what a watch is. */
export function brokenWatch(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent a broken watch: ${what}`);
}
