import type { KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { Leader, type LeaderObserver } from '@castai/shared/lead/leader.ts';
import { QUICK_PACE } from '@castai/shared/lead/lease-pace.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import { leaseIdentity, leasePlace } from '@castai/shared/lead/lease-place.ts';
import { SoleHolder } from '@castai/shared/lead/sole-holder.ts';
import type { AgentConfig } from '../config.ts';
import { ConfigMapMemory, type ConfigMapMemoryObserver } from '../deliver/deltas/config-map-memory.ts';
import { type DeltaMemory, ProcessMemory } from '../deliver/deltas/delta-memory.ts';
import { LeaseMemory, type LeaseMemoryObserver } from '../deliver/deltas/lease-memory.ts';
import type { TenureOptions } from '../deliver/tenure.ts';
import { IdentityNote, recallIdentity } from '../identity/identity-note.ts';
import type { IdentityMemory } from '../identity/registrar.ts';
import { connectLease } from './connect-lease.ts';
import { deltasPlace } from './deltas-place.ts';
import { findStandby } from './find-standby.ts';

/** A replica's part in who may send. */
export interface Participation extends Pick<TenureOptions, 'hasStandby'> {
  readonly leadership: Leadership;
  readonly memory: DeltaMemory;
  /** Keeps what is remembered where nothing else carries it. */
  readonly keepPoint?: (signal: AbortSignal) => Promise<void>;
  readonly identityMemory: IdentityMemory;
}

/** Who is told of it. */
interface ParticipationTellers {
  readonly lead: LeaderObserver;
  readonly delivery: LeaseMemoryObserver & ConfigMapMemoryObserver;
}

/** Who may send, who else may, and what is remembered from one who did to the next. */
export function takePart(
  { config, clock, random, instanceId }: ProgramContext<AgentConfig>,
  { client, theirClock }: Pick<KubeConnection, 'client' | 'theirClock'>,
  { lead, delivery }: ParticipationTellers,
): Participation {
  if (!config.leaderElection) {
    const identityMemory = { recall: () => Promise.resolve(''), remember: () => {} };
    const place = deltasPlace(config);
    const kept =
      place === undefined ? undefined : new ConfigMapMemory({ client, place, observer: delivery, clock, random });
    return {
      leadership: new SoleHolder(),
      memory: kept ?? new ProcessMemory(),
      ...(kept === undefined ? {} : { keepPoint: (signal: AbortSignal) => kept.run(signal) }),
      identityMemory,
      hasStandby: () => Promise.resolve(false),
    };
  }
  const self = leaseIdentity(config, instanceId);
  const memory = new LeaseMemory(self.holder, delivery);
  const note = new IdentityNote();
  const connected = connectLease({ config, client, clock: theirClock.time, self, notes: [memory, note] });
  const pod = { client, podName: config.podName, namespace: leasePlace(config).namespace };
  return {
    leadership: new Leader({ ...connected, pace: QUICK_PACE, observer: lead, clock, random }),
    memory,
    identityMemory: {
      recall: (signal) => recallIdentity(connected.lease, note, signal),
      remember: (text) => note.remember(text),
    },
    hasStandby: (signal) => findStandby(pod, signal),
  };
}
