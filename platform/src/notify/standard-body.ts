/**
 * The body of Standard Webhooks: `type`, `timestamp`, `data`. Inside `data` the names of CloudEvents 1.0 stand beside the facts, so that
 * whoever collects events finds an id, a source, a type and a time where they are used to be. Pure.
 */
import { type Facts, factsOf } from './facts.ts';
import type { Notification } from './notification.ts';

/** The document. */
export interface StandardBody {
  /** `cluster.<kind>.<status>`. */
  readonly type: string;
  readonly timestamp: string;
  readonly data: Facts & {
    readonly specversion: '1.0';
    readonly source: string;
    readonly type: string;
    readonly subject: string;
    readonly time: string;
  };
}

/** Makes it. */
export function standardBody(notification: Notification): StandardBody {
  const facts = factsOf(notification);
  const { kind, status, timestamp, cluster } = facts;
  // Types are of letters, digits, dots and underscores (Standard Webhooks).
  const type = `cluster.${kind.replaceAll('-', '_')}.${status}`;
  const source = `/clusters/${encodeURIComponent(cluster.id.toWellFormed())}`;
  return { type, timestamp, data: { specversion: '1.0', source, type, subject: kind, time: timestamp, ...facts } };
}
