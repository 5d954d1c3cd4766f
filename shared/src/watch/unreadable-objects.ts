import type { Clock } from '../async/clock.ts';
import type { OnUnreadable, UnreadableObject } from '../kube/json/unreadable-object.ts';
import { KubeError } from '../kube/kube-error.ts';
import { type KubeItem, uidOf } from '../kube/kube-item.ts';
import { UnreadableMemory } from './unreadable-memory.ts';
import type { Keep, WatchedFeed } from './watched-feed.ts';

/** What is kept of its objects is all that matters of a feed here. */
type Keeping<Kept> = Pick<WatchedFeed<Kept>, 'keep' | 'keepUnreadable'>;

/** What is needed besides the feed. */
export interface UnreadableObjectsOptions {
  /** Told of each object once, while it cannot be read. */
  readonly onLeftOut: (object: UnreadableObject) => void;
  /** Told of each object that came in protobuf and of which nothing could be made: it is read again, if anyhow possible as JSON. */
  readonly onDistrusted: () => void;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** How one page is read. */
export interface PageReading<Kept> {
  readonly onUnreadable: OnUnreadable;
  /** What is kept of an object; of one that cannot be kept, nothing for now. */
  readonly keep: Keep<Kept>;
  /**
   * To be called for each slice: what is kept of those that were left out since the last one, and whose it is. Throws the `KubeError` for
   * which the page has to be read again.
   */
  readonly settle: () => readonly { readonly uid: string; readonly kept: Kept }[];
}

/**
 * What of one feed cannot be read costs itself alone: `UnreadableMemory` decides, this does it. In a page an object that is left out is
 * told by its identity, because it exists, and whoever has an older state of it shall not take it for gone. An event that is left
 * out changes nothing: whoever has an older state goes on with that.
 */
export class UnreadableObjects<Kept> {
  readonly #feed: Keeping<Kept>;
  readonly #options: UnreadableObjectsOptions;
  readonly #memory = new UnreadableMemory();

  constructor(feed: Keeping<Kept>, options: UnreadableObjectsOptions) {
    this.#feed = feed;
    this.#options = options;
  }

  /** For events of a watch. Throws the `KubeError` for which it has to begin again where it stands. */
  readonly onEvent: OnUnreadable = (object) => {
    if (this.#isToBeReadAgain(object)) throw this.#readAgain(object);
  };

  /** For one page. */
  page(keep: Keep<Kept>): PageReading<Kept> {
    const met: UnreadableObject[] = [];
    return {
      onUnreadable: (object) => met.push(object),
      keep: (item) => {
        const result = this.#tryToKeep(item, keep);
        if (result.is === 'kept') return result.kept;
        met.push(result.object);
        return undefined;
      },
      settle: () => {
        const some = met.splice(0);
        const [doubtful] = some.filter((object) => this.#isToBeReadAgain(object));
        if (doubtful !== undefined) throw this.#readAgain(doubtful);
        return some.flatMap((object) => {
          const kept = this.#feed.keepUnreadable?.(object);
          const { uid, namespace, name } = object;
          return kept === undefined ? [] : [{ uid: uid === '' ? uidOf({ namespace, name }) : uid, kept }];
        });
      },
    };
  }

  /**
   * What is kept of an object that a watch brought; undefined: it cannot be kept, which was told. Throws the `KubeError` for which the watch
   * has to begin again where it stands.
   */
  keepChange(item: KubeItem): { readonly kept: Kept | undefined } | undefined {
    const result = this.#tryToKeep(item, this.#feed.keep);
    if (result.is === 'kept') return result;
    if (this.#isToBeReadAgain(result.object)) throw this.#readAgain(result.object);
    return undefined;
  }

  #tryToKeep(
    item: KubeItem,
    keep: Keep<Kept>,
  ): { is: 'kept'; kept: Kept | undefined } | { is: 'failed'; object: UnreadableObject } {
    try {
      const kept = keep(item);
      this.#memory.forget(item.metadata);
      return { is: 'kept', kept };
    } catch {
      // What was thrown may quote the object, so it is not told. Correctness is unaffected: the object is told as one left out.
      const { name, namespace = '', uid = '', resourceVersion = '' } = item.metadata;
      const kind = item.object.kind ?? '';
      // Of protobuf only the identity is read before: its bytes may be broken further on.
      const reason = item.protobuf === undefined ? 'KEEP_FAILED' : 'NOT_PROTOBUF';
      if (item.protobuf !== undefined) this.#options.onDistrusted();
      return { is: 'failed', object: { reason, kind, namespace, name, uid, resourceVersion, place: '' } };
    }
  }

  /** Whether an object may be broken only this time; if not, it is left out and told. */
  #isToBeReadAgain(object: UnreadableObject): boolean {
    const verdict = this.#memory.meet(object, this.#options.clock.monotonicMs());
    if (verdict === 'NEWLY_LEFT_OUT') this.#options.onLeftOut(object);
    return verdict === 'READ_AGAIN';
  }

  #readAgain({ reason }: UnreadableObject): KubeError {
    this.#memory.readAgain(this.#options.clock.monotonicMs());
    const code = reason === 'TOO_LARGE' ? 'KUBE_FRAME_TOO_LARGE' : 'KUBE_STREAM_BROKEN';
    return new KubeError(code, `the API server sent an object that cannot be read (${reason})`);
  }
}
