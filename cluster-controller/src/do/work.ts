import type { Timing } from '@castai/shared/async/timing.ts';
import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { ActionOutcome, AckCode } from '../ack/ack-code.ts';
import type { ActionProgress, ActionRecord, ActionStep } from '../claim/action-record.ts';
import type { ActionBody } from '../poll/action.ts';
import type { ClusterWriter } from './cluster-writer.ts';

/** One step of one action that is to be done, or what is left of it. */
export interface Task<Body extends ActionBody = ActionBody> {
  readonly body: Body;
  readonly record: ActionRecord;
  /** A process before may have done this step, or half of it. */
  readonly isResumed: boolean;
}

/** What a step came to. */
export type WorkResult =
  | { readonly is: 'advanced'; readonly step: ActionStep; readonly progress: ActionProgress }
  | { readonly is: 'concluded'; readonly outcome: ActionOutcome; readonly progress: ActionProgress };

/** Who is told what a step is about while it goes on, for people who look at the node. */
export interface WorkObserver {
  onNodeNews(node: { readonly name: string; readonly uid: string }, news: NodeNews): void;
  /** These pods hold a drain up; none any more when it is over. */
  onHeld(actionId: string, held: readonly HeldPod[]): void;
}

/** What is told of a node. */
export interface NodeNews {
  readonly type: 'Normal' | 'Warning';
  /** One word in UpperCamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** What steps are done with. */
export interface WorkContext extends Timing {
  readonly client: Pick<KubeClient, 'get'>;
  readonly writer: ClusterWriter;
  readonly observer: WorkObserver;
  /** Whether pods that are marked to stay may be deleted by a drain with force. */
  readonly forcesMarked: boolean;
  /** A drain of ours emptied the node of that uid. */
  readonly isEmptied: (nodeUid: string) => boolean;
  /** Who writes events that name nobody. */
  readonly reporter: string;
}

/** Does one step. Throws a `KubeError` for what may go well the next time, or the signal's reason. */
export type DoStep<Body extends ActionBody> = (
  task: Task<Body>,
  context: WorkContext,
  signal: AbortSignal,
) => Promise<WorkResult>;

/** The step is done, and this is the next one. */
export function advanced({ progress }: ActionRecord, step: ActionStep, more: ActionProgress = {}): WorkResult {
  return { is: 'advanced', step, progress: { ...progress, ...more } };
}

/** The action is done. */
export function done({ progress }: ActionRecord, detail: string): WorkResult {
  return { is: 'concluded', outcome: { is: 'done', detail }, progress };
}

/** It cannot be done. */
export function failed({ progress }: ActionRecord, code: AckCode, detail: string): WorkResult {
  return { is: 'concluded', outcome: { is: 'failed', code, detail }, progress };
}

/** What is left of the time that an action gives, in milliseconds: it runs from the claim, whatever clock the claim was written by. */
export function timeLeftMs({ claimedAtMs }: ActionRecord, timeoutMs: number, nowMs: number): number {
  return Math.max(0, timeoutMs - Math.max(0, nowMs - claimedAtMs));
}
