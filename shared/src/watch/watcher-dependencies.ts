import type { Backoff } from '../async/backoff.ts';
import type { Timing } from '../async/timing.ts';
import type { UnreadableObject } from '../kube/json/unreadable-object.ts';
import type { KubeError } from '../kube/kube-error.ts';
import type { WatchEvent } from '../kube/watch-events.ts';
import type { FeedSink } from './feed-sink.ts';
import type { FeedSource } from './feed-source.ts';
import type { SnapshotQueue } from './snapshot-queue.ts';
import type { RestartReason } from './watcher-signals.ts';

/** Who is told what happens. */
export interface WatchObserver {
  onEvents(feed: string, type: WatchEvent['type'], count: number): void;
  onRestart(feed: string, reason: RestartReason): void;
  onFailure(feed: string, error: KubeError): void;
  /** An object cannot be read and is left out; told once while that is so. */
  onUnreadable(feed: string, object: UnreadableObject): void;
  /** A bug: the feed cannot go on. */
  onBroken(feed: string, error: unknown): void;
}

/** Numbers that an operator may change. */
export interface WatchSettings {
  /** Objects per page: a page is the unit of memory and of the API server's seats. */
  readonly pageSize: number;
  /** Pause between two lists of a polled feed, in milliseconds. */
  readonly pollMs: number;
  /** Longest time that an event may wait for those that follow, in milliseconds: `WatchRequest`. Left out: it does not. */
  readonly gatherMs?: number | undefined;
}

/** What all watchers share. */
export interface WatcherDependencies<Kept> extends Timing {
  readonly source: FeedSource;
  readonly sink: FeedSink<Kept>;
  readonly queue: SnapshotQueue;
  readonly observer: WatchObserver;
  readonly settings: WatchSettings;
  readonly createBackoff: () => Backoff;
  /** The server does not know the resource: discovery should look. */
  readonly onNotFound: () => void;
  /** The server refuses to list or watch the resource: the watcher waits until it is told `allowed`. */
  readonly onForbidden: () => void;
  /** The server's history was rewound: positions of other feeds may have been overtaken before they could tell. */
  readonly onRewound: () => void;
}
