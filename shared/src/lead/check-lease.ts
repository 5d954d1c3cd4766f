import type { KubeClient } from '../kube/kube-client.ts';
import { KubeError } from '../kube/kube-error.ts';
import { type ElectionConfig, type LeasePlace, leasePlace } from './lease-place.ts';
import { fine, type Finding, trouble } from '../command/finding.ts';

const GROUP = 'coordination.k8s.io';

/**
 * Whether a program may take part in its election: nothing to say when there is none. Throws `CONFIG_INVALID` when nothing tells where
 * the lease is, and what the API server answers. `rightsHint`: who grants what, in the words of the program.
 */
export async function checkLease(
  client: Pick<KubeClient, 'canI' | 'patch'>,
  { config, rightsHint }: { readonly config: ElectionConfig; readonly rightsHint: string },
  signal: AbortSignal,
): Promise<Finding[]> {
  if (!config.leaderElection) return [];
  const { namespace, name } = leasePlace(config);
  const lease = { group: GROUP, resource: 'leases', namespace };
  const answers = await Promise.all(
    ['create', 'get', 'patch'].map(async (verb) => ({
      verb,
      allowed: await client.canI({ ...lease, verb, name }, signal),
    })),
  );
  const refused = answers.filter(({ allowed }) => !allowed).map(({ verb }) => verb);
  if (refused.length === 0) {
    const isThere = await hasNamespace(client, { namespace, name }, signal);
    if (isThere) return [fine('lease', `${namespace}/${name} may be read and written`)];
    const missing = `there is no namespace ${namespace}: no replica could ever lead`;
    const cure = 'POD_NAMESPACE has to name a namespace that exists';
    return [trouble('lease', { severity: 'problem', detail: missing, cure })];
  }
  const detail = `FORBIDDEN: the service account may not ${refused.join(', ')} the lease ${namespace}/${name}`;
  return [trouble('lease', { severity: 'problem', detail, cure: rightsHint })];
}

/** A right may be granted in a namespace that does not exist, and a lease in it is as absent as one that nobody has made yet. */
async function hasNamespace(
  client: Pick<KubeClient, 'patch'>,
  { namespace, name }: LeasePlace,
  signal: AbortSignal,
): Promise<boolean> {
  const body = { apiVersion: `${GROUP}/v1`, kind: 'Lease', metadata: { name } };
  // As it would be made: applied, by its name. Of one that is there nothing is claimed.
  const path = `/apis/${GROUP}/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(name)}`;
  const query = 'fieldManager=castai-doctor&dryRun=All';
  try {
    await client.patch(`${path}?${query}`, { contentType: 'application/apply-patch+yaml', body }, signal);
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return false;
    throw error;
  }
}
