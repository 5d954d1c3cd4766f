/**
 * What a notice announces, in words that are the same for every cloud. `other` is a type that nobody here has heard of: it is
 * data, not an error.
 */
export const NOTICE_KINDS = [
  'preempt',
  'stop',
  'hibernate',
  'terminate',
  'redeploy',
  'reboot',
  'retire',
  'maintenance',
  'freeze',
  'rebalance',
  'other',
] as const;

/** One of the kinds. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** The clouds whose metadata services are known. */
export const CLOUDS = ['azure', 'aws', 'gcp'] as const;

/** One of the clouds. */
export type Cloud = (typeof CLOUDS)[number];

/** The parts of the metadata services that are asked on their own, so that one that fails hides no other. */
export const NOTICE_SOURCES = {
  azure: ['scheduled-events'],
  aws: ['instance-action', 'rebalance', 'scheduled-maintenance', 'lifecycle-state'],
  gcp: ['preempted', 'maintenance-event', 'upcoming-maintenance'],
} as const satisfies Record<Cloud, readonly string[]>;

/** One of the parts. */
export type SourceName = (typeof NOTICE_SOURCES)[Cloud][number];

/** A provider's announcement that a machine will stop, or may. */
export interface Notice {
  /** Stays the same as long as the notice does: the event's id in lower case, or the source's name where there is one notice at a time. */
  readonly id: string;
  /** The id as the provider spells it, for approvals, which have to repeat it; absent where there is none. */
  readonly givenId?: string;
  readonly source: SourceName;
  readonly kind: NoticeKind;
  /** The provider's own word: `Preempt`, `instance-stop`. */
  readonly type: string;
  /** The provider's own word: `Scheduled`, `active`; empty where there is none. */
  readonly status: string;
  /** The impact has begun or can begin at any moment. */
  readonly isStarted: boolean;
  /** Earliest begin of the impact, in milliseconds since the epoch by the provider's clock; absent when it was not said. */
  readonly startsAtMs?: number;
  /** Names of the machines concerned; absent when a notice can only be about the machine that was told. */
  readonly resources?: readonly string[];
  /** The provider's free text, bounded. */
  readonly description: string;
}

/** Why a look gave no answer; also a label of `castai_spot_handler_polls_total`. */
export const UNKNOWN_REASONS = [
  'timeout',
  'network',
  'updating',
  'throttled',
  'unauthorized',
  'forbidden',
  'bad_request',
  'not_found',
  'server_error',
  'unexpected',
  'empty',
  'undecodable',
] as const;

/** One of the reasons. */
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/**
 * What one look at a source gave: the list of what stands there, or that nothing is known. An empty list and "don't know" are never the
 * same: who takes an error for an empty list withdraws what is still coming. What can be read counts, whatever stands beside it.
 */
export type Sighting =
  | {
      readonly isKnown: true;
      readonly notices: readonly Notice[];
      /** Entries that could not be read: what the list does not hold may be one of them. */
      readonly unread: number;
      /** The provider's clock at the answer, where the answer told it (header `Date`), in milliseconds since the epoch. */
      readonly hostTimeMs?: number | undefined;
    }
  | {
      readonly isKnown: false;
      readonly reason: UnknownReason;
      /** One line, safe to log. */
      readonly detail: string;
      /** What an operator can do about it. */
      readonly hint?: string | undefined;
      /** How long the service asked to be left alone, in milliseconds. */
      readonly retryAfterMs?: number | undefined;
    };

/** What the metadata service tells of the machine itself. */
export interface MachineIdentity {
  /** Names by which notices may mean this machine; empty when notices name nobody. */
  readonly names: readonly string[];
  /** What `spec.providerID` of the node should be; used while the node has not been read. Absent: the service has not said it all yet. */
  readonly providerId?: string | undefined;
}
