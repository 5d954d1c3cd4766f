import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeLease, type LeaseNote } from '@castai/shared/kube/kube-lease.ts';
import { leasePlace } from '@castai/shared/lead/lease-place.ts';
import type { LeaseIdentity } from '@castai/shared/lead/lease-state.ts';
import type { AgentConfig } from '../config.ts';

/** What the lease is reached with. */
export interface ConnectLeaseOptions {
  readonly config: AgentConfig;
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly self: LeaseIdentity;
  /** What is written beside who holds the lease. */
  readonly notes: readonly LeaseNote[];
}

/** For whoever makes the roles: what an election needs. */
export const LEASE_RIGHTS_HINT =
  "let the chart make the agent's Role for its lease (agent.rbac.create), or grant get, create and patch on this lease; a single agent does without: agent.leaderElection false, LEADER_ELECTION=false";

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
