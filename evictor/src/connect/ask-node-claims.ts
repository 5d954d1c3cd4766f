import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { uidOf } from '@castai/shared/kube/kube-item.ts';
import { PageTrail } from '@castai/shared/kube/page-trail.ts';
import { recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
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
 * Asks which nodes Karpenter calls drifted; of a cluster without NodeClaims none. Rejects with what the API server answers, and with
 * `KUBE_STREAM_BROKEN` where it serves them in no version that is understood: that is not the same as none.
 */
export async function askNodeClaims({ client, stream }: NodeClaimSource, signal: AbortSignal): Promise<KarpenterDrift> {
  const drift = new Map<string, string>();
  const version = await nodeClaimVersion(client, signal);
  if (version === undefined) return drift;
  const path = `/apis/${KARPENTER_GROUP}/${version}/nodeclaims`;
  const trail = new PageTrail();
  for (let continueToken = ''; ;) {
    let first = '';
    const page = await stream.listPage({ path, limit: PAGE_SIZE, continueToken, onUnreadable: () => {} }, signal);
    for await (const items of page.items)
      for (const { object, metadata } of items) {
        first ||= uidOf(metadata);
        const claim = readNodeClaim(object);
        if (claim !== undefined) drift.set(claim.node, claim.reason);
      }
    continueToken = page.end().continueToken;
    if (continueToken === '') return drift;
    trail.goOn(first, continueToken);
  }
}

/**
 * In which version NodeClaims are served; undefined: they are not. Rejects with what else the API server answers, and with `KUBE_STREAM_BROKEN` where
 * that is no version that is understood.
 */
export async function nodeClaimVersion(
  client: Pick<KubeClient, 'get'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const version of VERSIONS) if (await servesClaims(client, version, signal)) return version;
  const group = await getOrNothing(client, `/apis/${KARPENTER_GROUP}`, signal);
  const others = recordsIn(recordIn(group)['versions']).map(({ version }) => textIn(version));
  for (const version of others.filter((one) => !VERSIONS.includes(one))) {
    if (!(await servesClaims(client, version, signal))) continue;
    throw new KubeError('KUBE_STREAM_BROKEN', `nodeclaims.${KARPENTER_GROUP} are served in ${version} only`, {
      hint: `use a newer version of the evictor: this one knows ${VERSIONS.join(' and ')}`,
    });
  }
  return undefined;
}

async function servesClaims(client: Pick<KubeClient, 'get'>, version: string, signal: AbortSignal): Promise<boolean> {
  const served = await getOrNothing(client, `/apis/${KARPENTER_GROUP}/${version}`, signal);
  return recordsIn(recordIn(served)['resources']).some(({ name }) => name === 'nodeclaims');
}

async function getOrNothing(client: Pick<KubeClient, 'get'>, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.get(path, signal);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
    throw error;
  }
}
