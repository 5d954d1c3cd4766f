import type { LeadershipStatus } from '@castai/shared/lead/leadership.ts';
import type { TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import type { DeliveryStatus } from '../deliver/delivery.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import type { RegistrarStatus } from '../identity/registrar.ts';
import type { Heard } from './trouble-memory.ts';

/** All that the agent's verdict is made of. */
export interface AgentFacts {
  /** Addresses. */
  readonly apiServer: string;
  readonly platform: string;
  /** The API server has been read. */
  readonly isClusterKnown: boolean;
  readonly leadership: LeadershipStatus;
  readonly registrar: Pick<RegistrarStatus, 'stage' | 'lastError'>;
  readonly delivery: Pick<
    DeliveryStatus,
    'phase' | 'lastVerdict' | 'lastAckAtMs' | 'heartbeatMs' | 'takenAtMs' | 'transfer'
  >;
  /** As the clock that the delivery's instants are of. */
  readonly nowMs: number;
  readonly key: Said | undefined;
  /** What waits to be sent, and its bound, in bytes. */
  readonly pending: { readonly bytes: number; readonly limit: number };
  readonly feeds: readonly FeedStatus[];
  /** Feeds of which nobody has said for minutes that they are there, or that they are not. */
  readonly longUnknown: readonly string[];
  /** What to do when a feed may not be read. */
  readonly cureOf: (feed: string) => string;
  readonly heard: Heard;
  /** What other clocks say of ours. */
  readonly times: readonly TheirTime[];
  /** What the start still waits for; empty once it was done. */
  readonly startWaitsFor: readonly string[];
}
