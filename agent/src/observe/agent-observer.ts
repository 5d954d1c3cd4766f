import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { Problem } from '@castai/shared/program/recent-problems.ts';
import { AgentNotes } from './agent-notes.ts';
import { DeliveryTeller } from './delivery-teller.ts';
import { FeedTeller } from './feed-teller.ts';
import { IdentityTeller } from './identity-teller.ts';
import { LeadTeller } from './lead-teller.ts';
import type { TellerMeans } from './teller-means.ts';
import type { Heard } from './trouble-memory.ts';

/** What the observer needs. */
export interface AgentObserverOptions extends Omit<TellerMeans, 'notes'> {
  /** Makes problems of what happens and is no state. */
  readonly verdict: Pick<VerdictKeeper, 'note' | 'count'>;
}

/**
 * Turns what the stages tell into metrics, log lines, the list of what was met lately, and what the verdict is made of; each stage has its
 * teller. The only place where the pipeline logs, beside the verdict: what lasts is said by that, once when it begins and once when it
 * ends, and the single attempts that fail meanwhile are lines for debugging.
 */
export class AgentObserver {
  readonly feeds: FeedTeller;
  readonly delivery: DeliveryTeller;
  readonly identity: IdentityTeller;
  readonly lead: LeadTeller;
  readonly #notes: AgentNotes;

  constructor({ verdict, ...rest }: AgentObserverOptions) {
    this.#notes = new AgentNotes(verdict, rest.clock);
    const means: TellerMeans = { ...rest, notes: this.#notes };
    this.feeds = new FeedTeller(means);
    this.delivery = new DeliveryTeller(means);
    this.identity = new IdentityTeller(means);
    this.lead = new LeadTeller(means);
  }

  /** What was met lately, harmless things as well, newest first. */
  get problems(): Problem[] {
    return this.#notes.problems;
  }

  /** The words of servers, for the verdict. */
  get heard(): Heard {
    return this.#notes.heard;
  }
}
