import { uidOf } from '../kube/kube-item.ts';
import type { ListPage } from '../kube/list-page.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { Keep } from './watched-feed.ts';

/** A page of a list, read whole: of its objects only what is kept. */
export class KeptPage<Kept> {
  /** Version of the list; empty for virtual objects. */
  readonly version: string;
  /** Of the next page; empty on the last. */
  readonly token: string;
  /** The newest resourceVersion of its objects, those of which nothing is kept included; empty when they have none. */
  readonly newest: string;
  readonly #kept: readonly Kept[];
  /** Whose they are, in the same order. */
  readonly #uids: readonly string[];

  private constructor(fields: { version: string; token: string; newest: string; kept: Kept[]; uids: string[] }) {
    this.version = fields.version;
    this.token = fields.token;
    this.newest = fields.newest;
    this.#kept = fields.kept;
    this.#uids = fields.uids;
  }

  /** Reads the items as they arrive, one at a time. Rejects as the page does when it breaks off. */
  static async read<Kept>(page: ListPage, keep: Keep<Kept>): Promise<KeptPage<Kept>> {
    const kept: Kept[] = [];
    const uids: string[] = [];
    let newest = '';
    for await (const item of page.items) {
      newest = newer(newest, item.metadata.resourceVersion ?? '');
      const one = keep(item);
      if (one === undefined) continue;
      kept.push(one);
      uids.push(uidOf(item.metadata));
    }
    const { resourceVersion: version, continueToken: token } = page.end();
    return new KeptPage({ version, token, newest, kept, uids });
  }

  /** What is kept of all its objects but these. */
  without(uids: ReadonlySet<string>): readonly Kept[] {
    return uids.size === 0 ? this.#kept : this.#kept.filter((_, index) => !uids.has(this.#uids[index] ?? ''));
  }
}

/** The newer of two versions; `other` if they cannot be compared, as when there is no first one yet. */
function newer(version: string, other: string): string {
  return compareResourceVersions(version, other) === 'newer' ? version : other;
}
