import type { StatusValue } from '@castai/shared/http/status-document.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';

/**
 * The way out of the agent: hands what waits in the outbox to the platform, over one wire. It is the seam at which a second wire
 * comes in: `agent.ts` makes one for each term, and nothing else knows which.
 *
 * The procedure: `run` once, and at any time before, meanwhile and after it the other methods. A delivery promises
 * - to tell the feeds where to go on before it takes anything of them out of the outbox, and that they are over when it gives up;
 * - to take from the outbox in order, and to hold what it took until the platform has confirmed it;
 * - to look at the right to send right before each request;
 * - never to give up because of what the platform answers, or does not.
 */
export interface Delivery {
  /** What readiness, `/statusz` and metrics say about it now. */
  readonly status: DeliveryStatus;
  /** Delivers until the signal aborts. Rejects only because of a bug. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Something waits in the outbox. Takes nothing out of it in the same turn. Called for every change, so it costs nothing when that
   * brings no sending nearer.
   */
  noteWaiting(): void;
  /** A feed is served in another way than the platform was told: it is told as soon as nothing is in hand. */
  offerChanged(): void;
  /** The key that the platform refused was replaced: what waits because of that is tried at once. */
  keyReplaced(): void;
  /** Resolves when nothing waits and nothing is in hand, when there is no session to hand it to, or when the signal aborts. */
  drained(signal: AbortSignal): Promise<void>;
}

/**
 * Where a delivery is. `holding`: the platform does not take what is in hand, which is offered again. `pausing`: there is no session,
 * and one is opened again later. `fenced`: as that, because another agent has one.
 */
export type DeliveryPhase =
  | 'closed'
  | 'registering'
  | 'opening'
  | 'pausing'
  | 'fenced'
  | 'ready'
  | 'sending'
  | 'holding';

/** A request that lasts for minutes. */
export interface Transfer {
  /** In monotonic milliseconds. */
  readonly startedAtMs: number;
  /** That have left so far, compressed. */
  readonly bytes: number;
  /** For how long more was at hand than the platform took, in milliseconds. */
  readonly waitedMs: number;
}

/** What there is to say about a delivery. Instants are the clock's monotonic milliseconds: a wall clock that jumps must not look like health. */
export interface DeliveryStatus {
  readonly phase: DeliveryPhase;
  /** Empty before it is registered. */
  readonly clusterId: string;
  /** Number of the last session, issued by the platform; 0 before the first. Left out: the wire has none. `hasSession` tells whether there is one. */
  readonly epoch?: number;
  /** When the platform last confirmed a batch. */
  readonly lastAckAtMs: number | undefined;
  /** For how long it may be silent when nothing changes, as the platform wishes and within our bounds; milliseconds. */
  readonly heartbeatMs: number;
  /** When the next attempt is due; undefined while nothing waits for one. */
  readonly nextAttemptAtMs: number | undefined;
  /** Why the platform does not take it; undefined when it does. */
  readonly lastVerdict: Verdict | undefined;
  /** When the platform last took bytes of a request that lasts for minutes; left out: none does. */
  readonly takenAtMs?: number | undefined;
  /** That request; left out: there is none. */
  readonly transfer?: Transfer | undefined;
  /** What the wire has to say of itself on `/statusz`. */
  readonly wireRows?: Readonly<Record<string, StatusValue>>;
}
