import type { Mover, Others } from './mover.ts';

/** By groups of pods with the same nodes, by what never changes: of which group a pod is, and whether two have a node in common. */
export interface Reach {
  groupOf(pod: Mover['pod']): number;
  overlap(a: number, b: number): boolean;
}

/** All pods that move or wait, by whom they may meet: what is asked of them is asked for thousands. */
export class Crowd {
  readonly #groups: readonly (readonly [group: number, movers: readonly Mover[]])[];
  readonly #reach: Reach;
  readonly #met = new Map<number, Gathering>();
  readonly #everyone: readonly Mover[];
  readonly #apart: readonly Mover[];

  constructor(movers: readonly Mover[], reach: Reach) {
    this.#everyone = movers;
    this.#apart = movers.filter(({ pod }) => pod.demand.antiAffinity.length > 0);
    this.#groups = [...Map.groupBy(movers, ({ pod }) => reach.groupOf(pod))];
    this.#reach = reach;
  }

  /** The others for one pod of a mover. */
  around(mover: Mover): Others {
    const group = this.#reach.groupOf(mover.pod);
    let gathering = this.#met.get(group);
    if (gathering === undefined) {
      const movers = this.#groups.filter(([other]) => this.#reach.overlap(group, other)).flatMap(([, list]) => list);
      this.#met.set(group, (gathering = new Gathering(movers)));
    }
    const near = gathering;
    const [everyone, apart] = [this.#everyone, this.#apart];
    return {
      // Lists are made when a rule asks: most do not, and there are thousands.
      get movers() {
        return less(near.movers, mover);
      },
      get everyone() {
        return less(everyone, mover);
      },
      get apart() {
        return less(apart, mover);
      },
      count: near.total('pods') - 1,
      total: (resource) => near.total(resource) - amountOf(mover, resource),
    };
  }
}

/** Movers with their sums. */
class Gathering {
  readonly movers: readonly Mover[];
  readonly #totals = new Map<string, number>();

  constructor(movers: readonly Mover[]) {
    this.movers = movers;
  }

  total(resource: string): number {
    let total = this.#totals.get(resource);
    if (total === undefined) {
      total = this.movers.reduce((sum, mover) => sum + mover.count * amountOf(mover, resource), 0);
      this.#totals.set(resource, total);
    }
    return total;
  }
}

function amountOf({ pod }: Mover, resource: string): number {
  return resource === 'pods' ? 1 : (pod.demand.requests[resource] ?? 0);
}

/** All but one pod of a mover. */
function less(movers: readonly Mover[], self: Mover): Mover[] {
  return movers.flatMap((one) => {
    if (one !== self) return [one];
    return one.count === 1 ? [] : [{ ...one, count: one.count - 1 }];
  });
}
