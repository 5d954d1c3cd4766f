import { AckOutbox, type AckSender } from '@castai/cluster-controller/ack/ack-outbox.ts';
import { ActionDesk, type ActionDeskOptions } from '@castai/cluster-controller/claim/action-desk.ts';
import { KillSwitch } from '@castai/cluster-controller/claim/kill-switch.ts';
import { KubeRecordStore, type RecordStore } from '@castai/cluster-controller/claim/record-store.ts';
import { workTerm } from '@castai/cluster-controller/claim/term.ts';
import { RealWriter } from '@castai/cluster-controller/do/cluster-writer.ts';
import { Worker } from '@castai/cluster-controller/do/worker.ts';
import { ACTION_KINDS } from '@castai/cluster-controller/poll/action.ts';
import { Poller } from '@castai/cluster-controller/poll/poller.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';

/** What one controller of a random run is made of. */
export interface ChaosControllerOptions extends Timing {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch' | 'delete'>;
  readonly platform: Pick<JsonClient, 'call'>;
  readonly namespace: string;
  /** Of the one lease that all fight for. */
  readonly transitions: number;
  readonly mostActions: number;
  readonly onBug: (error: unknown) => void;
  readonly sabotage: Sabotage;
}

/** Puts broken parts in the place of those that are given; absent: that one is whole. */
export interface Sabotage {
  readonly client?: (client: ChaosControllerOptions['client']) => ChaosControllerOptions['client'];
  readonly store?: (store: RecordStore) => RecordStore;
  readonly worker?: (worker: ActionDeskOptions['worker']) => ActionDeskOptions['worker'];
  readonly acks?: (acks: AckSender) => AckSender;
}

/**
 * One term of one controller, in this process: all parts of the program but its election, which the run plays. `forget` is what a process
 * learns when it looks at its own clock after it was frozen; until then it believes that it leads.
 */
export class ChaosController {
  readonly #end = new AbortController();
  readonly #ended: Promise<void>;
  #isHeld = true;

  constructor(options: ChaosControllerOptions) {
    const { platform, namespace, clock, random, onBug, transitions, mostActions, sabotage } = options;
    const broken = <T>(part: T, by: ((part: T) => T) | undefined): T => by?.(part) ?? part;
    const client = broken(options.client, sabotage.client);
    const timing = { clock, random };
    const isHeld = (): boolean => this.#isHeld;
    const nothing = (): void => undefined;
    const acks = new AckOutbox({
      platform,
      clusterId: 'c-1',
      ...timing,
      observer: { onAcked: nothing, onAckFailed: nothing },
      onSettled: (id) => desk.ackSettled(id),
      onBroken: onBug,
    });
    const worker = new Worker({
      client,
      writer: new RealWriter({ client, isHeld }),
      ...timing,
      observer: { onNodeNews: nothing, onHeld: nothing },
      forcesMarked: false,
      isEmptied: (uid) => desk.isEmptied(uid),
      reporter: 'chaos',
    });
    const desk: ActionDesk = new ActionDesk({
      store: broken<RecordStore>(new KubeRecordStore({ client, namespace, isHeld }), sabotage.store),
      worker: broken<ActionDeskOptions['worker']>(worker, sabotage.worker),
      acks: broken<AckSender>(acks, sabotage.acks),
      killSwitch: new KillSwitch(client, namespace),
      caps: { all: mostActions, ofKind: {} },
      bounds: { kinds: new Set(ACTION_KINDS), resources: ['configmaps'] },
      program: 'chaos',
      ...timing,
      observer: {
        onBegun: nothing,
        onFinished: nothing,
        onStoreFailed: nothing,
        onStored: nothing,
        onResolveFailed: nothing,
        onForgotten: nothing,
        onTakenOver: nothing,
        onAdmitted: nothing,
        onSwitchFailed: nothing,
        onSwitchRead: nothing,
        onFull: nothing,
        onFenced: nothing,
      },
      onBroken: onBug,
    });
    const poller = new Poller({
      platform,
      clusterId: 'c-1',
      kubernetesVersion: () => '',
      verdict: () => '',
      ...timing,
      observer: { onPolled: nothing, onPollFailed: nothing },
    });
    const { signal } = this.#end;
    const leadership = {
      evidence: { uid: 'l', transitions },
      // Fenced: it is over for good, as another one leads.
      giveBack: () => (this.#end.abort(new Error('given back')), true),
    };
    const onTakeOverFailed = (error: unknown): void => {
      if (!(error instanceof KubeError)) onBug(error);
    };
    const term = { leadership, desk, poller, ...timing, onTakeOverFailed, onBroken: onBug };
    this.#ended = workTerm(term, signal, signal);
  }

  /** It learns that its lease is over, and still works. */
  forget(): void {
    this.#isHeld = false;
  }

  /** Ends it as SIGKILL does: nothing is told to anybody. */
  async kill(): Promise<void> {
    this.#end.abort(new Error('killed'));
    await this.#ended;
  }
}
