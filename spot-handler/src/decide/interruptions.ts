import type { Clock } from '@castai/shared/async/clock.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { noticeOf, parseRecord, type RecordedNotice, recordOf } from '../node/node-record.ts';
import type { NodeView } from '../node/node-view.ts';
import type { Notice, Sighting, SourceName } from '../poll/notice.ts';
import { AWAITED, type HistoryInput, type HistoryState, stepHistory } from './history-state.ts';
import type {
  AnnouncedStep,
  DecidePolicy,
  InterruptionCommand,
  InterruptionInput,
  InterruptionState,
} from './interruption-signals.ts';
import { NEW, stepInterruption } from './interruption-state.ts';
import { scopeOf } from './scope-of.ts';

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
  /** Looks whether what is wanted stands on the node: it may be another one under the same name. */
  recheck(): void;
  evict(noticeId: string): void;
  /** The reason for an eviction is gone. */
  stopEviction(noticeId: string): void;
  acknowledge(notice: Notice): void;
  announce(step: AnnouncedStep, notice: Notice): void;
  /** A bug: a machine cannot go on. */
  onBroken(error: unknown): void;
}

/** What it needs. */
export interface InterruptionsOptions {
  readonly policy: DecidePolicy;
  readonly effects: InterruptionEffects;
  readonly clock: Pick<Clock, 'now' | 'setTimer' | 'sleep'>;
  /** The names by which notices mean this machine, as far as they are known. */
  readonly ownNames: () => readonly string[];
}

/** A line of `/statusz`. */
export interface InterruptionStatus {
  readonly notice: string;
  readonly type: string;
  readonly kind: string;
  readonly status: string;
  readonly phase: string;
  readonly isReported: boolean;
  readonly isMarking: boolean;
  readonly startsAt: string;
}

interface Tracked {
  state: InterruptionState;
  isReported: boolean;
  isMarking: boolean;
  isDrained: boolean;
  cancelWait: () => void;
}

/** So long a notice that is already there at the start waits for what the node says: an API server that is away must not keep it. */
const HISTORY_MS = 1000;
/** Timers are set anew this often: a clock that was corrected, or a machine that slept, moves the moment that is waited for. */
const LONGEST_WAIT_MS = 60_000;
/** Smaller differences are the header's whole seconds and the way. */
const CLOCK_TOLERANCE_MS = 5000;

/** All notices at once: does what their machines (`decide/interruption-state.ts`) command, and tells them what came of it. */
export class Interruptions {
  readonly #options: InterruptionsOptions;
  readonly #tracked = new Map<string, Tracked>();
  #history: HistoryState = AWAITED;
  #clockErrorMs = 0;

  constructor(options: InterruptionsOptions) {
    this.#options = options;
  }

  /** Every notice that something is known about. */
  get status(): InterruptionStatus[] {
    return [...this.#tracked.values()].flatMap(({ state, isReported, isMarking }) => {
      if (!('notice' in state)) return [];
      const { id, type, kind, status, startsAtMs } = state.notice;
      const phase = state.phase === 'seen' ? state.why : state.phase;
      const startsAt = startsAtMs === undefined ? '' : new Date(startsAtMs).toISOString();
      return [{ notice: id, type, kind, status, phase, isReported, isMarking, startsAt }];
    });
  }

  /** By how much the provider's clock is ahead of ours, in milliseconds; 0 while the difference does not matter. */
  get clockErrorMs(): number {
    return this.#clockErrorMs;
  }

  /** Takes the result of a look. "Don't know" changes nothing. */
  onSighting(source: SourceName, sighting: Sighting): void {
    if (!sighting.isKnown) return;
    this.#compareClocks(sighting.hostTimeMs);
    const nowMs = this.#nowMs();
    const present = new Set<string>();
    for (const notice of sighting.notices) {
      present.add(notice.id);
      this.#dispatch(notice.id, { type: 'sighted', notice, scope: this.#scope(notice), nowMs });
    }
    for (const [id, { state }] of this.#tracked) {
      const isMissing = 'notice' in state && state.notice.source === source && !present.has(id);
      if (isMissing) this.#dispatch(id, { type: 'missing', nowMs });
    }
  }

  /** Takes a state of the node as news about who this machine is and what was done to it; undefined: the object is gone. */
  onNode(node: Pick<NodeView, 'uid' | 'record'> | undefined): void {
    this.#hear(node === undefined ? { type: 'deleted' } : { type: 'node', uid: node.uid }, node?.record);
  }

  /** Ends the wait for the node's word when it takes long, then lasts until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(HISTORY_MS, signal);
    this.#hear({ type: 'patience over' });
    await untilAborted(signal);
  }

  /** Looks again at notices that were held back, because more is known now: who we are, or what was done. */
  reconsider(): void {
    for (const [id, { state }] of this.#tracked) {
      if (state.phase !== 'seen' || state.why !== 'unidentified') continue;
      const { notice } = state;
      this.#dispatch(id, { type: 'sighted', notice, scope: this.#scope(notice), nowMs: this.#nowMs() });
    }
  }

  /** The platform has taken the report of a notice. */
  onReported(noticeId: string): void {
    const tracked = this.#tracked.get(noticeId);
    if (tracked === undefined) return;
    tracked.isReported = true;
    this.#remember(tracked);
  }

  /** The last pod that can be evicted has gone. */
  onDrained(): void {
    for (const [id, tracked] of this.#tracked) {
      if (!tracked.isMarking) continue;
      tracked.isDrained = true;
      this.#remember(tracked);
      this.#dispatch(id, { type: 'drained' });
    }
  }

  /** Ends every wait. */
  stop(): void {
    for (const { cancelWait } of this.#tracked.values()) cancelWait();
    this.#tracked.clear();
  }

  #hear(input: HistoryInput, record?: string): void {
    const { state, commands } = stepHistory(this.#options.policy, this.#history, input);
    this.#history = state;
    for (const command of commands) {
      switch (command) {
        case 'restore':
          this.#restore(parseRecord(record).notices);
          this.#options.effects.recheck();
          break;
        case 'reconsider':
          this.reconsider();
      }
    }
  }

  /** Takes over what the node says that an earlier process has done; also what this one did, after a pause. */
  #restore(notices: readonly RecordedNotice[]): void {
    for (const recorded of notices) {
      const { id, isReported, isMarking, isDrained = false } = recorded;
      const known = this.#tracked.get(id);
      const phase = known?.state.phase ?? 'new';
      if (phase === 'new' || phase === 'seen') {
        const tracked = this.#track(id);
        tracked.isReported = isReported;
        tracked.isMarking = isMarking;
        tracked.isDrained = isDrained;
        // First of all, so that the outbox knows the whole record before it plans anything.
        this.#options.effects.remember(recorded);
        const restored = { notice: noticeOf(recorded), isReported, isMarked: isMarking, isDrained };
        this.#dispatch(id, { type: 'restored', ...restored, nowMs: this.#nowMs() });
      } else if (known !== undefined && isReported && !known.isReported) {
        // The API server answered late: what is waiting to be told has been told before.
        this.#options.effects.withdraw(id);
        this.onReported(id);
      }
    }
  }

  #scope(notice: Notice): ReturnType<typeof scopeOf> {
    const scope = scopeOf(notice, this.#options.ownNames());
    return scope === 'own' && this.#history.phase === 'awaited' ? 'unknown' : scope;
  }

  #dispatch(id: string, input: InterruptionInput): void {
    const tracked = this.#track(id);
    try {
      const { state, commands } = stepInterruption(this.#options.policy, tracked.state, input);
      tracked.state = state;
      for (const command of commands) this.#perform(id, tracked, command);
    } catch (error) {
      this.#options.effects.onBroken(error);
    }
  }

  #track(id: string): Tracked {
    const known = this.#tracked.get(id);
    if (known !== undefined) return known;
    const cancelWait = (): void => undefined;
    const tracked: Tracked = { state: NEW, isReported: false, isMarking: false, isDrained: false, cancelWait };
    this.#tracked.set(id, tracked);
    return tracked;
  }

  #perform(id: string, tracked: Tracked, command: InterruptionCommand): void {
    const { effects } = this.#options;
    switch (command.type) {
      case 'report':
        effects.report(id, kindOf(tracked) === 'rebalance' ? 'rebalanceRecommendation' : 'interrupted');
        return;
      case 'withdraw':
        effects.withdraw(id);
        return;
      case 'mark':
        tracked.isMarking = true;
        this.#remember(tracked);
        return;
      case 'unmark':
        tracked.isMarking = false;
        effects.stopEviction(id);
        return;
      case 'evict':
        effects.evict(id);
        return;
      case 'acknowledge':
        if ('notice' in tracked.state) effects.acknowledge(tracked.state.notice);
        return;
      case 'wait':
        this.#wait(id, tracked, command.untilMs);
        return;
      case 'announce':
        if ('notice' in tracked.state) effects.announce(command.step, tracked.state.notice);
        return;
      case 'forget':
        tracked.cancelWait();
        this.#tracked.delete(id);
        effects.release(id);
    }
  }

  /** Writes down what a later process has to know; before anything is done there is nothing. */
  #remember({ state, ...done }: Tracked): void {
    if (!('notice' in state) || !this.#options.policy.marks) return;
    this.#options.effects.remember(recordOf(state.notice, done));
  }

  #wait(id: string, tracked: Tracked, untilMs: number): void {
    tracked.cancelWait();
    const delayMs = Math.min(LONGEST_WAIT_MS, Math.max(0, untilMs - this.#nowMs()));
    tracked.cancelWait = this.#options.clock.setTimer(delayMs, () =>
      this.#dispatch(id, { type: 'tick', nowMs: this.#nowMs() }),
    );
  }

  #nowMs(): number {
    return this.#options.clock.now() + this.#clockErrorMs;
  }

  /** Times in notices are the provider's, so its clock decides: that of a machine may be an hour off. */
  #compareClocks(hostTimeMs: number | undefined): void {
    if (hostTimeMs === undefined) return;
    const errorMs = hostTimeMs - this.#options.clock.now();
    this.#clockErrorMs = Math.abs(errorMs) < CLOCK_TOLERANCE_MS ? 0 : errorMs;
  }
}

function kindOf({ state }: Tracked): string {
  return 'notice' in state ? state.notice.kind : '';
}
