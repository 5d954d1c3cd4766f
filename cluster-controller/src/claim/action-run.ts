import { Backoff } from '@castai/shared/async/backoff.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { ActionOutcome } from '../ack/ack-code.ts';
import { ackText } from '../ack/ack-text.ts';
import type { AckSender } from '../ack/ack-outbox.ts';
import { classifyWorkError } from '../do/classify-work-error.ts';
import type { Worker } from '../do/worker.ts';
import type { Action } from '../poll/action.ts';
import type { ActionRecord } from './action-record.ts';
import type { ActionCommand, ActionFacts, ActionInput, ActionState } from './action-signals.ts';
import { RECEIVED, foundState, stepAction } from './action-state.ts';
import type { RecordStore } from './record-store.ts';

/** Who is told what becomes of actions. */
export interface RunObserver {
  /** Its claim is stored: from here on it is being done. */
  onBegun(record: ActionRecord): void;
  /** What it came to is stored; `tookMs` from its claim by this process, 0 when it was never begun. */
  onFinished(record: ActionRecord, outcome: ActionOutcome, tookMs: number): void;
  /** Something could not be stored, or a record not be removed; it is tried again after a pause. */
  onStoreFailed(error: unknown): void;
  /** Something was stored or removed: the records can be used. */
  onStored(): void;
  /** What an action is about could not be read; it is read again. */
  onResolveFailed(facts: ActionFacts, error: unknown): void;
  /**
   * Nobody asks for it any more, and its record goes; `wasTold`: this process has told the platform what it came to. `wasBegun`: its claim was
   * stored, by this process or one before.
   */
  onForgotten(record: ActionRecord, wasTold: boolean, wasBegun: boolean): void;
}

/** What one action is done with. */
export interface ActionRunOptions extends Timing<'now' | 'monotonicMs' | 'setTimer'> {
  readonly facts: ActionFacts;
  /** What a process before has stored; absent: nothing. */
  readonly found?: ActionRecord;
  readonly store: RecordStore;
  readonly worker: Pick<Worker, 'resolve' | 'work'>;
  readonly acks: AckSender;
  readonly observer: RunObserver;
  /** Its state is another one. */
  readonly onChanged: () => void;
  /** Another leader writes. */
  readonly onFenced: () => void;
  readonly onBroken: (error: unknown) => void;
}

const PAUSES = { initialMs: 500, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 } as const;

/** One action in one term: does what its machine (`action-state.ts`) commands. */
export class ActionRun {
  readonly facts: ActionFacts;
  /** Since when it has been known here, in the own monotonic milliseconds. */
  readonly sinceMs: number;
  readonly #options: ActionRunOptions;
  readonly #machine: Machine<ActionState, ActionInput, ActionCommand>;
  readonly #backoff: Backoff;
  /** Ends what is under way when the action is over here. */
  readonly #end = new AbortController();
  #cancelRest: () => void = () => undefined;
  #action: Action | undefined;
  #begunAtMs: number | undefined;
  #works = 0;
  /** The platform has taken the acknowledgement once. */
  #isTold = false;

  constructor(options: ActionRunOptions) {
    this.#options = options;
    this.facts = options.facts;
    this.sinceMs = options.clock.monotonicMs();
    this.#backoff = new Backoff(PAUSES, options);
    this.#machine = new Machine<ActionState, ActionInput, ActionCommand>({
      initial: options.found === undefined ? RECEIVED : foundState(options.found),
      step: (state, input) => stepAction(options.facts, state, input),
      perform: (command) => this.#perform(command),
      onBug: options.onBroken,
      onSettled: options.onChanged,
    });
  }

  get state(): ActionState {
    return this.#machine.state;
  }

  /** As the platform last asked for it; absent: it has not asked this process. */
  get action(): Action | undefined {
    return this.#action;
  }

  /** The platform asks for it. */
  see(action: Action): void {
    // The first words count: what was claimed by them is not changed by others under the same id.
    this.#action ??= action;
    this.#machine.dispatch({ type: 'seen' });
  }

  /** The same for one that can only be refused. */
  seeUnusable(): void {
    this.#machine.dispatch({ type: 'seen' });
  }

  /** A poll did not have it, its turn has come, or the platform was told. */
  dispatch(input: Extract<ActionInput, { type: 'missed' | 'admitted' | 'ackSettled' }>): void {
    if (input.type === 'ackSettled') this.#isTold = true;
    this.#machine.dispatch(input);
  }

  /** It is not begun: this is what it comes to. */
  refuse(outcome: ActionOutcome): void {
    this.#machine.dispatch({ type: 'refused', outcome, nowMs: this.#options.clock.now() });
  }

  /** The term ends: nothing is done here any more, and nobody is told anything. */
  stop(reason: 'stopped' | 'fenced'): void {
    this.#machine.dispatch({ type: reason });
    this.#cancelRest();
    this.#end.abort(new Error('the term is over'));
  }

  #perform(command: ActionCommand): void {
    const { facts, acks, clock, observer, store, found } = this.#options;
    switch (command.type) {
      case 'resolve':
        this.#resolve().catch(this.#options.onBroken);
        return;
      case 'save':
        this.#save(command.record).catch(this.#options.onBroken);
        return;
      case 'work':
        this.#work(command.record).catch(this.#options.onBroken);
        return;
      case 'halt':
        this.#end.abort(new Error('the term is over'));
        return;
      case 'ack':
        acks.want({ id: facts.id, error: ackText(command.outcome) });
        return;
      case 'withdraw':
        acks.withdraw(facts.id);
        return;
      case 'forget':
        observer.onForgotten(command.record, this.#isTold, found !== undefined || this.#begunAtMs !== undefined);
        return;
      case 'erase':
        this.#write((signal) => store.erase(facts.id, signal)).catch(this.#options.onBroken);
        return;
      case 'rest':
        this.#cancelRest();
        this.#cancelRest = clock.setTimer(this.#backoff.next(command.atLeastMs), () =>
          this.#machine.dispatch({ type: 'rested' }),
        );
    }
  }

  async #resolve(): Promise<void> {
    const { worker, observer, clock, facts } = this.#options;
    const { signal } = this.#end;
    const body = this.#action?.body;
    if (body === undefined) return;
    try {
      const target = await worker.resolve(body, signal);
      if (!signal.aborted) this.#machine.dispatch({ type: 'resolved', target, nowMs: clock.now() });
    } catch (error) {
      if (signal.aborted) return;
      const failure = classifyWorkError(error);
      if (failure.is === 'final') {
        this.refuse({ is: 'failed', code: failure.code, detail: failure.detail });
        return;
      }
      observer.onResolveFailed(facts, error);
      this.#machine.dispatch({
        type: 'resolveFailed',
        retryAfterMs: failure.is === 'again' ? failure.retryAfterMs : 0,
      });
    }
  }

  async #save(record: ActionRecord): Promise<void> {
    const { store, observer, clock } = this.#options;
    await this.#write(
      (signal) => store.save(record, signal),
      () => {
        const { outcome } = record;
        if (outcome !== undefined) observer.onFinished(record, outcome, this.#tookMs);
        else if (this.#begunAtMs === undefined) {
          this.#begunAtMs = clock.monotonicMs();
          observer.onBegun(record);
        }
      },
    );
  }

  /** Writes, and tells the machine what came of it; first of all `stored`, when it is. */
  async #write(
    write: (signal: AbortSignal) => Promise<'saved' | 'fenced'>,
    stored: () => void = () => undefined,
  ): Promise<void> {
    const { observer, onFenced } = this.#options;
    const { signal } = this.#end;
    let result: 'saved' | 'fenced';
    try {
      result = await write(signal);
    } catch (error) {
      if (signal.aborted) return;
      observer.onStoreFailed(error);
      const retryAfterMs = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
      this.#machine.dispatch({ type: 'saveFailed', retryAfterMs });
      return;
    }
    if (signal.aborted) return;
    if (result === 'fenced') {
      onFenced();
      return;
    }
    this.#backoff.succeeded();
    observer.onStored();
    stored();
    this.#machine.dispatch({ type: 'saved' });
  }

  get #tookMs(): number {
    return this.#begunAtMs === undefined ? 0 : this.#options.clock.monotonicMs() - this.#begunAtMs;
  }

  async #work(record: ActionRecord): Promise<void> {
    const { worker, found } = this.#options;
    const { signal } = this.#end;
    const body = this.#action?.body;
    if (body === undefined) return;
    const isResumed = found !== undefined && this.#works === 0;
    this.#works += 1;
    try {
      const result = await worker.work({ body, record, isResumed }, signal);
      if (signal.aborted) return;
      if (result.is === 'advanced')
        this.#machine.dispatch({ type: 'advanced', step: result.step, progress: result.progress });
      else this.#machine.dispatch({ type: 'concluded', outcome: result.outcome, progress: result.progress });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
