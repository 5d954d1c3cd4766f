import { describe, expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { PodDrain } from './pod-drain.ts';

interface Pod {
  readonly name: string;
  /** Uid of its controller. */
  readonly owner?: string;
  readonly grace: number;
  isEnding?: boolean;
  /** A disruption budget does not let it go. */
  isGuarded?: boolean;
}

/** Pods of one node, their drain, and what it did, in order. */
class Stage {
  readonly clock = new ManualClock();
  readonly done: string[] = [];
  readonly drain: PodDrain;
  pods: Pod[] = [];
  isNodeMarked = true;
  looks = 0;
  readonly #over = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor({ awaitsEnd = false } = {}) {
    this.drain = new PodDrain({
      client: {
        get: async () => {
          this.looks += 1;
          return { kind: 'PodList', items: this.pods.map(toObject), metadata: {} };
        },
      },
      writer: {
        pods: {
          evict: async ({ name }) => {
            this.done.push(`ask ${name}`);
            const pod = this.pods.find((one) => one.name === name);
            if (pod?.isGuarded === true) {
              throw new KubeError('KUBE_THROTTLED', 'the budget forbids it', { causes: ['DisruptionBudget'] });
            }
            if (pod !== undefined) pod.isEnding = true;
            return 'asked';
          },
          remove: async () => {
            throw new Error('nobody is deleted past a budget');
          },
        },
      },
      nodeName: 'node-1',
      isNodeMarked: () => this.isNodeMarked,
      awaitsEnd,
      clock: this.clock,
      random: () => 1,
      observer: {
        onPlanned: (count) => this.done.push(`plan ${count}`),
        onAnswer: () => undefined,
        onListFailed: (error) => this.done.push(`failed ${String(error)}`),
        onHeld: () => undefined,
        onAllAsked: (count) => this.done.push(`all asked ${count}`),
      },
      onDrained: () => this.done.push('drained'),
    });
    this.#ended = this.drain.run(this.#over.signal).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#over.abort(new Error('the test is over'));
    await this.#ended;
  }
}

function toObject({ name, owner, grace, isEnding = false }: Pod): unknown {
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      ownerReferences: owner === undefined ? [] : [{ kind: 'ReplicaSet', uid: owner, controller: true }],
      ...(isEnding ? { deletionTimestamp: '2026-04-11T12:00:00Z' } : {}),
    },
    spec: { terminationGracePeriodSeconds: grace, priority: 0 },
    status: { phase: 'Running' },
  };
}

describe('evicting the pods of a node', () => {
  it('asks those first that need the longest to end', async () => {
    const stage = new Stage();
    stage.pods = [1, 600, 30, 120, 5, 60].map((grace) => ({ name: `grace-${grace}`, grace }));
    stage.drain.want('event-1');
    await stage.clock.advance(1000);
    expect(stage.done).toEqual([
      'plan 6',
      ...[600, 120, 60, 30, 5, 1].map((grace) => `ask grace-${grace}`),
      'all asked 6',
      'drained',
    ]);
    await stage.stop();
  });

  it('waits for the mark, because pods would come back to a node without it', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'app', grace: 1 }];
    stage.isNodeMarked = false;
    stage.drain.want('event-1');
    await stage.clock.advance(60_000);
    expect([stage.done, stage.drain.isPending]).toEqual([[], true]);
    stage.isNodeMarked = true;
    stage.drain.flush();
    await stage.clock.advance(1000);
    expect(stage.done).toContain('ask app');
    await stage.stop();
  });

  it('asks again and again where a budget forbids it, and says so once', async () => {
    const stage = new Stage();
    const guarded: Pod = { name: 'guarded', grace: 1, isGuarded: true };
    stage.pods = [guarded, { name: 'free', grace: 0 }];
    stage.drain.want('event-1');
    await stage.clock.advance(20_000);
    expect(stage.done.filter((step) => step === 'ask guarded').length).toBeGreaterThan(8);
    expect(stage.done.filter((step) => step.startsWith('plan'))).toEqual(['plan 2']);
    guarded.isGuarded = false;
    await stage.clock.advance(4000);
    expect(stage.done.at(-1)).toBe('drained');
    await stage.stop();
  });

  it('is through only when the pods have gone where somebody waits for that', async () => {
    const stage = new Stage({ awaitsEnd: true });
    stage.pods = [{ name: 'slow', grace: 30 }];
    stage.drain.want('event-1');
    await stage.clock.advance(30_000);
    expect(stage.done).toEqual(['plan 1', 'ask slow', 'all asked 1']);
    // Every few seconds: nodes of a mass preemption all look.
    expect(stage.looks).toBeLessThan(10);
    stage.pods = [];
    await stage.clock.advance(5000);
    expect(stage.done.at(-1)).toBe('drained');
    await stage.stop();
  });

  it('stops when the reason is gone', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'guarded', grace: 1, isGuarded: true }];
    stage.drain.want('event-1');
    await stage.clock.advance(1000);
    const asked = stage.done.length;
    stage.drain.drop('event-1');
    await stage.clock.advance(60_000);
    expect([stage.done.length, stage.done.includes('drained'), stage.clock.pendingTimers]).toEqual([asked, false, 0]);
    await stage.stop();
  });

  it('goes on for another reason, and begins anew for a later one', async () => {
    const stage = new Stage();
    const guarded: Pod = { name: 'guarded', grace: 1, isGuarded: true };
    stage.pods = [guarded];
    stage.drain.want('event-1');
    stage.drain.want('event-2');
    await stage.clock.advance(1000);
    stage.drain.drop('event-1');
    guarded.isGuarded = false;
    await stage.clock.advance(4000);
    expect([stage.done.at(-1), stage.drain.isPending]).toEqual(['drained', false]);
    stage.pods = [{ name: 'late', grace: 1 }];
    stage.drain.want('event-3');
    await stage.clock.advance(2000);
    expect(stage.done.slice(-4)).toEqual(['plan 1', 'ask late', 'all asked 1', 'drained']);
    await stage.stop();
  });

  it('asks pods that came back neither for a second notice, but anew when the node was given back in between', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'a-1', owner: 'a', grace: 1 }];
    stage.drain.want('event-1');
    await stage.clock.advance(1000);
    stage.pods = [{ name: 'a-2', owner: 'a', grace: 1 }];
    stage.drain.want('event-2');
    await stage.clock.advance(1000);
    const asked = (): string[] => stage.done.filter((step) => step.startsWith('ask'));
    expect([asked(), stage.drain.isPending]).toEqual([['ask a-1'], false]);
    stage.drain.drop('event-1');
    stage.drain.drop('event-2');
    stage.drain.want('event-3');
    await stage.clock.advance(1000);
    expect([asked(), stage.drain.isPending]).toEqual([['ask a-1', 'ask a-2'], false]);
    await stage.stop();
  });

  it('looks at once when something has happened that may let pods go', async () => {
    const stage = new Stage({ awaitsEnd: true });
    stage.pods = [{ name: 'slow', grace: 30, isEnding: true }];
    stage.drain.want('event-1');
    await stage.clock.advance(1000);
    const { looks } = stage;
    stage.drain.flush();
    await stage.clock.advance(0);
    expect([looks, stage.looks]).toEqual([1, 2]);
    await stage.stop();
  });

  it('names what holds it up', async () => {
    const stage = new Stage();
    stage.pods = [{ name: 'guarded', grace: 1, isGuarded: true }];
    stage.drain.want('event-1');
    await stage.clock.advance(1000);
    expect(stage.drain.held).toEqual([
      { namespace: 'default', name: 'guarded', uid: 'uid-guarded', reason: 'budget', detail: 'the budget forbids it' },
    ]);
    stage.drain.drop('event-1');
    expect(stage.drain.held).toEqual([]);
    await stage.stop();
  });
});
