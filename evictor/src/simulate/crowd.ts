import type { Mover, Others } from './mover.ts';

/** Which pods may meet: those whose nodes overlap by what never changes, which is labels, names and taints. */
export interface Reach {
  /** Number of the group of pods with the same reach. */
  readonly group: number;
  /** Whether two groups have a node in common. */
  readonly overlap: (a: number, b: number) => boolean;
}

/** All pods that move or wait, by whom they may meet: what is asked of them is asked for thousands. */
export class Crowd {
  readonly #groups: readonly (readonly [group: number, movers: readonly Mover[]])[];
  readonly #overlap: Reach['overlap'];
  readonly #met = new Map<number, Gathering>();
  readonly #everyone: readonly Mover[];
  readonly #apart: readonly Mover[];

  constructor(movers: readonly Mover[], groupOf: (mover: Mover) => number, overlap: Reach['overlap']) {
    this.#everyone = movers;
    this.#apart = movers.filter(({ pod }) => pod.demand.antiAffinity.length > 0);
    this.#groups = [...Map.groupBy(movers, groupOf)];
    this.#overlap = overlap;
  }

  /** The others for one pod of a mover of that group. */
  around(mover: Mover, group: number): Others {
    let gathering = this.#met.get(group);
    if (gathering === undefined) {
      const movers = this.#groups.filter(([other]) => this.#overlap(group, other)).flatMap(([, list]) => list);
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
