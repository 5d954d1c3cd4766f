import type { Entry, Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DeliveryAttempt, DeliveryObserver, DropReason } from '../deliver/delivery-observer.ts';
import type { DeltasObserver } from '../deliver/deltas/deltas-dependencies.ts';
import type { SnapshotReason } from '../deliver/deltas/snapshot-wishes.ts';
import type { WireObserver } from '../deliver/wire-choice.ts';
import type { Wire } from '../deliver/wire-state.ts';
import { SNAPSHOT_HINTS } from './agent-hints.ts';
import { causeOfAnswer } from './cause-of-answer.ts';
import { QUIET_MS, type TellerMeans } from './teller-means.ts';

/** Tells how delivery to the platform goes, on either wire. */
export class DeliveryTeller implements DeliveryObserver, DeltasObserver, WireObserver {
  readonly #means: TellerMeans;
  #entriesTaken = 0;

  constructor(means: TellerMeans) {
    this.#means = means;
  }

  /** Entries that the platform has taken since the start. */
  get entriesTaken(): number {
    return this.#entriesTaken;
  }

  onWire(wire: Wire): void {
    const what = wire === 'ingest' ? "the platform's own protocol" : 'the public API, agent-deltas';
    this.#means.logger.info(`the platform is asked for ${what}`);
  }

  onOpened(epoch: number): void {
    this.#means.logger.info('session opened', { epoch });
  }

  onOpenRefused({ kind }: Verdict): void {
    this.#means.metrics.onRefused('open', kind);
  }

  onFullSnapshot(reason: SnapshotReason): void {
    const { logger } = this.#means;
    const hint = SNAPSHOT_HINTS[reason];
    if (hint !== '') this.#means.notes.met(`a full snapshot was begun: ${reason}`, hint);
    logger.throttled(`snapshot ${reason}`, QUIET_MS).info('a full snapshot begins', { reason });
  }

  onPointIgnored(reason: string): void {
    this.#means.notes.met(
      `deltas do not go on from where they were left: ${reason}`,
      'a full snapshot is sent instead',
    );
    this.#means.logger.warn('deltas do not go on from where they were left: a full snapshot is sent', { reason });
  }

  onResumed(count: number): void {
    this.#means.logger.info('deltas go on from where they were left', { count });
  }

  onAttempt(attempt: DeliveryAttempt): void {
    if (attempt.verdict === 'OK') this.#entriesTaken += attempt.entries;
    this.#means.metrics.onAttempt(attempt);
  }

  onRefused(verdict: Verdict, next: string, delayMs: number): void {
    const { logger } = this.#means;
    this.#means.notes.met(`platform: ${verdict.kind}: ${verdict.detail}`, verdict.hint ?? '');
    this.#means.notes.failed(causeOfAnswer(verdict));
    const hint = verdict.hint === undefined ? '' : ` (${verdict.hint})`;
    const line = `the platform did not take it: ${verdict.detail}${hint}`;
    logger.debug(line, { code: verdict.kind, reason: next, delayMs });
  }

  onConfirmed(received: number, processed: number): void {
    const { metrics, clock } = this.#means;
    metrics.onConfirmed(received, processed, clock.now());
  }

  onDropped(entry: Entry, reason: DropReason): void {
    this.#means.metrics.onDropped(reason, 1);
    this.#noteRefused(`${reason}: an object was given up`, entry);
    this.#means.notes.met(`an object was given up: ${reason}`, 'it is sent again when it changes');
    this.#means.logger
      .throttled(`dropped ${reason}`, QUIET_MS)
      .error('an object was given up because the platform does not take it', {
        reason,
        uid: 'uid' in entry ? entry.uid : '',
      });
  }

  onLimitsClamped(clamped: string): void {
    this.#means.notes.met(`the platform asks for limits that are not followed as they are: ${clamped}`);
    this.#means.logger
      .throttled('limits', QUIET_MS)
      .warn('the platform asks for limits that are not followed as they are', { reason: clamped });
  }

  onOffersAnswered(held: number, wanted: number): void {
    this.#means.metrics.onOffersAnswered(held, wanted);
  }

  onRejected(entry: Entry | undefined, rejection: Rejection): void {
    this.#means.metrics.onRejected(rejection);
    this.#noteRefused(`${rejection.code}: the platform could not use an object`, entry);
    this.#means.notes.met(`the platform could not use an object: ${rejection.code}`);
    this.#means.logger.throttled(`rejected ${rejection.code}`, QUIET_MS).warn('the platform could not use an object', {
      code: rejection.code,
      uid: entry !== undefined && 'uid' in entry ? entry.uid : '',
    });
  }

  /** The platform keeps what it has of the object: by its uid somebody can find it. */
  #noteRefused(why: string, entry: Entry | undefined): void {
    const cure = 'ask the platform why; the object is sent again when it changes';
    const subjects = entry !== undefined && 'uid' in entry ? [entry.uid] : [];
    this.#means.notes.happened('refused-objects', { why, cure, runbook: 'CastaiAgentEntriesRejected', subjects });
  }
}
