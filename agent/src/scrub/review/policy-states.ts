import { allFeeds, type FeedSpec } from '../../feeds/feeds.ts';
import { SCRUB_SWITCHES } from '../rules.ts';
import { rulesFor, scrubObject } from '../scrub-json.ts';
import type { ScrubSwitch } from '../shape.ts';
import { leafPaths } from './leaves.ts';

/** What becomes of a leaf: it leaves, it leaves if an operator names a switch, or it stays. */
export type LeafState = 'sent' | 'switched' | 'dropped';

/** An object with every field of its kind. */
export interface ReviewedObject {
  readonly groupVersion: string;
  readonly kind: string;
  readonly object: unknown;
}

/** Every kind that the agent may read. */
export const REVIEWED_FEEDS: readonly FeedSpec[] = allFeeds({
  configMapNamespaces: ['shop'],
  readRbac: true,
  readIngress: true,
});

const CLOSED = { reenable: new Set<ScrubSwitch>(), annotationPrefixes: [] };
const isSwitch = (name: string): name is ScrubSwitch => Object.hasOwn(SCRUB_SWITCHES, name);
const OPEN = { reenable: new Set(Object.keys(SCRUB_SWITCHES).filter(isSwitch)), annotationPrefixes: [] };

/** How a kind is called in a review: a kind that several groups have bears the group of the later one. */
export function reviewName({ group, kind }: Pick<FeedSpec, 'group' | 'kind'>): string {
  return REVIEWED_FEEDS.find((spec) => spec.kind === kind)?.group === group ? kind : `${kind}.${group}`;
}

/** The group in `group/version`. */
export function groupOf(groupVersion: string): string {
  const slash = groupVersion.indexOf('/');
  return slash === -1 ? '' : groupVersion.slice(0, slash);
}

/** The feed that a review calls so. Throws an Error where none reads it. */
function feedOf(name: string): FeedSpec {
  const feed = REVIEWED_FEEDS.find((spec) => reviewName(spec) === name);
  if (feed === undefined) throw new Error(`no feed reads ${name}`);
  return feed;
}

/** What leaves of an object of what a review calls so, by default or with every switch. */
export function leaving(name: string, object: unknown, everySwitch = false): unknown {
  return scrubObject(rulesFor(feedOf(name), everySwitch ? OPEN : CLOSED), object) ?? {};
}

/** What becomes of every leaf of these objects, by its reviewed path. One that several kinds or versions have is
 * what is least of it: sent is what all of them send. */
export function policyStates(objects: readonly ReviewedObject[]): Map<string, LeafState> {
  const states = new Map<string, LeafState>();
  for (const { groupVersion, kind, object } of objects) {
    const name = reviewName({ group: groupOf(groupVersion), kind });
    const [sent, switched] = [false, true].map((every) => new Set(leafPaths(name, leaving(name, object, every))));
    for (const path of leafPaths(name, object)) {
      const state = has(sent, path) ? 'sent' : has(switched, path) ? 'switched' : 'dropped';
      const before = states.get(path);
      if (before === undefined || RANK[state] < RANK[before]) states.set(path, state);
    }
  }
  return states;
}

const RANK: Readonly<Record<LeafState, number>> = { sent: 2, switched: 1, dropped: 0 };

/** A summary is an object where a text was: what is below counts for it. */
function has(paths: ReadonlySet<string> | undefined, path: string): boolean {
  if (paths === undefined) return false;
  return (
    paths.has(path) || [...paths].some((other) => other.startsWith(path) && '.['.includes(other[path.length] ?? '-'))
  );
}
