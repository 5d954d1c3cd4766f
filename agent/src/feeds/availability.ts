import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import type { FeedSpec } from './feeds.ts';

/** What one look at discovery says of a feed. No more than that: only the collection itself can say that it is gone. */
export type Availability =
  /** In these of the versions that the agent knows, preferred first; never empty. */
  | { readonly is: 'served'; readonly versions: readonly [string, ...string[]] }
  /** In no version. */
  | { readonly is: 'absent' }
  /** The API server has it, and this agent cannot read it as it is served there; `reason` says why and what cures it. */
  | { readonly is: 'unsupported'; readonly versions: readonly [string, ...string[]]; readonly reason: string }
  /** Its API does not answer, or discovery does not answer us. */
  | { readonly is: 'unknown' };

/**
 * Looks a feed up. What the agent does not know is never `absent`, because `absent` may remove objects at the platform: neither a
 * resource of an API whose server is away, nor one that is served in versions of which this agent has never heard.
 */
export function availabilityOf(spec: FeedSpec, { resources, stale }: DiscoveryResult): Availability {
  const verbs = spec.mode === 'poll' ? ['list'] : ['list', 'watch'];
  const offered = resources.filter(({ group, resource }) => group === spec.group && resource === spec.resource);
  const usable = new Set(
    offered.filter((one) => verbs.every((verb) => one.verbs.includes(verb))).map(({ version }) => version),
  );
  const [first, ...others] = spec.versions.filter((wanted) => usable.has(wanted));
  if (first !== undefined) return { is: 'served', versions: [first, ...others] };
  // What a server that is away would serve may be any of our versions.
  const isStale = [...stale].some((one) => groupOf(one) === spec.group);
  if (isStale) return { is: 'unknown' };
  const [newest, ...older] = new Set(offered.map(({ version }) => version));
  if (newest === undefined) return { is: 'absent' };
  const reason =
    usable.size > 0 ? unknownVersion(spec, [...usable]) : `served without the verbs ${verbs.join(' and ')}`;
  return { is: 'unsupported', versions: [newest, ...older], reason };
}

/** How a kind is called of which only the path was known. Undefined where discovery does not have it. */
export function kindOf({ group, resource }: FeedSpec, { resources }: DiscoveryResult): string | undefined {
  return resources.find((served) => served.group === group && served.resource === resource)?.kind;
}

/** `karpenter.sh/v1` → `karpenter.sh`, `v1` → the core group. */
function groupOf(groupVersion: string): string {
  const slash = groupVersion.indexOf('/');
  return slash === -1 ? '' : groupVersion.slice(0, slash);
}

function unknownVersion({ versions, isExtra }: FeedSpec, served: readonly string[]): string {
  if (isExtra === true) return `served in ${served.join(', ')}, EXTRA_KINDS names ${versions.join(', ')}: correct it`;
  return `served in ${served.join(', ')}, this agent knows ${versions.join(', ')}: upgrade it`;
}
