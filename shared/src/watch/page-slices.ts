import { uidOf } from '../kube/kube-item.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { ListPage } from '../kube/list-page.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { PageReading } from './unreadable-objects.ts';
import type { Keep } from './watched-feed.ts';

/** Some of the objects of a page, one after another: of each only what is kept. */
export class PageSlice<Kept> {
  /** More of the same page follows. */
  readonly goesOn: boolean;
  /** Version of the list; empty for virtual objects. */
  readonly version: string;
  /** Of the next page; empty on the last, and while the page goes on. */
  readonly token: string;
  /** The newest resourceVersion of these objects, those of which nothing is kept included; empty when they have none. */
  readonly newest: string;
  readonly #kept: readonly Kept[];
  /** Whose they are, in the same order. */
  readonly #uids: readonly string[];

  constructor(gathered: Gathered<Kept>, page: { goesOn: boolean; version: string; token: string }) {
    this.goesOn = page.goesOn;
    this.version = page.version;
    this.token = page.token;
    this.newest = gathered.newest;
    this.#kept = gathered.kept;
    this.#uids = gathered.uids;
  }

  /** Whose the first of its objects is; empty when nothing is kept. */
  get first(): string {
    return this.#uids[0] ?? '';
  }

  /** What is kept of all its objects but these. */
  without(uids: ReadonlySet<string>): readonly Kept[] {
    return uids.size === 0 ? this.#kept : this.#kept.filter((_, index) => !uids.has(this.#uids[index] ?? ''));
  }
}

interface Gathered<Kept> {
  readonly kept: Kept[];
  readonly uids: string[];
  newest: string;
  bytes: number;
}

/** How a page is read. */
export interface SliceOptions<Kept> {
  readonly keep: Keep<Kept>;
  /** What is kept of those that could not be read since it was asked last; may throw, and the page breaks off. */
  readonly settle: PageReading<Kept>['settle'];
  /** Most objects of a slice of which something is kept. */
  readonly maxObjects: number;
  /** What an object costs that is kept, in bytes; 0 where nobody knows. */
  readonly bytesOf: (kept: Kept) => number;
  /** The list is not watched from, so that its version need not be known. */
  readonly needsNoVersion: boolean;
}

/** A slice is handed over before the object that would make it larger than this. */
const MAX_SLICE_BYTES = 1024 * 1024;
/** What is kept of a list before its version is known: several pages of the usual size, and far below what there is memory for. */
const MAX_UNVERSIONED_BYTES = 8 * 1024 * 1024;

/**
 * The slices of a page, read as they are asked for: nothing of the body is read while nobody asks. A page of the size that was asked for
 * is one slice; a server that knows no pages (metrics-server) gives a list of any length, which must not be in memory whole.
 *
 * A list that says its version behind its items, as no API server does that is written in Go, is one slice all the same: without the
 * version nothing could be done with a part of it. If it is also long it is not taken: `KUBE_FRAME_TOO_LARGE`. Throws as the page does when it breaks off: what was given of it before is good.
 */
export async function* pageSlices<Kept>(
  page: ListPage,
  options: SliceOptions<Kept>,
): AsyncGenerator<PageSlice<Kept>, void, void> {
  const { keep, settle, maxObjects, bytesOf, needsNoVersion } = options;
  let gathered = nothing<Kept>();
  for await (const items of page.items)
    for (const item of items) {
      const one = keep(item);
      const bytes = one === undefined ? 0 : bytesOf(one);
      const isFull = gathered.kept.length >= maxObjects || gathered.bytes + bytes > MAX_SLICE_BYTES;
      const version = page.metadata?.resourceVersion ?? '';
      if (isFull && gathered.kept.length > 0 && (needsNoVersion || version !== '')) {
        yield new PageSlice(settled(gathered, settle()), { goesOn: true, version, token: '' });
        gathered = nothing();
      } else if (gathered.bytes + bytes > MAX_UNVERSIONED_BYTES && gathered.kept.length > 0) {
        throw new KubeError(
          'KUBE_FRAME_TOO_LARGE',
          `a list has more than ${String(MAX_UNVERSIONED_BYTES)} bytes in front of its resourceVersion`,
        );
      }
      gathered.newest = newer(gathered.newest, item.metadata.resourceVersion ?? '');
      if (one === undefined) continue;
      gathered.kept.push(one);
      gathered.uids.push(uidOf(item.metadata));
      gathered.bytes += bytes;
    }
  const { resourceVersion, continueToken } = page.end();
  yield new PageSlice(settled(gathered, settle()), { goesOn: false, version: resourceVersion, token: continueToken });
}

function settled<Kept>(gathered: Gathered<Kept>, leftOut: ReturnType<PageReading<Kept>['settle']>): Gathered<Kept> {
  for (const { uid, kept } of leftOut) {
    gathered.kept.push(kept);
    gathered.uids.push(uid);
  }
  return gathered;
}

function nothing<Kept>(): Gathered<Kept> {
  return { kept: [], uids: [], newest: '', bytes: 0 };
}

/** The newer of two versions; `other` if they cannot be compared, as when there is no first one yet. */
function newer(version: string, other: string): string {
  return compareResourceVersions(version, other) === 'newer' ? version : other;
}
