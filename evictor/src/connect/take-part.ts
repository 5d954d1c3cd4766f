import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeLease, type LeaseNote } from '@castai/shared/kube/kube-lease.ts';
import { Leader, type LeaderObserver } from '@castai/shared/lead/leader.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import { QUICK_PACE } from '@castai/shared/lead/lease-pace.ts';
import { leasePlace } from '@castai/shared/lead/lease-place.ts';
import type { LeaseIdentity } from '@castai/shared/lead/lease-state.ts';
import { SoleHolder } from '@castai/shared/lead/sole-holder.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import type { EvictorConfig } from '../config.ts';

/** For whoever makes the roles: what an election needs. */
export const LEASE_RIGHTS_HINT =
  "let the chart make the evictor's Role for its lease (evictor.rbac.create), or grant get, create and patch on this lease; a single evictor does without: evictor.leaderElection false, LEADER_ELECTION=false";

/** What the election is made of. */
interface Part {
  readonly client: KubeClient;
  /** By which a renewal is dated: that of the API server. */
  readonly clock: Pick<Clock, 'now'>;
  readonly observer: LeaderObserver;
  readonly self: LeaseIdentity;
  readonly note: LeaseNote;
}

/** Who may look at the cluster. Throws `CONFIG_INVALID` when there is an election and nothing tells where its lease is. */
export function takePart(
  { config, clock: own, random }: ProgramContext<EvictorConfig>,
  { client, clock, observer, self, note }: Part,
): Leadership {
  if (!config.leaderElection) return new SoleHolder();
  const lease = new KubeLease({ client, clock, ...leasePlace(config), program: 'castai-evictor', notes: [note] });
  return new Leader({ lease, self, pace: QUICK_PACE, rightsHint: LEASE_RIGHTS_HINT, observer, clock: own, random });
}
