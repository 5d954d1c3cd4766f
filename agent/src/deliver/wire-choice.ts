import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';
import type { Delivery, DeliveryStatus } from './delivery.ts';
import { askFor, stepWire, type Wire, type WireCommand, type WireInput, type WireState } from './wire-state.ts';

/** Who is told what the platform has answered: undefined when it took it. */
export type OnAnswer = (verdict: Verdict | undefined) => void;

/** Which wire was spoken last, from one term of a replica to the next. */
export interface WireMemory {
  wire: Wire | undefined;
}

/** What the choice needs. */
export interface WireChoiceOptions {
  /** A delivery over one wire; `knownId` is the cluster's id where it is known. */
  readonly make: (wire: Wire, knownId: string | undefined, onAnswer: OnAnswer) => Delivery;
  /** One open of the first wire, to learn whether it is spoken. */
  readonly ask: (clusterId: string, signal: AbortSignal) => Promise<Outcome<unknown>>;
  /** Between two wires: stops the feeds, and drops what waits. */
  readonly abandon: () => void;
  readonly knownId: string | undefined;
  readonly memory: WireMemory;
  readonly observer: WireObserver;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

/** Who is told which wire is spoken. */
export interface WireObserver {
  onWire(wire: Wire): void;
}

const DAY_MS = 24 * 3_600_000;

/** Delivers over whichever wire the platform speaks: does what `wire-state.ts` decides, and hands all else to the wire in use. */
export class WireChoice implements Delivery {
  readonly #options: WireChoiceOptions;
  readonly #machine: Machine<WireState, WireInput, WireCommand>;
  #inner: Delivery;
  #ended = new AbortController();
  #signal: AbortSignal = AbortSignal.abort();
  #broken: (error: unknown) => void = () => {};
  #cancelDay: () => void = () => {};

  constructor(options: WireChoiceOptions) {
    this.#options = options;
    const { memory, clock, knownId } = options;
    const wire = memory.wire ?? 'ingest';
    this.#machine = new Machine<WireState, WireInput, WireCommand>({
      initial: askFor(wire, clock.monotonicMs()),
      step: stepWire,
      perform: (command) => this.#perform(command),
      onBug: (error) => this.#broken(error),
    });
    this.#inner = this.#make(wire, knownId);
  }

  get status(): DeliveryStatus {
    const { phase, wire } = this.#machine.state;
    const { wireRows, ...status } = this.#inner.status;
    const how = phase === 'speaking' ? 'the platform takes it' : 'the platform has not taken it yet';
    return { ...status, wireRows: { ...wireRows, 'wire chosen': `${wire}: ${how}` } };
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#signal = signal;
    const { promise: bug, reject } = Promise.withResolvers<never>();
    this.#broken = reject;
    // Handled by the race below, or not at all when there is no race any more.
    bug.catch(() => undefined);
    const end = (): void => this.#ended.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    if (this.#machine.state.wire === 'agent-deltas') this.#waitADay();
    try {
      while (!signal.aborted) {
        this.#options.observer.onWire(this.#machine.state.wire);
        await Promise.race([this.#inner.run(this.#ended.signal), bug]);
        this.#renew();
      }
    } finally {
      this.#cancelDay();
      signal.removeEventListener('abort', end);
    }
  }

  noteWaiting(): void {
    this.#inner.noteWaiting();
  }

  offerChanged(): void {
    this.#inner.offerChanged();
  }

  keyReplaced(): void {
    this.#inner.keyReplaced();
  }

  drained(signal: AbortSignal): Promise<void> {
    return this.#inner.drained(signal);
  }

  #make(wire: Wire, knownId: string | undefined): Delivery {
    const ended = this.#ended;
    return this.#options.make(wire, knownId, (verdict) => {
      // What an ended delivery still hears is no news.
      if (ended.signal.aborted) return;
      const nowMs = this.#options.clock.monotonicMs();
      this.#machine.dispatch(verdict === undefined ? { type: 'taken', nowMs } : { type: 'refused', verdict, nowMs });
      if (verdict === undefined) this.#options.memory.wire = wire;
    });
  }

  /** The wire in use has ended because another one is chosen. */
  #renew(): void {
    if (this.#signal.aborted) return;
    const { clusterId } = this.#inner.status;
    this.#options.abandon();
    this.#ended = new AbortController();
    this.#inner = this.#make(this.#machine.state.wire, clusterId === '' ? undefined : clusterId);
  }

  #perform(command: WireCommand): void {
    switch (command.type) {
      case 'change':
        this.#cancelDay();
        this.#options.memory.wire = command.wire;
        this.#ended.abort(new Error(`the platform speaks another wire: ${command.wire}`));
        return;
      case 'ask':
        this.#ask().catch((error: unknown) => {
          if (!this.#signal.aborted) this.#broken(error);
        });
        return;
      case 'waitADay':
        this.#waitADay();
        return;
      default:
        unreachable(command);
    }
  }

  async #ask(): Promise<void> {
    const { ask, clock } = this.#options;
    const { ok: isSpoken } = await ask(this.#inner.status.clusterId, this.#signal);
    this.#machine.dispatch({ type: 'answered', isSpoken, nowMs: clock.monotonicMs() });
  }

  #waitADay(): void {
    this.#cancelDay();
    this.#cancelDay = this.#options.clock.setTimer(DAY_MS, () => this.#machine.dispatch({ type: 'dayPassed' }));
  }
}
