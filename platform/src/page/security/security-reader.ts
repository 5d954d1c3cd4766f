import type { FeedRow } from '../../store/feed-row.ts';
import { objectsOfFeed } from '../../store/objects-of-feed.ts';
import type { PlatformStore } from '../../store/platform-store.ts';
import { parseBody } from '../parse-body.ts';
import { SecurityPicture } from './security-picture.ts';

/** Where it reads, and by which clock. */
export interface SecurityReaderOptions {
  readonly store: Pick<PlatformStore, 'feeds' | 'objectsAfter'>;
  readonly now: () => number;
}

/** Several parts of a page are made of one reading, and people load a page again. */
const FRESH_MS = 5000;
/** Clusters whose picture is kept: a page looks at one. */
const MOST_KEPT = 4;

const TAKES: Readonly<Record<string, 'takePod' | 'takeVulnerabilities' | 'takeCompliance'>> = {
  '/pods': 'takePod',
  'aquasecurity.github.io/vulnerabilityreports': 'takeVulnerabilities',
  'aquasecurity.github.io/clustervulnerabilityreports': 'takeVulnerabilities',
  'aquasecurity.github.io/clustercompliancereports': 'takeCompliance',
};

/** Reads what a cluster's security is told by when somebody asks, in steps between which everything else goes on. */
export class SecurityReader {
  readonly #options: SecurityReaderOptions;
  readonly #kept = new Map<string, { readonly atMs: number; readonly picture: Promise<SecurityPicture> }>();

  constructor(options: SecurityReaderOptions) {
    this.#options = options;
  }

  /** The picture of a cluster, a few seconds old at most. Rejects with what the store throws. */
  picture(cluster: string): Promise<SecurityPicture> {
    const atMs = this.#options.now();
    const known = this.#kept.get(cluster);
    if (known !== undefined && atMs - known.atMs < FRESH_MS) return known.picture;
    this.#kept.delete(cluster);
    const picture = this.#read(cluster);
    picture.catch(() => this.#kept.delete(cluster));
    this.#kept.set(cluster, { atMs, picture });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return picture;
  }

  async #read(cluster: string): Promise<SecurityPicture> {
    const picture = new SecurityPicture();
    for (const feed of await this.#options.store.feeds(cluster)) {
      if (feed.feedId !== undefined) await this.#readFeed(feed, picture);
    }
    return picture;
  }

  async #readFeed({ key, group, resource }: FeedRow, picture: SecurityPicture): Promise<void> {
    const take = TAKES[`${group}/${resource}`];
    if (take === undefined) return;
    for await (const { body } of objectsOfFeed(this.#options.store, key)) picture[take](parseBody(body));
  }
}
