import type { Clock } from '@castai/shared/async/clock.ts';
import { type KubeItem, uidOf } from '@castai/shared/kube/kube-item.ts';
import type { FeedSink } from '@castai/shared/watch/feed-sink.ts';
import type { FeedReport } from '@castai/shared/watch/feed-report.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Outbox } from './outbox.ts';

/** What is told of an object that is gone beside who it was; undefined: nothing. */
export type LastKnown = (feedId: number, item: KubeItem) => Uint8Array | undefined;

/** The outbox as the watch engine sees it: what feeds bring becomes entries of batches. */
export class OutboxSink implements FeedSink<Upsert> {
  readonly #outbox: Outbox;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #lastKnown: LastKnown;

  constructor(outbox: Outbox, clock: Pick<Clock, 'now'>, lastKnown: LastKnown = () => undefined) {
    this.#outbox = outbox;
    this.#clock = clock;
    this.#lastKnown = lastKnown;
  }

  /** The platform has a resume point already; the position of a snapshot is claimed at its end. */
  start(feedId: number, position: string, isResumed: boolean): void {
    this.#outbox.startFeed(feedId, position, isResumed);
  }

  begin(feedId: number): void {
    this.#outbox.beginSnapshot(feedId);
  }

  page(feedId: number, kept: readonly Upsert[], onRoom: () => void): void {
    this.#outbox.addPage(feedId, kept, onRoom);
  }

  end(feedId: number): void {
    this.#outbox.endSnapshot(feedId);
  }

  abort(feedId: number, reason: string): void {
    this.#outbox.abortSnapshot(feedId, reason);
  }

  /** An object of which nothing may leave any more is gone as far as the platform is concerned. */
  change(feedId: number, item: KubeItem, kept: Upsert | undefined): void {
    if (kept !== undefined) {
      this.#outbox.change(kept);
      return;
    }
    const { name, namespace = '', resourceVersion = '' } = item.metadata;
    const uid = uidOf(item.metadata);
    const observedAtMs = this.#clock.now();
    const lastKnown = this.#lastKnown(feedId, item);
    const last = lastKnown === undefined ? {} : { lastKnown };
    this.#outbox.change({ type: 'delete', feedId, uid, namespace, name, resourceVersion, observedAtMs, ...last });
  }

  advance(feedId: number, position: string): void {
    this.#outbox.advance(feedId, position);
  }

  whenRoom(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#outbox.whenRoom(feedId, signal);
  }

  whenEnded(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#outbox.whenEnded(feedId, signal);
  }

  resumePoint(feedId: number): string {
    return this.#outbox.resumePoint(feedId);
  }

  report(feedId: number, state: FeedReport, reason: string): void {
    this.#outbox.report(feedId, state, reason);
  }
}
