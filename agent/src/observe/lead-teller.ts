import type { LeaderObserver } from '@castai/shared/lead/leader.ts';
import type { LossReason } from '@castai/shared/lead/lease-state.ts';
import { LOSS_HINTS } from '@castai/shared/lead/loss-hints.ts';
import { said } from '@castai/shared/verdict/said.ts';
import type { Uselessness } from '../deliver/tenure-state.ts';
import type { TenureObserver } from '../deliver/tenure.ts';
import { USELESS_HINTS } from './agent-hints.ts';
import type { TellerMeans } from './teller-means.ts';

/** Tells which replica leads, and why one does so no more. */
export class LeadTeller implements LeaderObserver, TenureObserver {
  readonly #means: TellerMeans;

  constructor(means: TellerMeans) {
    this.#means = means;
  }

  onLead(transitions: number): void {
    this.#means.logger.info('this replica leads', { transitions });
  }

  onFollow(holder: string): void {
    this.#means.logger.info('another replica leads, this one stands by', { holder });
  }

  onLost(reason: LossReason): void {
    this.#means.notes.met(`the lease was lost: ${reason}`, LOSS_HINTS[reason]);
    this.#means.logger.warn('this replica leads no more: what waits is left to the next leader', { reason });
  }

  onUseless(why: Uselessness): void {
    this.#means.logger.warn('the lease is given back: this replica is of no use as the leader', { reason: why });
    this.#means.notes.met('this replica was of no use as the leader', USELESS_HINTS[why]);
  }

  onLeaseFailed(error: unknown, hint: string): void {
    this.#means.notes.met('the lease could not be read or written', hint);
    const { code, message, hint: own } = said(error);
    this.#means.notes.heard.lease = { code, message, hint: hint === '' ? own : hint };
    this.#means.notes.failed('lease');
    this.#means.logger.debug('the lease could not be read or written', { error });
  }
}
