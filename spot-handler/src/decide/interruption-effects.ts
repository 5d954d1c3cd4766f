import type { RecordedNotice } from '../node/node-record.ts';
import type { Notice } from '../poll/notice.ts';
import type { AnnouncedStep } from './interruption-signals.ts';

/** What a report calls a notice: a loss, or advice of a loss to come. */
export type ReportType = 'interrupted' | 'rebalanceRecommendation';

/** What the machines command. Nothing here waits: every effect is handed to an outbox of its own. */
export interface InterruptionEffects {
  report(noticeId: string, type: ReportType): void;
  withdraw(noticeId: string): void;
  /** Puts a notice on the node, or what is known of it now. */
  remember(notice: RecordedNotice): void;
  /** Takes a notice off the node, and with the last one the mark. */
  release(noticeId: string): void;
  /** Keeps a mark whose reason cannot be read, or does so no longer. */
  hold(isMarkHeld: boolean): void;
  /** Looks whether what is wanted stands on the node: it may be another one under the same name. */
  recheck(): void;
  evict(noticeId: string): void;
  /** The reason for an eviction is gone. */
  stopEviction(noticeId: string): void;
  acknowledge(notice: Notice): void;
  /** Stops trying to approve it. */
  retract(noticeId: string): void;
  announce(step: AnnouncedStep, notice: Notice): void;
  /** A bug: a machine cannot go on. */
  onBroken(error: unknown): void;
}
