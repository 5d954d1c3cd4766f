import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import type { FeedSpec } from './feeds.ts';

/** What discovery says of a feed. */
export type Availability =
  | { readonly is: 'served'; readonly version: string }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown' };

/**
 * Looks a feed up: the first of its versions that is served with the verbs that it needs.
 * A resource of an API whose server is away is `unknown`, never `absent`, because `absent` removes objects at the platform.
 */
export function availabilityOf(spec: FeedSpec, { resources, stale }: DiscoveryResult): Availability {
  const verbs = spec.mode === 'poll' ? ['list'] : ['list', 'watch'];
  const served = resources.filter(
    ({ group, resource, verbs: offered }) =>
      group === spec.group && resource === spec.resource && verbs.every((verb) => offered.includes(verb)),
  );
  const version = spec.versions.find((wanted) => served.some((one) => one.version === wanted));
  if (version !== undefined) return { is: 'served', version };
  const isStale = spec.versions.some((one) => stale.has(`${spec.group}/${one}`));
  return isStale ? { is: 'unknown' } : { is: 'absent' };
}
