import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';
import type { LeaderObserver } from '@castai/shared/lead/leader.ts';
import type { LossReason } from '@castai/shared/lead/lease-state.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { PodName } from '@castai/shared/drain/pod-view.ts';
import { type Said, said } from '@castai/shared/verdict/said.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { ActionOutcome } from '../ack/ack-code.ts';
import type { AckObserver } from '../ack/ack-outbox.ts';
import type { Ack } from '../ack/ack-state.ts';
import type { DeskObserver } from '../claim/action-desk.ts';
import type { ActionRecord } from '../claim/action-record.ts';
import type { ActionFacts } from '../claim/action-signals.ts';
import type { Admissions } from '../claim/plan-admissions.ts';
import type { DryWriterObserver } from '../do/cluster-writer.ts';
import type { NodeNews, WorkObserver } from '../do/work.ts';
import type { Asked } from '../poll/parse-answer.ts';
import type { PollObserver } from '../poll/poller.ts';
import type { ControllerMetrics } from './controller-metrics.ts';

/** What it tells to. */
export interface ControllerObserverOptions {
  readonly metrics: ControllerMetrics;
  readonly logger: Logger;
  readonly onNodeNews: WorkObserver['onNodeNews'];
}

/**
 * Everything that is told, in the log and in numbers. A poll that brings nothing is no line: it comes every few seconds. Sentences are ours, and
 * what a server has said stands beside them, as the error: warnings go to the platform as well, and those words do not.
 */
export class ControllerObserver
  implements PollObserver, AckObserver, DeskObserver, WorkObserver, DryWriterObserver, LeaderObserver
{
  readonly #metrics: ControllerMetrics;
  readonly #logger: Logger;
  readonly #onNodeNews: WorkObserver['onNodeNews'];
  readonly #held = new Map<string, readonly HeldPod[]>();
  #lease: Said | undefined;
  #records: Said | undefined;
  #switch: Said | undefined;

  constructor({ metrics, logger, onNodeNews }: ControllerObserverOptions) {
    this.#metrics = metrics;
    this.#logger = logger;
    this.#onNodeNews = onNodeNews;
  }

  /** Pods that hold up drains. */
  get held(): readonly HeldPod[] {
    return [...this.#held.values()].flat();
  }

  /** What was said last of the lease, and of the records or the switch while they cannot be used. */
  get heard(): { lease: Said | undefined; records: Said | undefined } {
    return { lease: this.#lease, records: this.#records ?? this.#switch };
  }

  /** The records of terms before cannot be taken over; it is tried again, and the verdict says so once. */
  onTakeOverFailed(error: unknown): void {
    this.#records = said(error);
    this.#logger.debug('the records cannot be taken over', { error });
  }

  onPolled({ namelessCount }: Asked): void {
    this.#metrics.onAnswered();
    if (namelessCount === 0) return;
    this.#metrics.nameless.inc(namelessCount);
    this.#logger.warn(`${namelessCount} actions of an answer have no id by which they could be acknowledged`);
  }

  onPollFailed({ kind, detail, hint }: Verdict, delayMs: number): void {
    this.#metrics.polls.inc({ result: 'failed' });
    // What lasts is told by the verdict, once when it begins and once when it ends.
    this.#logger.debug('a poll failed', { code: kind, delayMs, error: detail, ...hinted(hint) });
  }

  onAcked({ id, error }: Ack): void {
    this.#metrics.acks.inc({ result: 'taken' });
    this.#logger.debug('acknowledged', { action: id, reason: error === null ? 'done' : 'failed' });
  }

  onAckFailed({ id }: Ack, { kind, detail }: Verdict): void {
    this.#metrics.acks.inc({ result: 'failed' });
    this.#logger.debug('an acknowledgement failed', { action: id, code: kind, error: detail });
  }

  onAckWithheld({ id, error }: Ack): void {
    this.#metrics.acks.inc({ result: 'withheld' });
    this.#logger.info('dry run: would be acknowledged', { action: id, reason: error === null ? 'done' : 'failed' });
  }

  onBegun({ id, kind, target }: ActionRecord): void {
    this.#metrics.begun.inc({ kind });
    this.#logger.info(`${kind} begins`, { action: id, uid: target.is === 'found' ? target.uid : target.is });
  }

  onFinished(record: ActionRecord, outcome: ActionOutcome, tookMs: number): void {
    const { id, kind } = record;
    this.#metrics.onFinished(record, outcome, tookMs);
    // What it says of pods by name is on the page, on the node and in the acknowledgement; names are in no log.
    if (outcome.is === 'done') this.#logger.info(`${kind} is done`, { action: id, durationMs: Math.round(tookMs) });
    else this.#logger.warn(`${kind} failed`, { action: id, code: outcome.code, durationMs: Math.round(tookMs) });
  }

  onStoreFailed(error: unknown): void {
    this.#records = said(error);
    this.#metrics.storeFailures.inc();
    this.#logger.warn('a record could not be stored', { error });
  }

  onStored(): void {
    this.#records = undefined;
  }

  onResolveFailed({ id, kind }: ActionFacts, error: unknown): void {
    this.#logger.warn(`what ${kind} is about cannot be read`, { action: id, error });
  }

  onForgotten(record: ActionRecord, wasTold: boolean, wasBegun: boolean): void {
    const { id, kind, target, step, outcome } = record;
    this.#metrics.forgotten.inc({ told: wasTold ? 'yes' : 'no' });
    if (wasTold) return;
    if (outcome !== undefined || !wasBegun) {
      this.#logger.info(`${kind} is asked for no more`, { action: id });
      return;
    }
    // Nobody will hear of it by an acknowledgement: whoever looks after the node has to.
    this.#logger.warn(`${kind} was begun, is not done, and is asked for no more`, { action: id, reason: step });
    if (target.is !== 'found' || target.node === undefined) return;
    this.#onNodeNews({ name: target.node, uid: target.uid }, abandonedNews(record));
  }

  onTakenOver(records: number, unreadable: number): void {
    // A term begins: what was said of switch and waits is of one before, and the first poll may take minutes.
    this.#records = undefined;
    this.#switch = undefined;
    this.#metrics.onWaiting(undefined);
    this.#logger.info(`${records} actions of terms before are known`);
    if (unreadable > 0) this.#logger.warn(`${unreadable} records cannot be read; their actions are not begun again`);
  }

  onAdmitted({ waiting }: Admissions): void {
    this.#metrics.onWaiting(waiting);
  }

  onSwitchFailed(error: unknown): void {
    this.#switch = said(error);
    this.#logger.warn('whether new actions are stopped cannot be read, so none begins', { error });
  }

  onSwitchRead(): void {
    this.#switch = undefined;
  }

  onFull(left: number): void {
    this.#metrics.notTaken.inc(left);
    this.#logger.warn(`${left} actions are left to the next poll: too many are known`);
  }

  onFenced(): void {
    this.#metrics.fenced.inc();
    this.#logger.warn('another leader writes: everything here is let go');
  }

  onNodeNews(node: { readonly name: string; readonly uid: string }, news: NodeNews): void {
    this.#onNodeNews(node, news);
  }

  onHeld(actionId: string, held: readonly HeldPod[]): void {
    if (held.length === 0) this.#held.delete(actionId);
    else this.#held.set(actionId, held);
  }

  onEventLost(error: unknown): void {
    this.#metrics.eventsLost.inc();
    this.#logger.debug('an event about a node could not be written', { error });
  }

  onDryWrite(verb: 'patch' | 'create' | 'delete', path: string): void {
    this.#metrics.dryWrites.inc({ verb });
    this.#logger.info(`dry run: would ${verb} ${resourceIn(path)}`);
  }

  onDryEviction({ uid }: PodName, how: 'evict' | 'delete'): void {
    this.#metrics.dryWrites.inc({ verb: how });
    this.#logger.info(`dry run: would ${how} a pod`, { uid });
  }

  onLead(transitions: number): void {
    this.#logger.info('this replica leads', { transitions });
  }

  onFollow(holder: string): void {
    this.#logger.info('another replica leads', { holder });
  }

  onLost(reason: LossReason): void {
    this.#logger.warn(`this replica leads no more: ${reason}`);
  }

  onLeaseFailed(error: unknown, hint: string): void {
    this.#lease = { ...said(error), ...(hint === '' ? {} : { hint }) };
    this.#logger.warn('the lease cannot be used', { error, ...hinted(hint) });
  }
}

/** What to do, where there is something. */
function hinted(hint = ''): { readonly hint?: string } {
  return hint === '' ? {} : { hint };
}

/** What becomes of a node that something was begun with that nobody wants any more. */
function abandonedNews({ kind, step }: ActionRecord): NodeNews {
  const left = kind === 'drainNode' && step !== 'cordon' ? '; the node stays cordoned' : '';
  const message = `${kind} was begun, stops in its step ${step}, and is asked for no more${left}`;
  return { type: 'Warning', reason: 'ActionAbandoned', message };
}

/** `nodes`, `things.example.com`: of a path all but names. */
function resourceIn(path: string): string {
  const [, root = '', group = '', ...rest] = path.split('/');
  const below = root === 'api' ? rest : rest.slice(1);
  const resource = (below[0] === 'namespaces' && below.length > 2 ? below[2] : below[0]) ?? '';
  return root === 'api' ? resource : `${resource}.${group}`;
}
