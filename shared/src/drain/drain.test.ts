import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { KubeError } from '../kube/kube-error.ts';
import { Drain } from './drain.ts';
import type { DrainPolicy } from './drain-signals.ts';
import type { PodName } from './pod-view.ts';

interface Pod {
  readonly name: string;
  /** Uid of its controller. */
  readonly owner?: string;
  readonly isTolerant?: boolean;
  isEnding?: boolean;
  /** What its eviction throws. */
  refusal?: Error;
}

/** Pods of one node, a drain of it, and what it did, in order. */
class Stage {
  readonly clock = new ManualClock();
  readonly done: string[] = [];
  readonly pauses: number[] = [];
  /** What held it up, each time that it was told. */
  readonly told: string[][] = [];
  readonly over = new AbortController();
  readonly drain: Drain;
  pods: Pod[] = [];
  listFailure: Error | undefined;
  /** Evictions are never answered. */
  isHanging = false;

  constructor(policy: DrainPolicy = { awaitsEnd: false }) {
    const find = ({ name }: PodName): Pod | undefined => this.pods.find((pod) => pod.name === name);
    this.drain = new Drain({
      client: { get: async (path) => this.#list(path) },
      nodeName: 'node-1',
      policy,
      writer: {
        evict: async (pod, signal) => {
          this.done.push(`evict ${pod.name}`);
          if (this.isHanging)
            await new Promise((_, reject) => signal.addEventListener('abort', reject, { once: true }));
          const { refusal } = find(pod) ?? {};
          if (refusal !== undefined) throw refusal;
          Object.assign(find(pod) ?? {}, { isEnding: true });
          return 'asked';
        },
        remove: async (pod) => {
          this.done.push(`delete ${pod.name}`);
          this.pods = this.pods.filter(({ name }) => name !== pod.name);
          return 'asked';
        },
      },
      nextPauseMs: (retryAfterMs) => {
        this.pauses.push(retryAfterMs);
        return 1000;
      },
      clock: this.clock,
      observer: {
        onPlanned: (count) => this.done.push(`planned ${count}`),
        onAnswer: ({ name }, answer, error) =>
          this.done.push([name, answer.is, ...(error instanceof Error ? [error.message] : [])].join(' ')),
        onListFailed: (error) => this.done.push(`list failed: ${error instanceof Error ? error.message : ''}`),
        onHeld: (held) => this.told.push(held.map(({ name, reason, detail }) => `${name} ${reason} ${detail}`.trim())),
        onAllAsked: (count) => this.done.push(`all asked ${count}`),
      },
    });
  }

  async run(ms: number): Promise<unknown> {
    const outcome = this.drain.run(this.over.signal).catch((error: unknown) => error);
    await this.clock.advance(ms);
    return Promise.race([outcome, Promise.resolve().then(() => 'running')]);
  }

  #list(path: string): Record<string, unknown> {
    const { searchParams } = new URL(path, 'http://apiserver');
    this.done.push(`list ${searchParams.get('fieldSelector')} ${searchParams.get('continue') ?? ''}`.trim());
    if (this.listFailure !== undefined) throw this.listFailure;
    const from = Number(searchParams.get('continue') ?? 0);
    const limit = Number(searchParams.get('limit'));
    const items = this.pods.slice(from, from + limit).map(({ name, owner, isTolerant = false, isEnding = false }) => ({
      metadata: {
        name,
        namespace: 'default',
        uid: `uid-${name}`,
        ownerReferences: owner === undefined ? [] : [{ kind: 'ReplicaSet', uid: owner, controller: true }],
        ...(isEnding ? { deletionTimestamp: 'now' } : {}),
      },
      spec: { tolerations: isTolerant ? [{ operator: 'Exists' }] : [] },
    }));
    return {
      kind: 'PodList',
      items,
      metadata: from + limit < this.pods.length ? { continue: String(from + limit) } : {},
    };
  }
}

const LIST = 'list spec.nodeName=node-1';
const causes = ['DisruptionBudget'];
const budget = new KubeError('KUBE_THROTTLED', 'the budget forbids it', { retryAfterMs: 10_000, causes });

describe('a drain', () => {
  it('lists, asks, and looks again until nobody is left to ask', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'a' }];
    expect(await stage.run(1000)).toBe('drained');
    expect(stage.done).toEqual([LIST, 'planned 1', 'evict a', 'a asked', LIST, 'all asked 1']);
    expect([stage.clock.pendingTimers, getEventListeners(stage.over.signal, 'abort')]).toEqual([0, []]);
  });

  it('reads all pages of a node with many pods', async () => {
    const stage = new Stage();
    stage.pods = Array.from({ length: 120 }, (_, index) => ({ name: `pod-${index}`, isEnding: true }));
    expect(await stage.run(0)).toBe('drained');
    expect(stage.done).toEqual([LIST, `${LIST} 50`, `${LIST} 100`, 'all asked 0']);
  });

  it('tells what was refused and why, and hands the Retry-After to who decides the pause', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'a', refusal: budget }];
    expect(await stage.run(0)).toBe('running');
    expect(stage.done).toEqual([LIST, 'planned 1', 'evict a', 'a held the budget forbids it']);
    expect(stage.pauses).toEqual([10_000]);
    expect(stage.drain.held).toEqual([
      { namespace: 'default', name: 'a', uid: 'uid-a', reason: 'budget', detail: 'the budget forbids it' },
    ]);
    expect(stage.told).toEqual([['a budget the budget forbids it']]);
  });

  it('goes on after a list that failed', async () => {
    const stage = new Stage();
    stage.listFailure = new KubeError('KUBE_SERVER_ERROR', 'overloaded', { retryAfterMs: 3000 });
    expect(await stage.run(0)).toBe('running');
    stage.listFailure = undefined;
    await stage.clock.advance(1000);
    expect(stage.done).toEqual([LIST, 'list failed: overloaded', LIST, 'all asked 0']);
    expect(stage.pauses).toEqual([3000]);
  });

  it('waits for an answer that is late, and asks again beside it', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'a' }];
    stage.isHanging = true;
    expect(await stage.run(3000)).toBe('running');
    expect(stage.done.at(-1)).toBe('evict a');
    stage.isHanging = false;
    await stage.clock.advance(2000);
    expect(stage.done.slice(2)).toEqual([
      'evict a',
      'a held the API server gave no answer within 2 s; it is waited for',
      'evict a',
      'a held the API server gave no answer within 2 s; it is waited for',
      'evict a',
      'a asked',
      LIST,
      'all asked 1',
    ]);
  });

  it('waits for the end of the pods where that is awaited, with a look every five seconds', async () => {
    const stage = new Stage({ awaitsEnd: true });
    stage.pods = [{ name: 'a', isEnding: true }];
    expect(await stage.run(10_000)).toBe('running');
    expect(stage.done).toEqual([LIST, 'all asked 0', LIST, LIST]);
    expect(stage.told).toEqual([['a ending'], ['a ending'], ['a ending']]);
    stage.pods = [];
    await stage.clock.advance(5000);
    expect([stage.done.length, stage.clock.pendingTimers]).toEqual([5, 0]);
  });

  it('asks no pod that takes the place of one that it has made leave, and is through while it stands', async () => {
    const stage = new Stage({ awaitsEnd: true });
    stage.pods = [{ name: 'a-1', owner: 'a' }, { name: 'b-1' }];
    await stage.run(500);
    stage.pods = [
      { name: 'a-1', owner: 'a', isEnding: true },
      { name: 'a-2', owner: 'a' },
    ];
    await stage.clock.advance(1000);
    stage.pods = [
      { name: 'a-2', owner: 'a', isEnding: true },
      { name: 'a-3', owner: 'a' },
    ];
    await stage.clock.advance(5000);
    expect(stage.done.filter((step) => step.startsWith('evict'))).toEqual(['evict a-1', 'evict b-1']);
    expect([stage.done.at(-1), stage.clock.pendingTimers, stage.drain.held]).toEqual([LIST, 0, []]);
    // A later drain for the same mark goes on where this one ended.
    expect([...stage.drain.left]).toEqual(['a', 'default/b-1']);
  });

  it('asks a pod that tolerates every taint once, whatever it answers, and does not wait for it', async () => {
    const stage = new Stage({ awaitsEnd: true });
    stage.pods = [
      { name: 'a', isTolerant: true, refusal: budget },
      { name: 'b', isTolerant: true },
    ];
    expect(await stage.run(1000)).toBe('drained');
    expect(stage.done).toEqual([
      LIST,
      'planned 2',
      'evict a',
      'evict b',
      'a held the budget forbids it',
      'b asked',
      LIST,
      'all asked 1',
    ]);
    expect(stage.told).toEqual([]);
  });

  it('looks at once when it is woken up, and not a second time for the rest that was due', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'a', refusal: budget }];
    await stage.run(500);
    stage.drain.wake();
    await stage.clock.advance(999);
    expect(stage.done.filter((step) => step === LIST).length).toBe(2);
    await stage.clock.advance(1);
    expect(stage.done.filter((step) => step === LIST).length).toBe(3);
    stage.over.abort(new Error('the test is over'));
  });

  it('ends with what holds it up when time is up', async () => {
    const stage = new Stage({ awaitsEnd: true, limitMs: 5000 });
    stage.pods = [{ name: 'a', refusal: budget }];
    expect(await stage.run(5000)).toBe('expired');
    expect(stage.drain.held.map(({ name, reason }) => `${name} ${reason}`)).toEqual(['a budget']);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('with force deletes what is left when time is up', async () => {
    const stage = new Stage({ awaitsEnd: true, limitMs: 1500, force: { limitMs: 10_000 } });
    stage.pods = [{ name: 'a', refusal: budget }];
    expect(await stage.run(3000)).toBe('drained');
    expect(stage.done.slice(-4)).toEqual(['delete a', 'a asked', LIST, 'all asked 1']);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('stops at once, while it rests and while it asks', async () => {
    const resting = new Stage();
    resting.pods = [{ name: 'a', refusal: budget }];
    const ended = resting.run(0);
    await ended;
    resting.drain.stop();
    await resting.clock.advance(60_000);
    expect([resting.done.length, resting.clock.pendingTimers]).toEqual([4, 0]);

    const asking = new Stage();
    asking.pods = Array.from({ length: 9 }, (_, index) => ({ name: `pod-${index}` }));
    asking.isHanging = true;
    const outcome = asking.drain.run(asking.over.signal);
    await asking.clock.advance(0);
    asking.drain.stop();
    await asking.clock.advance(0);
    expect([await outcome, asking.done.filter((step) => step.startsWith('evict')).length]).toEqual(['stopped', 8]);
    expect(asking.clock.pendingTimers).toBe(0);
  });

  it('rejects with the reason of an abort, and leaves nothing behind', async () => {
    const stage = new Stage({ awaitsEnd: true, limitMs: 60_000 });
    stage.pods = [{ name: 'a', refusal: budget }];
    const run = stage.drain.run(stage.over.signal);
    await stage.clock.advance(10);
    const reason = new Error('the test is over');
    stage.over.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect([stage.clock.pendingTimers, getEventListeners(stage.over.signal, 'abort')]).toEqual([0, []]);
  });
});
