import { hedged } from '@castai/shared/async/hedged.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { kubeHedge } from '@castai/shared/kube/kube-deadline.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { type Said, said } from '@castai/shared/verdict/said.ts';
import type { RecordedNotice } from '../node/node-record.ts';
import type { NodeView } from '../node/node-view.ts';
import { OwnMark } from '../node/own-mark.ts';
import type { OwnNode } from '../node/own-node.ts';
import { hasLapsed, isMarked, type NodePatch, planNodePatch } from '../node/plan-node-patch.ts';
import type { SpotWriter } from './spot-writer.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

/** Who is told what came of it. */
export interface MarkObserver {
  /** The node is as wanted, after this patch. */
  onPatched(patch: NodePatch, durationMs: number): void;
  onPatchFailed(does: NodePatch['does'] | 'read', error: unknown, delayMs: number): void;
}

/** What a marker needs. */
export interface NodeMarkerOptions extends Timing {
  readonly node: OwnNode;
  readonly writer: Pick<SpotWriter, 'patchNode'>;
  readonly observer: MarkObserver;
  /** Whether a node that carries nothing of ours may be written to; else what is there is only brought to its end. */
  readonly begins: boolean;
}

/** So many other writers in a row may get in between before a pause is due. */
const CONFLICTS_AT_ONCE = 5;

/**
 * The outbox of the node: knows which notices are to stand on it and patches until they do. What is wanted is a state, so that
 * a mark and its withdrawal that both wait become nothing, and a lost answer is found out by reading.
 */
export class NodeMarker {
  readonly #options: NodeMarkerOptions;
  readonly #wanted = new Map<string, RecordedNotice>();
  readonly #ownMark = new OwnMark();
  readonly #wakeUp: WakeUp;
  #isMarkHeld = false;
  /** The last patch was stored nowhere. */
  #isDry = false;
  #wantedVersion = 0;
  #doneVersion = 0;
  #lastError: Said | undefined;
  #doing: NodePatch['does'] | 'read' = 'read';

  constructor(options: NodeMarkerOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** Something is still to be written, and there is a node to write it to. */
  get isPending(): boolean {
    return this.#wantedVersion !== this.#doneVersion && !this.#options.node.isDeleted;
  }

  /** Whether the node carries our mark, as last known. */
  get isMarked(): boolean {
    const node: NodeView | undefined = this.#options.node.current;
    return node !== undefined && !this.#options.node.isDeleted && isMarked(node);
  }

  /** Why the last attempt failed; undefined when it did not. */
  get lastError(): Said | undefined {
    return this.#lastError;
  }

  /** Puts a notice onto the node, or what is known of it now. */
  want(notice: RecordedNotice): void {
    this.#wanted.set(notice.id, notice);
    if (this.#options.begins) this.#change();
    else this.recheck();
  }

  /** Takes a notice off the node; the last one that marks it takes the mark with it. */
  drop(id: string): void {
    if (!this.#wanted.delete(id)) return;
    if (this.#options.begins) this.#change();
    else this.recheck();
  }

  /** Keeps a mark that is there although nothing that is wanted is a reason for it, or does so no longer. */
  hold(isMarkHeld: boolean): void {
    this.#isMarkHeld = isMarkHeld;
    this.recheck();
  }

  /** Tries now what waits. */
  flush(): void {
    this.#wakeUp.wake();
  }

  /**
   * Takes note of a change of the node by somebody else: what they take off is not ours any more, and what stands is although they delete the
   * record of it. It looks at nothing but that. Two processes of a rolling update know of different things, and each would answer the other's record with its own for as long as both live.
   */
  look(): void {
    const { current } = this.#options.node;
    if (current === undefined) return;
    const knownMark = this.#ownMark.see(current);
    // A dry run has told what it would have done; the node stays as it is, and would be found wanting for ever.
    if (this.#isDry && !this.isPending) return;
    if (hasLapsed(current, knownMark)) this.#change();
  }

  /** Looks at the node again, although nothing else is wanted: it was registered anew, or is to be given back. */
  recheck(): void {
    const { current } = this.#options.node;
    if (current !== undefined && this.#plan(current) !== undefined) this.#change();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    let backoff = new UrgentBackoff({ clock, random });
    let conflicts = 0;
    for (;;) {
      if (!this.isPending) {
        await this.#wakeUp.wait(signal);
        backoff = new UrgentBackoff({ clock, random });
        continue;
      }
      try {
        await this.#reconcile(signal);
        conflicts = 0;
        this.#lastError = undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (this.#options.node.isDeleted) continue;
        conflicts = isConflict(error) ? conflicts + 1 : 0;
        const isImmediate = conflicts > 0 && conflicts <= CONFLICTS_AT_ONCE;
        const delayMs = isImmediate ? 0 : backoff.next(patienceOf(error));
        this.#lastError = said(error);
        this.#options.observer.onPatchFailed(this.#doing, error, delayMs);
        if (delayMs > 0) await this.#wakeUp.wait(signal, delayMs);
        // Somebody else has written, or the node is gone: the next plan is made from what is there then.
        if (conflicts > 0 || isGone(error)) await this.#reread(signal);
      }
    }
  }

  #change(): void {
    this.#wantedVersion += 1;
    this.#wakeUp.wake();
  }

  get #isMarkWanted(): boolean {
    return this.#isMarkHeld || [...this.#wanted.values()].some(({ isMarking }) => isMarking);
  }

  #plan(node: NodeView): NodePatch | undefined {
    const knownMark = this.#ownMark.see(node);
    if (!this.#options.begins && node.record === undefined && knownMark === undefined) return undefined;
    return planNodePatch(node, [...this.#wanted.values()], { isMarkHeld: this.#isMarkHeld, knownMark });
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { node, writer, clock, observer } = this.#options;
    const version = this.#wantedVersion;
    this.#doing = 'read';
    // Every patch is on condition of what it was planned from: a second attempt that arrives as well is refused.
    const hedge = kubeHedge(clock, (error) => this.#tellLate(error));
    const current = node.current ?? (await hedged(hedge, (attempt) => node.read(attempt), signal));
    const patch = this.#plan(current);
    if (patch === undefined) {
      if (!this.#isMarkWanted) this.#ownMark.forget();
      this.#doneVersion = version;
      return;
    }
    this.#doing = patch.does;
    // Before it is sent: where its answer is lost, the node that comes without it must not count as one that was taken off by hand.
    if (patch.does === 'unmark') this.#ownMark.forget();
    const startedAtMs = clock.monotonicMs();
    const stored = await hedged(hedge, (attempt) => writer.patchNode(patch, node.path, attempt), signal);
    this.#isDry = stored === undefined;
    if (stored !== undefined) node.adopt(stored);
    // What was wanted meanwhile raised the version: it is looked at in the next turn.
    this.#doneVersion = version;
    if (stored !== undefined) observer.onPatched(patch, clock.monotonicMs() - startedAtMs);
  }

  #tellLate(error: KubeError): void {
    this.#lastError = said(error);
    this.#options.observer.onPatchFailed(this.#doing, error, 0);
  }

  /** A read that fails is not told on its own: the next plan fails as well, and says so. */
  async #reread(signal: AbortSignal): Promise<void> {
    const { node, clock } = this.#options;
    try {
      await hedged(
        kubeHedge(clock, (error) => this.#tellLate(error)),
        (attempt) => node.read(attempt),
        signal,
      );
    } catch {
      signal.throwIfAborted();
    }
  }
}

/** A `test` that does not hold is a 422; so is a patch that makes no sense any more. */
function isConflict(error: unknown): boolean {
  return error instanceof KubeError && (error.code === 'KUBE_INVALID' || error.code === 'KUBE_CONFLICT');
}

function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_NOT_FOUND';
}

function patienceOf(error: unknown): { retryAfterMs: number | undefined; isHopeless: boolean } {
  if (!(error instanceof KubeError)) return { retryAfterMs: undefined, isHopeless: false };
  // A missing right is granted by a person, if at all. Credentials come back by themselves.
  return { retryAfterMs: error.retryAfterMs, isHopeless: error.code === 'KUBE_FORBIDDEN' };
}
