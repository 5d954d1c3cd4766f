import { firstDifference } from './first-difference.ts';

/** One object as one side knows it. */
export interface PictureObject {
  readonly uid: string;
  /** For people: namespace/name. */
  readonly name: string;
  /** Of an object that came by deltas empty: their objects do not say, and then it is not compared. The same of `version`. */
  readonly resourceVersion: string;
  /** Version of the API that it was read in. */
  readonly version: string;
  /** JSON of what of the object leaves the cluster. */
  readonly body: string;
}

/** One object that is not at the platform as it is in the cluster. */
export interface PictureDifference {
  readonly feed: string;
  readonly name: string;
  readonly uid: string;
  readonly what: string;
}

/** What a comparison found. */
export interface PictureComparison {
  /** Objects that were compared and are the same. */
  readonly equal: number;
  /** Objects that changed in the cluster while it was read: nothing can be said about them. */
  readonly moving: number;
  readonly differences: readonly PictureDifference[];
}

interface Sight {
  readonly feed: string;
  before?: PictureObject;
  platform?: PictureObject;
  afterResourceVersion?: string;
}

/**
 * Compares the cluster with what the platform holds, object by object, although neither can be stopped: the cluster is
 * read before and after the platform. What is the same in both readings must be at the platform in just that state; what
 * is not was changed meanwhile, and only a later comparison can tell.
 */
export class PictureJudge {
  readonly #sights = new Map<string, Sight>();

  /** An object of the first reading of the cluster. */
  before(feed: string, object: PictureObject): void {
    this.#sight(feed, object.uid).before = object;
  }

  /** An object at the platform. */
  platform(feed: string, object: PictureObject): void {
    this.#sight(feed, object.uid).platform = object;
  }

  /** Whether the first reading of the cluster had this object in this feed. */
  wasSeen(feed: string, uid: string): boolean {
    return this.#sights.get(`${feed} ${uid}`)?.before !== undefined;
  }

  /** An object of the second reading of the cluster. */
  after(feed: string, uid: string, resourceVersion: string): void {
    this.#sight(feed, uid).afterResourceVersion = resourceVersion;
  }

  /** What it comes to. */
  verdict(): PictureComparison {
    const differences: PictureDifference[] = [];
    let equal = 0;
    let moving = 0;
    for (const sight of this.#sights.values()) {
      const { before, platform, afterResourceVersion } = sight;
      if (before?.resourceVersion !== afterResourceVersion) {
        moving += 1;
        continue;
      }
      const what = whatDiffers(before, platform);
      const { name = '', uid = '' } = before ?? platform ?? {};
      if (what === undefined) equal += 1;
      else differences.push({ feed: sight.feed, name, uid, what });
    }
    return { equal, moving, differences };
  }

  #sight(feed: string, uid: string): Sight {
    const key = `${feed} ${uid}`;
    let sight = this.#sights.get(key);
    if (sight === undefined) this.#sights.set(key, (sight = { feed }));
    return sight;
  }
}

function whatDiffers(cluster: PictureObject | undefined, platform: PictureObject | undefined): string | undefined {
  if (cluster === undefined) return 'the platform has it, the cluster does not';
  if (platform === undefined) return 'the cluster has it, the platform does not';
  for (const key of ['resourceVersion', 'version', 'name'] as const) {
    if (platform[key] !== '' && cluster[key] !== platform[key])
      return `${key} is ${cluster[key]} in the cluster, ${platform[key]} at the platform`;
  }
  if (cluster.body === platform.body) return undefined;
  const difference = firstDifference(JSON.parse(cluster.body), JSON.parse(platform.body));
  return difference === undefined ? undefined : `cluster here, platform there: ${difference}`;
}
