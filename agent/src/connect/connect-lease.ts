import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeLease, type LeaseNote } from '@castai/shared/kube/kube-lease.ts';
import type { LeaseIdentity } from '@castai/shared/lead/lease-state.ts';
import type { AgentConfig } from '../config.ts';
import { ownNamespace } from './own-namespace.ts';

/** Which lease it is about. */
export interface LeasePlace {
  readonly namespace: string;
  readonly name: string;
}

/** What the lease is reached with. */
export interface ConnectLeaseOptions {
  readonly config: AgentConfig;
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly self: LeaseIdentity;
  /** What is written beside who holds the lease. */
  readonly notes: readonly LeaseNote[];
}

/** For whoever makes the roles: what an election needs. */
export const LEASE_RIGHTS_HINT =
  "let the chart make the agent's Role for its lease (agent.rbac.create), or grant create on leases and get and patch on this one; a single agent does without: agent.leaderElection false, LEADER_ELECTION=false";

/** Who this replica is in the election. */
export function leaseIdentity({ podName = '' }: AgentConfig, instanceId: string): LeaseIdentity {
  // No name of a pod holds an underscore.
  const podPrefix = podName === '' ? '' : `${podName}_`;
  return { holder: `${podPrefix}${instanceId}`, podPrefix };
}

/** The lease of the agent's election. Throws `CONFIG_INVALID` when no namespace is known. */
export function connectLease({ config, client, clock, self, notes }: ConnectLeaseOptions): {
  readonly lease: KubeLease;
  readonly self: LeaseIdentity;
  readonly rightsHint: string;
} {
  return {
    lease: new KubeLease({ client, clock, ...leasePlace(config), program: 'castai-agent', notes }),
    self,
    rightsHint: LEASE_RIGHTS_HINT,
  };
}

/** Where the lease is: in the pod's own namespace. Throws `CONFIG_INVALID` when nothing tells it. */
export function leasePlace(config: AgentConfig): LeasePlace {
  const { leaseName: name } = config;
  const namespace = ownNamespace(config);
  if (namespace !== '') return { namespace, name };
  throw new CastaiError('CONFIG_INVALID', 'LEADER_ELECTION is on and no namespace is known for its lease', {
    hint: 'set POD_NAMESPACE, in a pod from the field metadata.namespace; or LEADER_ELECTION to false for a single agent',
  });
}
