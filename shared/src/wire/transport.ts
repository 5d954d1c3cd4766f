/**
 * How a program talks to the platform, and what is promised of every call, whichever protocol it belongs to.
 *
 * A client promises:
 * - one call is one attempt. Retrying, waiting and giving up belong to the caller, who owns the one backoff;
 * - a call settles: every attempt has a deadline, and ends at once when its signal aborts;
 * - a call rejects only with the reason of that signal. Whatever the network or the platform did is an `Outcome`;
 * - `ok` is only said of an answer that the platform itself must have given: a captive portal's 200 is a `Verdict`, not a success.
 *   Redirects are answers, never followed;
 * - nothing that it returns or throws holds the key, a request's body, or an answer's body beyond the platform's own
 *   short error message.
 *
 * Small calls are JSON (`json-call.ts`, `json-client.ts`); a protocol for the state of the cluster is a folder of its own with what
 * its two sides promise each other besides (`ingest/ingest-transport.ts`).
 */
import type { NetworkFailure } from '../http/network-error.ts';

/** How a request's body is compressed. Also the value of `Content-Encoding`; `dcz` is zstd with a dictionary (RFC 9842). */
export type ContentEncoding = 'dcz' | 'zstd' | 'gzip';

/** What an attempt came to. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly verdict: Verdict };

/** What every verdict carries for the log and for `/statusz`. */
interface VerdictDetails {
  /** HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** One line, bounded, safe to log. */
  readonly detail: string;
  /** What an operator can do about it. */
  readonly hint?: string;
  /** The platform's `Retry-After` in milliseconds, at most ten minutes: a floor for the caller's backoff. */
  readonly retryAfterMs?: number;
}

/** What an answer that is no success means, and so what has to happen next. Closed: switch over `kind`. */
export type Verdict = VerdictDetails &
  (
    | {
        /** A newer session has taken over. Final for this one: drop the buffer; open again only with the lease in hand. */
        readonly kind: 'FENCED';
        /**
         * The instance id of whoever opened that session; absent when the answer did not say. Our own: an open of ours was carried out
         * after a later one, and nobody else is there.
         */
        readonly openedBy?: string;
      }
    | {
        /** The lease evidence is older than one that the platform has seen: back to standby. */
        readonly kind: 'NOT_LEADER';
        /** The transitions of that lease that the platform has seen; absent when the answer did not say. */
        readonly seenTransitions?: number;
      }
    | {
        /** Resend from `expectedSeq` if that is the batch in hand, else open again. */
        readonly kind: 'GAP';
        /** Absent when the answer did not say: open again. */
        readonly expectedSeq?: number;
      }
    | {
        /** The platform does not know this epoch any more: open again. */
        readonly kind: 'UNKNOWN_EPOCH';
      }
    | {
        /** The platform does not know this cluster: register again, then open. */
        readonly kind: 'UNKNOWN_CLUSTER';
      }
    | {
        /** Halve the batch; an entry that is too large alone is dropped and counted. */
        readonly kind: 'TOO_LARGE';
        /** Unless true, a box in between may have said so: another day it may not. */
        readonly byPlatform?: boolean;
      }
    | {
        /** Prepare again: the client has moved on to `next`. */
        readonly kind: 'UNSUPPORTED_ENCODING';
        /** As for `TOO_LARGE`. */
        readonly byPlatform?: boolean;
        /** Absent when every compression was refused: preparing again changes nothing, so wait as if unavailable. */
        readonly next?: ContentEncoding;
      }
    | {
        /** The platform cannot take this batch: find the entry by halving, drop and count it. Never the same bytes again. */
        readonly kind: 'REJECTED';
        /** False: a box in between may have said so. If it refuses every batch, none of the entries is at fault. */
        readonly byPlatform: boolean;
      }
    | {
        /** Keep reading and coalescing, try again after 30 s to 10 min: not ready, still alive. */
        readonly kind: 'UNAUTHORIZED';
        /** False: not in the platform's words, so a firewall may have an opinion, and the key may be good. */
        readonly byPlatform?: boolean;
        /** The key file has changed since this attempt read it: the next attempt may be made at once. */
        readonly keyChanged: boolean;
      }
    | {
        /** The platform, or its front door, asks to come back later: same bytes, same seq. */
        readonly kind: 'UNAVAILABLE';
      }
    | {
        /** The attempt ended without an answer: same bytes, same seq. It may have been applied. */
        readonly kind: 'NO_ANSWER';
        readonly failure: NetworkFailure;
      }
    | {
        /** Something in between answered, or something that does not speak the protocol. As no answer, counted apart. */
        readonly kind: 'INTERFERENCE';
        /**
         * The answer was an ack, only of another batch. Repeated, it means that platform and session disagree about
         * this seq, as when an answer was lost and the batch then cut differently: open again.
         */
        readonly ackMismatch: boolean;
        /** It was a page for people. */
        readonly isPage?: true;
        /** It was in the platform's words all the same: for whoever knows what such an answer means to its call. */
        readonly byPlatform?: true;
      }
  );
