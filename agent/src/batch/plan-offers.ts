import { compareResourceVersions } from '@castai/shared/kube/resource-version.ts';
import type { Offer, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** How a snapshot goes: with offers of what the platform may have, with every object as it is, or so and with word that nothing of before may be offered. */
export type SnapshotWay = 'offering' | 'plain' | 'afresh';

/** What is known when a snapshot begins. */
export interface SnapshotStart {
  /** Whether the platform takes offers at all. */
  readonly isTaken: boolean;
  /** The newest position of the feed that the platform, or we in this session, have heard of; undefined: it holds nothing that may be offered. */
  readonly heard: string | undefined;
  /** The position of the list. */
  readonly listed: string;
  /** The API server's history was found to be rewound, and nothing has been sent anew of the feed since. */
  readonly isDistrusted: boolean;
}

/**
 * Which way a snapshot goes. A version stands for one state only within one history of the API server: where that was rewound (etcd restored from
 * a backup) it may come a second time, with another. A list is never older than what was told before in the same history.
 */
export function snapshotWay({ isTaken, heard, listed, isDistrusted }: SnapshotStart): SnapshotWay {
  if (!isTaken) return 'plain';
  if (isDistrusted) return 'afresh';
  if (heard === undefined) return 'plain';
  const order = compareResourceVersions(listed, heard);
  if (order === 'older') return 'afresh';
  // Of versions without an order nobody could tell that they were rewound.
  return order === 'opaque' ? 'plain' : 'offering';
}

/** What may stand for an object; undefined: only the object itself. */
export function offerFor({ feedId, uid, resourceVersion, body }: Upsert): Offer | undefined {
  // One that cannot be read says no more than an offer, and one that has no uid may be another one of the same name.
  if (body.length === 0 || resourceVersion === '' || uid === '' || uid.includes('/')) return undefined;
  return { type: 'offer', feedId, uid, resourceVersion };
}
