/**
 * What of notifications outlives the process: episodes that are open, and for each endpoint what is still to be sent, what became of it, and
 * whether it takes anything at all. The promise of every call is that of `PlatformStore`.
 */
import type { Trouble } from '../notify/condition.ts';
import type { Episode } from '../notify/episode-state.ts';
import type { Notification } from '../notify/notification.ts';
import type { EndpointDocument } from '../notify/page-endpoint.ts';

/** An episode that was told and is not over. */
export interface OpenEpisode {
  readonly cluster: string;
  readonly trouble: Trouble;
  readonly episode: Episode;
}

/** What an episode has come to, and who is told. */
export interface Telling {
  readonly cluster: string;
  readonly trouble: Trouble;
  /** `undefined`: it is over. */
  readonly episode: Episode | undefined;
  readonly notification: Notification;
  /** Ids of endpoints. */
  readonly endpoints: readonly string[];
  readonly atMs: number;
}

/** How many notifications wait for one endpoint; the oldest go. About 20 MB on disk. */
export const MOST_QUEUED = 1_000;
/** How many attempts are remembered of an endpoint; the oldest go. */
export const KEPT_ATTEMPTS = 200;

/** Why a notification was not sent: too many waited, it was too old, or it was tried as often as there are attempts. */
export const DROP_REASONS = ['full', 'old', 'exhausted'] as const;

/** One of them. */
export type DropReason = (typeof DROP_REASONS)[number];

/** One notification that waits for one endpoint. */
export interface QueuedNotification {
  readonly key: number;
  readonly notification: Notification;
  readonly queuedAtMs: number;
  /** Attempts so far. */
  readonly attempts: number;
  /** `undefined`: never. */
  readonly firstTriedAtMs: number | undefined;
  readonly dueAtMs: number;
}

/** An attempt that was made. */
export interface AttemptRow {
  readonly key: number;
  readonly endpoint: string;
  readonly message: string;
  readonly cluster: string;
  /** One line: what the message said. */
  readonly title: string;
  readonly atMs: number;
  /** The first is 1. */
  readonly attempt: number;
  readonly isDelivered: boolean;
  /** One line: what came of it. */
  readonly result: string;
}

/** What is recorded of an attempt, and what comes of it. */
export interface Attempt extends Omit<AttemptRow, 'key'> {
  /** Which one of the queue it was; `undefined`: none, as of a test. */
  readonly queued: number | undefined;
  readonly next:
    | { readonly type: 'done' }
    | { readonly type: 'again'; readonly dueAtMs: number }
    | { readonly type: 'drop'; readonly reason: DropReason };
  /** Why the endpoint ends by this; `undefined`: it goes on. */
  readonly ends: string | undefined;
}

/** How an endpoint is. */
export interface EndpointRow {
  readonly id: string;
  /** Why it takes nothing any more; empty: it does. */
  readonly ended: string;
  readonly endedAtMs: number | undefined;
  readonly delivered: number;
  readonly failed: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly deliveredAtMs: number | undefined;
  readonly queued: number;
  /** When the oldest that waits was queued. */
  readonly oldestQueuedAtMs: number | undefined;
}

/** An endpoint that was made on the page. */
export interface PageEndpointRow {
  readonly id: string;
  /** As it was written, secrets among it. */
  readonly document: EndpointDocument;
}

/** Reads and writes it. */
export interface NotifyStore {
  /** Every open episode. */
  openEpisodes(): Promise<OpenEpisode[]>;
  /** Keeps an episode and queues its message, both or neither. The same message is queued once. */
  tell(telling: Telling): Promise<void>;
  /** The oldest message of each cluster that waits for an endpoint, the first due first, up to `limit`: those behind it wait for it. */
  heads(endpoint: string, limit: number): Promise<QueuedNotification[]>;
  /** Records an attempt with everything that comes of it. */
  attempted(attempt: Attempt): Promise<void>;
  /** Drops what was queued before an instant and, if `onlyTried`, was tried already. */
  dropOld(endpoint: string, beforeMs: number, onlyTried: boolean): Promise<void>;
  /** Moves in time what was tried and waits for an endpoint, because the clock was set by so much. */
  shift(endpoint: string, byMs: number): Promise<void>;
  /** Lets an endpoint that ended go on: what waits is due, and has all its attempts again. */
  reopen(endpoint: string): Promise<void>;
  /** Ends an endpoint because somebody says so; what waits stays. */
  end(endpoint: string, why: string, atMs: number): Promise<void>;
  /** Endpoints that were made on the page, the oldest first. */
  pageEndpoints(): Promise<PageEndpointRow[]>;
  /** Keeps one, in place of the one of this name if there is one. */
  keepPageEndpoint(id: string, document: EndpointDocument): Promise<void>;
  /** Removes one with everything that is known of it: what waits, what was tried, its figures. */
  removePageEndpoint(id: string): Promise<void>;
  /** How an endpoint is. */
  endpoint(id: string): Promise<EndpointRow>;
  /** The newest attempts of an endpoint, newest first. */
  attempts(endpoint: string, limit: number): Promise<AttemptRow[]>;
}
