/** What is asked for no more: what is told of it, and what is left of it. */
import { createLogger } from '@castai/shared/log/logger.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeNews } from '../do/work.ts';
import { ControllerMetrics } from '../observe/controller-metrics.ts';
import { ControllerObserver } from '../observe/controller-observer.ts';
import { ACTION_KINDS } from '../poll/action.ts';
import { parseAnswer } from '../poll/parse-answer.ts';
import { ActionDesk } from './action-desk.ts';
import type { ActionRecord } from './action-record.ts';
import { FORGOTTEN_AFTER } from './action-state.ts';

const epoch = { lease: 'l', transitions: 1 };
const nothing = (): void => undefined;
const halfDrained: ActionRecord = {
  id: 'd-1',
  kind: 'drainNode',
  epoch,
  claimedAtMs: 0,
  target: { is: 'found', uid: 'node-uid', node: 'n-1' },
  step: 'evict',
  progress: { isCordonOurs: true },
};
const evicting: ActionRecord = { ...halfDrained, id: 'e-1', kind: 'evictPod', target: { is: 'found', uid: 'pod-uid' } };
const told: ActionRecord = { ...evicting, id: 'e-2', outcome: { is: 'done', detail: '' } };

/** One term of a desk whose store fails as the test says. */
class Stage {
  readonly clock = new ManualClock();
  readonly lines: { level: string; message: string; action?: string; reason?: string }[] = [];
  readonly news: [string, NodeNews][] = [];
  readonly erased: string[] = [];
  readonly saved: string[] = [];
  eraseFailures = 0;
  saveFailures = 0;
  switchFailures = 0;
  readonly #end = new AbortController();
  readonly observer: ControllerObserver;
  readonly desk: ActionDesk;
  #ended: Promise<unknown> = Promise.resolve();
  #records: readonly ActionRecord[] = [];

  constructor() {
    const { clock } = this;
    const no = (): boolean => false;
    const none = (): number => 0;
    this.observer = new ControllerObserver({
      metrics: new ControllerMetrics({
        clock,
        version: '1',
        isReady: no,
        isLeader: no,
        isPaused: no,
        isDryRun: false,
        counts: () => new Map(),
        pendingAcks: none,
        heldPods: none,
      }),
      logger: createLogger({
        level: 'info',
        name: 'test',
        clock,
        destination: { write: (line: string) => void this.lines.push(JSON.parse(line) as Stage['lines'][number]) },
      }),
      onNodeNews: ({ name }, news) => void this.news.push([name, news]),
    });
    const failing = (failures: 'eraseFailures' | 'saveFailures' | 'switchFailures'): void => {
      if (this[failures] === 0) return;
      this[failures] -= 1;
      throw new KubeError('KUBE_SERVER_ERROR', 'overloaded');
    };
    this.desk = new ActionDesk({
      store: {
        takeOver: async () => this.#records.map((record) => ({ is: 'record', record }) as const),
        save: async ({ id, step }) => {
          failing('saveFailures');
          this.saved.push(`${id} ${step}`);
          return 'saved';
        },
        erase: async (id) => {
          failing('eraseFailures');
          this.erased.push(id);
          return 'saved';
        },
      },
      // A step that never ends, but for the first one of a drain.
      worker: {
        resolve: async () => ({ is: 'found', uid: 'u', node: 'n' }),
        work: async ({ record }) =>
          record.step === 'cordon' ? { is: 'advanced', step: 'evict', progress: {} } : new Promise(() => undefined),
      },
      acks: { pendingCount: 0, want: nothing, withdraw: nothing, stop: nothing },
      killSwitch: {
        isPaused: async () => {
          failing('switchFailures');
          return false;
        },
      },
      caps: { all: 10, ofKind: {} },
      bounds: { kinds: new Set(ACTION_KINDS), resources: [] },
      program: 'test',
      observer: this.observer,
      onBroken: (error) => expect.fail(String(error)),
      clock,
      random: () => 1,
    });
  }

  async start(...records: readonly ActionRecord[]): Promise<void> {
    this.#records = records;
    this.#ended = this.desk.run(epoch, this.#end.signal, nothing).catch(nothing);
    await this.clock.advance(0);
  }

  /** So many polls that have these, as far apart as polls are that count. */
  async poll(count: number, ...items: readonly object[]): Promise<void> {
    for (let polls = 0; polls < count; polls += 1) {
      await this.clock.advance(30_000);
      this.desk.take(parseAnswer(items));
      await this.clock.advance(0);
    }
  }

  async stop(): Promise<void> {
    this.#end.abort(new Error('over'));
    await this.#ended;
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.stop());

describe('what is asked for no more', () => {
  it('and was begun is a line of the log, and an event where it was about a node', async () => {
    await stage.start(halfDrained, evicting, told);
    await stage.poll(FORGOTTEN_AFTER - 1);
    expect([stage.erased, stage.news]).toEqual([[], []]);
    await stage.poll(1);
    expect(stage.erased.toSorted()).toEqual(['d-1', 'e-1', 'e-2']);
    const warned = stage.lines.filter(({ level }) => level === 'warn');
    expect(warned.map(({ message, action, reason }) => [message, action, reason])).toEqual([
      ['drainNode was begun, is not done, and is asked for no more', 'd-1', 'evict'],
      ['evictPod was begun, is not done, and is asked for no more', 'e-1', 'evict'],
    ]);
    const message = 'drainNode was begun, stops in its step evict, and is asked for no more; the node stays cordoned';
    expect(stage.news).toEqual([['n-1', { type: 'Warning', reason: 'ActionAbandoned', message }]]);
  });

  it('is not begun as soon as its claim can be stored at last, and was not begun before', async () => {
    stage.saveFailures = Infinity;
    await stage.start();
    await stage.poll(1, { id: 'd-2', actionDrainNode: { nodeName: 'n', nodeId: 'x', drainTimeoutSeconds: 600 } });
    await stage.poll(FORGOTTEN_AFTER);
    stage.saveFailures = 0;
    await stage.poll(1);
    expect([stage.saved, stage.erased, stage.desk.runs.length]).toEqual([[], ['d-2'], 0]);
    expect([stage.lines.filter(({ message }) => message.includes('was begun')), stage.news]).toEqual([[], []]);
  });

  it('is removed for as long as that takes, told once, and then nothing is wrong any more', async () => {
    stage.eraseFailures = 3;
    await stage.start(told);
    await stage.poll(FORGOTTEN_AFTER);
    expect([stage.erased, stage.observer.heard.records?.code]).toEqual([[], 'KUBE_SERVER_ERROR']);
    await stage.poll(1);
    expect([stage.erased, stage.observer.heard.records, stage.desk.runs.length]).toEqual([['e-2'], undefined, 0]);
    expect(stage.lines.filter(({ message }) => message.includes('asked for no more')).length).toBe(1);
  });

  it('is left alone by whoever ends meanwhile', async () => {
    stage.eraseFailures = 1;
    await stage.start(told);
    await stage.poll(FORGOTTEN_AFTER);
    await stage.stop();
    await stage.clock.advance(600_000);
    expect([stage.erased, stage.clock.pendingTimers]).toEqual([[], 0]);
  });
});

describe('what could not be used counts until it can be again', () => {
  const drain = { id: 'd-2', actionDrainNode: { nodeName: 'n', nodeId: 'x', drainTimeoutSeconds: 600 } };
  const problem = (): string | undefined => stage.observer.heard.records?.code;

  it('be it a step of a long action that was stored at the second attempt', async () => {
    await stage.start();
    await stage.poll(1, drain);
    expect([problem(), stage.saved]).toEqual([undefined, ['d-2 cordon', 'd-2 evict']]);
    await stage.stop();
    stage = new Stage();
    await stage.start({ ...halfDrained, id: 'd-2', step: 'cordon' });
    stage.saveFailures = 1;
    await stage.poll(1, drain);
    expect(problem()).toBe('KUBE_SERVER_ERROR');
    await stage.poll(1, drain);
    expect([problem(), stage.desk.counts]).toEqual([undefined, new Map([['running', 1]])]);
  });

  it('or the switch, which is asked for no more when nobody waits for it', async () => {
    stage.switchFailures = 2;
    await stage.start();
    await stage.poll(1, drain);
    expect(problem()).toBe('KUBE_SERVER_ERROR');
    await stage.poll(1, drain);
    expect(problem()).toBe(undefined);
    await stage.stop();
    stage = new Stage();
    stage.switchFailures = Infinity;
    await stage.start();
    await stage.poll(1, drain);
    expect(problem()).toBe('KUBE_SERVER_ERROR');
    await stage.poll(FORGOTTEN_AFTER + 1);
    expect([problem(), stage.desk.runs.length]).toEqual([undefined, 0]);
  });
});
