import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { recordIn, recordsIn } from '@castai/shared/kube/read-value.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import { type KarpenterDrift, readNodeClaim } from '../judge/node-claim.ts';

/** The group of Karpenter's own kinds, whoever the cloud is. */
export const KARPENTER_GROUP = 'karpenter.sh';

/** Versions in which NodeClaims are understood, the best first. */
const VERSIONS = ['v1', 'v1beta1'];
const PAGE_SIZE = 200;

/** What NodeClaims are asked with. */
export interface NodeClaimSource {
  readonly client: Pick<KubeClient, 'get'>;
  readonly stream: Pick<FeedSource, 'listPage'>;
}

/**
 * Asks which nodes Karpenter calls drifted; of a cluster without NodeClaims, or with none of a version that is understood, none. Rejects with
 * what the API server answers.
 */
export async function askNodeClaims({ client, stream }: NodeClaimSource, signal: AbortSignal): Promise<KarpenterDrift> {
  const drift = new Map<string, string>();
  const version = await nodeClaimVersion(client, signal);
  if (version === undefined) return drift;
  const path = `/apis/${KARPENTER_GROUP}/${version}/nodeclaims`;
  for (let continueToken = ''; ;) {
    const page = await stream.listPage({ path, limit: PAGE_SIZE, continueToken, onUnreadable: () => {} }, signal);
    for await (const items of page.items)
      for (const { object } of items) {
        const claim = readNodeClaim(object);
        if (claim !== undefined) drift.set(claim.node, claim.reason);
      }
    continueToken = page.end().continueToken;
    if (continueToken === '') return drift;
  }
}

/** In which version NodeClaims are served; undefined: in none that is understood. Rejects with what else the API server answers. */
export async function nodeClaimVersion(
  client: Pick<KubeClient, 'get'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const version of VERSIONS) {
    try {
      const served = recordIn(await client.get(`/apis/${KARPENTER_GROUP}/${version}`, signal));
      if (recordsIn(served['resources']).some(({ name }) => name === 'nodeclaims')) return version;
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
