import type { FeedSpec } from './feeds.ts';

/** One resource as discovery lists it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

/** What the cluster serves. */
export interface Catalogue {
  readonly resources: readonly ServedResource[];
  /** Groups whose server does not answer now: nothing may be concluded about their resources. */
  readonly staleGroups: ReadonlySet<string>;
}

/** What discovery says of a feed. */
export type Availability =
  | { readonly is: 'served'; readonly version: string }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown' };

/**
 * Looks a feed up: the first of its versions that is served with the verbs that it needs.
 * A resource of a group whose server is away is `unknown`, never `absent`, because `absent` removes objects at the platform.
 */
export function availabilityOf(spec: FeedSpec, catalogue: Catalogue): Availability {
  const verbs = spec.mode === 'poll' ? ['list'] : ['list', 'watch'];
  const served = catalogue.resources.filter(
    ({ group, resource, verbs: offered }) =>
      group === spec.group && resource === spec.resource && verbs.every((verb) => offered.includes(verb)),
  );
  const version = spec.versions.find((wanted) => served.some((one) => one.version === wanted));
  if (version !== undefined) return { is: 'served', version };
  return catalogue.staleGroups.has(spec.group) ? { is: 'unknown' } : { is: 'absent' };
}
