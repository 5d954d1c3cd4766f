import type { Clock } from '@castai/shared/async/clock.ts';
import { randomChange } from '../../samples/random-change.ts';
import type { SampleObject } from '../../samples/sample-cluster.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { Objects } from './objects.ts';
import type { ResourceTable } from './resource-table.ts';
import { type ResourceType, resourceTypeId } from './resource-type.ts';
import type { Store } from './store.ts';
import { decodeObject } from './stored-object.ts';

/** What changes are made in. */
export interface ChurnContext {
  readonly store: Store;
  readonly table: ResourceTable;
  readonly objects: Objects;
  readonly clock: Clock;
}

/** Kinds that churn touches, and how often one is picked compared with the others: most of what happens is pods. */
const WEIGHTS: Readonly<Record<string, number>> = {
  pods: 70,
  nodes: 10,
  'deployments.apps': 6,
  'replicasets.apps': 6,
  'jobs.batch': 3,
  configmaps: 2,
  'horizontalpodautoscalers.autoscaling': 2,
  services: 1,
};

const TICK_MS = 20;
/**
 * The longest that a tick changes things, and never longer than it was since the last one: half of the time stays for who lists and
 * watches. A fake that was asked for more than it can make would answer nobody, and what was to be measured would be the fake.
 */
const MAX_TICK_MS = 100;

interface Pace {
  readonly perSecond: number;
  readonly touchShare: number;
}

/** How far churn has come. Instants are of the monotonic clock. */
interface Progress {
  readonly startedMs: number;
  /** When the last tick ended. */
  readonly restedFromMs: number;
  /** Changes that were due so far, made or not. */
  readonly due: number;
}

/** Changes objects at random, as a living cluster does: reproducible from its seed. */
export class Churn {
  readonly #context: ChurnContext;
  readonly #random: SeededRandom;
  #cancel: () => void = () => undefined;

  constructor(context: ChurnContext, seed: number) {
    this.#context = context;
    this.#random = new SeededRandom(seed);
  }

  /**
   * Makes so many changes at once. Returns how many there were: none in a cluster without objects to change. `touchShare`, 0 to 1, of them
   * give an object a new version and nothing else, which costs the fake a tenth; whoever watches cannot tell. At `untilMs` of the monotonic
   * clock it ends with fewer.
   */
  change(count: number, touchShare = 0, untilMs = Infinity): number {
    for (let done = 0; done < count; done += 1) {
      const type = this.#pickType();
      if (type === undefined || this.#context.clock.monotonicMs() >= untilMs) return done;
      this.#changeOne(type, touchShare);
    }
    return count;
  }

  /**
   * Goes on changing at this pace until told otherwise; 0 stops. What there is no time for is left out, not made up for: whoever judges by
   * the pace looks at how far the resourceVersion came.
   */
  run(perSecond: number, touchShare = 0): void {
    this.#cancel();
    this.#cancel = () => undefined;
    const nowMs = this.#context.clock.monotonicMs();
    if (perSecond > 0) this.#tick({ perSecond, touchShare }, { startedMs: nowMs, restedFromMs: nowMs, due: 0 });
  }

  #tick(pace: Pace, { startedMs, restedFromMs, due: before }: Progress): void {
    const { clock } = this.#context;
    const { perSecond, touchShare } = pace;
    this.#cancel = clock.setTimer(TICK_MS, () => {
      const nowMs = clock.monotonicMs();
      // By the time that has passed, not by ticks: a busy process would fall behind.
      const due = Math.floor(((nowMs - startedMs) * perSecond) / 1000);
      this.change(Math.min(due - before, perSecond), touchShare, nowMs + Math.min(nowMs - restedFromMs, MAX_TICK_MS));
      this.#tick(pace, { startedMs, restedFromMs: clock.monotonicMs(), due });
    });
  }

  #pickType(): ResourceType | undefined {
    const { store, table } = this.#context;
    const present = Object.entries(WEIGHTS).filter(([id]) => store.kind(id).objects.size > 0);
    let left = this.#random.next() * present.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [id, weight] of present) {
      left -= weight;
      if (left <= 0) return table.byId(id);
    }
    return undefined;
  }

  #changeOne(type: ResourceType, touchShare: number): void {
    const { store, objects } = this.#context;
    const kind = store.kind(resourceTypeId(type));
    const stored = kind.nth(this.#random.integer(kind.objects.size));
    if (stored === undefined) return;
    if (touchShare > 0 && this.#random.chance(touchShare)) {
      objects.touch(type, stored);
      return;
    }
    const before = decodeObject(type, stored) as SampleObject;
    const change = randomChange(this.#random, before);
    const { name, namespace } = before.metadata;
    const target = { type, namespace, name };
    if (change.type === 'update') objects.update(target, change.object);
    if (change.type === 'delete' || change.type === 'recreate') objects.purge(target);
    if (change.type === 'create' || change.type === 'recreate') {
      const { creationTimestamp: _created, ...metadata } = change.object.metadata;
      objects.create(type, { ...change.object, metadata });
    }
  }
}
