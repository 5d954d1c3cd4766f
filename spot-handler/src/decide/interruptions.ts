import type { Clock } from '@castai/shared/async/clock.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { isOrphaned, parseRecord } from '../node/node-record.ts';
import type { NodeView } from '../node/node-view.ts';
import type { Notice, Sighting, SourceName } from '../poll/notice.ts';
import { AWAITED, type HistoryInput, type HistoryState, stepHistory } from './history-state.ts';
import { Interruption, type InterruptionStatus } from './interruption.ts';
import type { InterruptionEffects } from './interruption-effects.ts';
import type { DecidePolicy, Scope } from './interruption-signals.ts';
import { ABSENT_MS } from './interruption-state.ts';
import { NO_ORPHAN, type OrphanInput, type OrphanState, stepOrphan } from './orphan-state.ts';
import { ProviderClock } from './provider-clock.ts';
import { scopeOf } from './scope-of.ts';

/** What it needs. */
export interface InterruptionsOptions {
  readonly policy: DecidePolicy;
  readonly effects: InterruptionEffects;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer' | 'sleep'>;
  /** The names by which notices mean this machine, as far as they are known. */
  readonly ownNames: () => readonly string[];
  /** All sources of the metadata service; empty while it is not known whose it is. */
  readonly sources: () => readonly SourceName[];
}

/** So long a notice that is already there at the start waits for what the node says: an API server that is away must not keep it. */
const HISTORY_MS = 1000;

/** All notices at once: tells each one what looks and the node say about it. */
export class Interruptions {
  readonly #options: InterruptionsOptions;
  readonly #tracked = new Map<string, Interruption>();
  readonly #providerClock: ProviderClock;
  #history: HistoryState = AWAITED;
  #orphan: OrphanState = NO_ORPHAN;

  constructor(options: InterruptionsOptions) {
    this.#options = options;
    this.#providerClock = new ProviderClock(options.clock);
  }

  /** Every notice that something is known about. */
  get status(): InterruptionStatus[] {
    return [...this.#tracked.values()].flatMap(({ status }) => (status === undefined ? [] : [status]));
  }

  /** By how much the provider's clock is ahead of ours, in milliseconds; 0 while the difference does not matter. */
  get clockErrorMs(): number {
    return this.#providerClock.errorMs;
  }

  /** Takes the result of a look: what can be read counts, and only a list that was read whole says what is gone. */
  onSighting(source: SourceName, sighting: Sighting): void {
    if (!sighting.isKnown) return;
    this.#providerClock.compare(sighting.hostTimeMs);
    const present = new Set<string>();
    for (const notice of sighting.notices) {
      present.add(notice.id);
      this.#track(notice.id).sight(notice, this.#scope(notice));
    }
    const absent = [...this.#tracked.values()].filter(
      ({ notice }) => notice?.source === source && !present.has(notice.id),
    );
    // Nothing was done about these, so nothing is undone: kept, they would grow in number as long as something cannot be read.
    for (const interruption of absent) if (interruption.isNotOurs) interruption.miss();
    // What could not be read may be just the one that seems to be gone.
    if (sighting.unread > 0) return;
    const hasReason = sighting.notices.some(
      (notice) => notice.kind !== 'rebalance' && this.#scope(notice) !== 'foreign',
    );
    const [sources, atMs] = [this.#options.sources(), this.#options.clock.monotonicMs()];
    this.#hearOfOrphan({ type: 'looked', source, hasReason, sources, atMs });
    for (const interruption of absent) if (!interruption.isNotOurs) interruption.miss();
  }

  /** Takes a state of the node as news about who this machine is and what was done to it; undefined: the object is gone. */
  onNode(node: Pick<NodeView, 'uid' | 'record'> | undefined): void {
    this.#hear(node === undefined ? { type: 'deleted' } : { type: 'node', uid: node.uid }, node?.record);
  }

  /** Looks again at notices that were held back, because more is known now: who we are, or what was done. */
  reconsider(): void {
    for (const interruption of this.#tracked.values()) {
      const { notice, isUnidentified } = interruption;
      if (notice !== undefined && isUnidentified) interruption.sight(notice, this.#scope(notice));
    }
  }

  /** The platform has taken the report of a notice. */
  onReported(noticeId: string): void {
    this.#tracked.get(noticeId)?.onReported();
  }

  /** The last pod that can be evicted has gone. */
  onDrained(): void {
    for (const interruption of this.#tracked.values()) interruption.onDrained();
  }

  /** The provider has taken the approval of a notice. */
  onApproved(noticeId: string): void {
    this.#tracked.get(noticeId)?.onApproved();
  }

  /** Ends the wait for the node's word when it takes long, then lasts until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(HISTORY_MS, signal);
    this.#hear({ type: 'patience over' });
    await untilAborted(signal);
  }

  /** Ends every wait. */
  stop(): void {
    for (const interruption of this.#tracked.values()) interruption.stop();
    this.#tracked.clear();
  }

  #hear(input: HistoryInput, record?: string): void {
    const { state, commands } = stepHistory(this.#history, input);
    this.#history = state;
    for (const command of commands) {
      switch (command) {
        case 'restore':
          this.#restore(record);
          break;
        case 'reconsider':
          this.reconsider();
      }
    }
  }

  #restore(text: string | undefined): void {
    const { policy, effects } = this.#options;
    const record = parseRecord(text);
    // Who marks nothing holds nothing either.
    const isHeld = isOrphaned(record) && policy.marks;
    if (isHeld) this.#hearOfOrphan({ type: 'found' });
    for (const recorded of record.notices) this.#track(recorded.id).restore(recorded);
    // Last, so that nothing is taken off the node before the reasons for it are known.
    if (!isHeld) this.#hearOfOrphan({ type: 'cleared' });
    effects.recheck();
  }

  #hearOfOrphan(input: OrphanInput): void {
    const { state, commands } = stepOrphan(ABSENT_MS, this.#orphan, input);
    this.#orphan = state;
    for (const command of commands) this.#options.effects.hold(command === 'hold');
  }

  #scope(notice: Notice): Scope {
    const scope = scopeOf(notice, this.#options.ownNames());
    return scope === 'own' && this.#history.phase === 'awaited' ? 'unknown' : scope;
  }

  #track(id: string): Interruption {
    const known = this.#tracked.get(id);
    if (known !== undefined) return known;
    const { policy, effects, clock } = this.#options;
    const interruption = new Interruption({
      id,
      policy,
      effects,
      clock: {
        now: () => this.#providerClock.now(),
        monotonicMs: () => clock.monotonicMs(),
        setTimer: (ms, fire) => clock.setTimer(ms, fire),
      },
      onForgotten: () => this.#tracked.delete(id),
    });
    this.#tracked.set(id, interruption);
    return interruption;
  }
}
