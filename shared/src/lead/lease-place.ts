import { CastaiError } from '../errors.ts';
import { type OwnPlaceConfig, ownNamespace } from '../kube/own-namespace.ts';
import type { LeaseIdentity } from './lease-state.ts';

/** Which lease it is about. */
export interface LeasePlace {
  readonly namespace: string;
  readonly name: string;
}

/** The options of a program that takes part in an election. */
export interface ElectionConfig extends OwnPlaceConfig {
  readonly leaderElection: boolean;
  readonly leaseName: string;
  readonly podName?: string | undefined;
}

/** Who this replica is in the election. */
export function leaseIdentity({ podName = '' }: Pick<ElectionConfig, 'podName'>, instanceId: string): LeaseIdentity {
  // No name of a pod holds an underscore.
  const podPrefix = podName === '' ? '' : `${podName}_`;
  return { holder: `${podPrefix}${instanceId}`, podPrefix };
}

/** Where the lease is: in the pod's own namespace. Throws `CONFIG_INVALID` when nothing tells it. */
export function leasePlace(config: ElectionConfig): LeasePlace {
  const { leaseName: name } = config;
  const namespace = ownNamespace(config);
  if (namespace !== '') return { namespace, name };
  throw new CastaiError('CONFIG_INVALID', 'LEADER_ELECTION is on and no namespace is known for its lease', {
    hint: 'set POD_NAMESPACE, in a pod from the field metadata.namespace; or LEADER_ELECTION to false where a single one runs',
  });
}
