import { sleepOn } from '@castai/shared/async/clock.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { ActionOutcome } from '../ack/ack-code.ts';
import type { AckSender } from '../ack/ack-outbox.ts';
import { type Bounds, planRefusal } from '../do/plan-refusal.ts';
import type { Worker } from '../do/worker.ts';
import type { Asked } from '../poll/parse-answer.ts';
import type { Action, Unusable } from '../poll/action.ts';
import type { ActionRecord, LeaderEpoch, ParsedRecord } from './action-record.ts';
import { ActionRun, type RunObserver } from './action-run.ts';
import type { KillSwitch } from './kill-switch.ts';
import { type Admissions, type Caps, type OpenAction, planAdmissions } from './plan-admissions.ts';
import { type SwitchObserver, SwitchReader } from './read-switch.ts';
import type { RecordStore } from './record-store.ts';

/** Who is told how the desk goes, beside what becomes of each action. */
export interface DeskObserver extends RunObserver, SwitchObserver {
  /** So many actions of terms before were found; and so many entries that nobody can read. */
  onTakenOver(records: number, unreadable: number): void;
  onAdmitted(admissions: Admissions): void;
  /** So many actions are known that no further ones are taken; the platform keeps asking. */
  onFull(left: number): void;
  onFenced(): void;
}

/** What it needs. */
export interface ActionDeskOptions extends Timing<'now' | 'monotonicMs' | 'setTimer'> {
  readonly store: RecordStore;
  readonly worker: Pick<Worker, 'resolve' | 'work'>;
  readonly acks: AckSender;
  readonly killSwitch: Pick<KillSwitch, 'isPaused'>;
  readonly caps: Caps;
  readonly bounds: Bounds;
  /** `castai-cluster-controller/1.2.3`: who does not carry a kind out. */
  readonly program: string;
  readonly observer: DeskObserver;
  readonly onBroken: (error: unknown) => void;
}

/** Pause before the switch is read again while it stops somebody, or cannot be read. */
const SWITCH_MS = 4000;
/** Polls are counted as missing an action at most so often: ten of them are five minutes, whatever the pace of the polls. */
const MISS_EVERY_MS = 30_000;
/** Actions that are known at once, those that are kept for being asked again among them. */
const MOST_KNOWN = 10_000;
/**
 * Of so many that are known each look at whose turn it is costs milliseconds, and each of them changes several times: a look after every
 * change would be all that the process does. Then one look stands for all changes of this long, which nobody notices.
 */
const CROWD = 500;
const CROWD_MS = 50;

/**
 * The actions of one term: takes what polls bring, lets go whose turn it is, and keeps what was done.
 *
 * Ways back: whose turn it is is looked at after each poll and after each change of an action (of many that are known every 50 ms at most), and
 * every 4 s while the switch is in the way.
 */
export class ActionDesk {
  readonly #options: ActionDeskOptions;
  readonly #runs = new Map<string, ActionRun>();
  readonly #wakeUp: WakeUp;
  readonly #switch: SwitchReader;
  #epoch: LeaderEpoch = { lease: '', transitions: 0 };
  #isDirty = false;
  #isFenced = false;
  #isOpen = false;
  #missedAtMs = -Infinity;

  constructor(options: ActionDeskOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
    this.#switch = new SwitchReader(options);
  }

  /** How many actions are known, by phase. */
  get counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { state } of this.#runs.values()) counts.set(state.phase, (counts.get(state.phase) ?? 0) + 1);
    return counts;
  }

  /** Somebody has stopped new actions, as far as was last read. */
  get isPaused(): boolean {
    return this.#switch.isPaused;
  }

  /** All that are known, for the page. */
  get runs(): readonly ActionRun[] {
    return [...this.#runs.values()];
  }

  /** Whether a drain of ours emptied the node of that uid. */
  isEmptied(nodeUid: string): boolean {
    return this.runs.some(({ state }) => {
      if (state.phase !== 'acking' && state.phase !== 'acked') return false;
      const { kind, target, outcome } = state.record;
      return kind === 'drainNode' && target.is === 'found' && target.uid === nodeUid && outcome?.is === 'done';
    });
  }

  /**
   * Works for one term. `fenced`: another leader writes. Rejects with the reason of the signal, or with what the API server says to taking
   * over; then nothing was done.
   */
  async run(epoch: LeaderEpoch, term: AbortSignal, onOpen: () => void): Promise<'fenced'> {
    this.#epoch = epoch;
    this.#isFenced = false;
    const found = await this.#options.store.takeOver(epoch, term);
    if (found === 'fenced') return 'fenced';
    this.#open(found);
    try {
      onOpen();
      while (!this.#isFenced) {
        if (!this.#isDirty) await this.#wakeUp.wait(term);
        else {
          await this.#admit(term);
          if (this.#runs.size > CROWD) await sleepOn(this.#options.clock, CROWD_MS, term);
        }
      }
      return 'fenced';
    } finally {
      this.#isOpen = false;
      for (const run of this.runs) run.stop(this.#isFenced ? 'fenced' : 'stopped');
      this.#runs.clear();
      this.#options.acks.stop();
    }
  }

  /** What a poll has brought. Nothing happens outside of a term. */
  take(asked: Asked): void {
    if (!this.#isOpen) return;
    const { bounds, clock, observer } = this.#options;
    const ids = new Set(asked.leftIds);
    let left = 0;
    for (const action of asked.actions) {
      ids.add(action.id);
      const run = this.#runOf(action.id, action.body.kind);
      if (run === undefined) left += 1;
      else this.#see(run, action, planRefusal(action, bounds, clock.now()) ?? anotherKind(run, action));
    }
    for (const unusable of asked.unusable) {
      ids.add(unusable.id);
      const run = this.#runOf(unusable.id, 'unusable');
      if (run === undefined) left += 1;
      else this.#seeUnusable(run, unusable);
    }
    if (left > 0) observer.onFull(left);
    // Also while there is no room: what is known is forgotten by this alone, and for as long as there is none nothing else is taken.
    this.#miss(ids);
    this.#change();
  }

  /** The platform has an acknowledgement, or will never take it. */
  ackSettled(id: string): void {
    this.#runs.get(id)?.dispatch({ type: 'ackSettled' });
  }

  #open(found: readonly ParsedRecord[]): void {
    this.#runs.clear();
    this.#isOpen = true;
    this.#missedAtMs = this.#options.clock.monotonicMs();
    let unreadable = 0;
    for (const one of found) {
      if (one.is === 'record') this.#add(one.record.id, one.record.kind, one.record);
      else unreadable += 1;
      if (one.is === 'doubted') this.#add(one.id, 'unusable', this.#doubted(one));
    }
    this.#options.observer.onTakenOver(this.#runs.size, unreadable);
  }

  /** Told when it is asked for again: it may have been begun, and nobody can say how far. */
  #doubted({ id, problem }: { readonly id: string; readonly problem: string }): ActionRecord {
    const outcome = {
      is: 'failed',
      code: 'internal',
      detail: `${problem}; whether it was done cannot be told`,
    } as const;
    const rest = { target: { is: 'none' }, step: 'do', progress: {}, claimedAtMs: 0 } as const;
    return { id, kind: 'unusable', epoch: this.#epoch, ...rest, outcome };
  }

  #runOf(id: string, kind: ActionRecord['kind']): ActionRun | undefined {
    const run = this.#runs.get(id);
    if (run !== undefined) return run;
    return this.#runs.size >= MOST_KNOWN ? undefined : this.#add(id, kind);
  }

  #add(id: string, kind: ActionRecord['kind'], found?: ActionRecord): ActionRun {
    const { store, worker, acks, observer, clock, random, onBroken } = this.#options;
    const run = new ActionRun({
      facts: { id, kind, epoch: this.#epoch },
      ...(found === undefined ? {} : { found }),
      store,
      worker,
      acks,
      observer,
      clock,
      random,
      onChanged: () => this.#change(),
      onFenced: () => this.#fence(),
      onBroken,
    });
    this.#runs.set(id, run);
    return run;
  }

  #see(run: ActionRun, action: Action, refusal: ReturnType<typeof planRefusal>): void {
    run.see(action);
    if (refusal === undefined) return;
    const { phase } = run.state;
    // One that was begun goes on in the time that it has, unless its kind was switched off meanwhile.
    const isOff = refusal.is === 'failed' && (refusal.code === 'unsupported' || refusal.code === 'invalid');
    if (phase === 'received' || (phase === 'claimed' && isOff)) run.refuse(refusal);
  }

  #seeUnusable(run: ActionRun, { code, problem }: Unusable): void {
    run.seeUnusable();
    const { phase } = run.state;
    if (phase !== 'received' && phase !== 'claimed') return;
    run.refuse({ is: 'failed', code, detail: `${problem} (${this.#options.program})` });
  }

  #miss(ids: ReadonlySet<string>): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#missedAtMs < MISS_EVERY_MS) return;
    this.#missedAtMs = nowMs;
    for (const run of this.runs) if (!ids.has(run.facts.id)) run.dispatch({ type: 'missed' });
  }

  #fence(): void {
    if (this.#isFenced) return;
    this.#isFenced = true;
    this.#options.observer.onFenced();
    this.#wakeUp.wake();
  }

  #change(): void {
    this.#isDirty = true;
    this.#wakeUp.wake();
  }

  async #admit(term: AbortSignal): Promise<void> {
    this.#isDirty = false;
    for (const run of this.runs) if (run.state.phase === 'over') this.#runs.delete(run.facts.id);
    const waiting = this.runs.some(({ state }) => isWaiting(state));
    if (waiting) await this.#switch.read(term);
    else this.#options.observer.onSwitchRead();
    if (this.#isFenced) return;
    const { caps, observer } = this.#options;
    const { isPaused } = this.#switch;
    const admissions = planAdmissions(this.#openActions(), { caps, isPaused });
    observer.onAdmitted(admissions);
    for (const { id } of admissions.admitted) this.#runs.get(id)?.dispatch({ type: 'admitted' });
    if (!waiting || !isPaused) return;
    await this.#wakeUp.wait(term, SWITCH_MS);
    this.#isDirty = true;
  }

  #openActions(): OpenAction[] {
    return this.runs.flatMap(({ state, action, sinceMs }) => {
      if (action === undefined || isSettled(state)) return [];
      return [{ action, isUnderWay: !isWaiting(state), waitingSinceMs: sinceMs }];
    });
  }
}

/** An id that a process before has begun something else under: with that one's steps nothing of this one is done. */
function anotherKind({ facts }: ActionRun, { body }: Action): ActionOutcome | undefined {
  if (facts.kind === body.kind) return undefined;
  return { is: 'failed', code: 'invalid', detail: `the id is that of another action, of kind ${facts.kind}` };
}

/** Nothing is done about it any more, so that nobody has to wait for it. */
function isSettled({ phase }: ActionRun['state']): boolean {
  return phase === 'acking' || phase === 'acked' || phase === 'erasing' || phase === 'over';
}

function isWaiting(state: ActionRun['state']): boolean {
  return (state.phase === 'received' && state.doing === 'waiting') || (state.phase === 'claimed' && state.isAsked);
}
