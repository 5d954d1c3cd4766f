import type { Selector } from '../view/label-selector.ts';
import type { Labels } from '../view/parts.ts';
import { LabelIndex } from './label-index.ts';
import type { HeldByMover, Mover, Others } from './mover.ts';
import { TermIndex } from './term-index.ts';

/** By groups of pods with the same nodes, by what never changes: of which group a pod is, and whether two have a node in common. */
export interface Reach {
  groupOf(pod: Mover['pod']): number;
  overlap(a: number, b: number): boolean;
}

/** All pods that move or wait, by whom they may meet: what is asked of them is asked for thousands. */
export class Crowd {
  readonly #base: Crowd | undefined;
  readonly #groups: readonly (readonly [group: number, movers: readonly Mover[]])[];
  readonly #reach: Reach;
  readonly #met = new Map<number, Gathering>();
  readonly #everyone: readonly Mover[];
  #byLabels: LabelIndex<LabelledMover> | undefined;
  #terms: TermIndex<HeldByMover> | undefined;

  /** `base`: others that are the same in many crowds, and are put in order once. */
  constructor(movers: readonly Mover[], reach: Reach, base?: Crowd) {
    this.#base = base;
    this.#everyone = movers;
    this.#groups = [...Map.groupBy(movers, ({ pod }) => reach.groupOf(pod))];
    this.#reach = reach;
  }

  /** The others for one pod of a mover. */
  around(mover: Mover): Others {
    const near = this.#near(this.#reach.groupOf(mover.pod));
    // One and the same wherever it comes up: who is told twice counts once.
    const rest = mover.count > 1 ? [{ ...mover, count: mover.count - 1 }] : [];
    const others = (movers: readonly Mover[]): Mover[] => movers.flatMap((one) => (one === mover ? rest : [one]));
    return {
      // The list is made when a rule asks: most do not, and there are thousands.
      get movers() {
        return others(near.movers);
      },
      count: near.total('pods') - 1,
      total: (resource) => near.total(resource) - amountOf(mover, resource),
      selectedBy: (selector) => others(this.#selectedBy(selector)),
      termsAbout: (pod) =>
        this.#termsAbout(pod).flatMap((held) => others([held.mover]).map((one) => ({ ...held, mover: one }))),
    };
  }

  #near(group: number): Gathering {
    let gathering = this.#met.get(group);
    if (gathering === undefined) {
      const movers = this.#groups.filter(([other]) => this.#reach.overlap(group, other)).flatMap(([, list]) => list);
      this.#met.set(
        group,
        (gathering = new Gathering(movers, this.#base === undefined ? undefined : this.#base.#near(group))),
      );
    }
    return gathering;
  }

  #selectedBy(selector: Selector | undefined): Mover[] {
    this.#byLabels ??= new LabelIndex(this.#everyone.map((mover) => ({ labels: mover.pod.labels, mover })));
    const own = this.#byLabels.selectedBy(selector).map(({ mover }) => mover);
    return this.#base === undefined ? own : [...own, ...this.#base.#selectedBy(selector)];
  }

  #termsAbout(pod: Pick<Mover['pod'], 'labels'>): HeldByMover[] {
    this.#terms ??= new TermIndex(
      this.#everyone.flatMap((mover) => {
        const { namespace, demand } = mover.pod;
        return demand.antiAffinity.map((term) => ({ term, namespace, mover }));
      }),
    );
    const own = this.#terms.maybeAbout(pod);
    return this.#base === undefined ? own : [...own, ...this.#base.#termsAbout(pod)];
  }
}

interface LabelledMover {
  readonly labels: Labels;
  readonly mover: Mover;
}

/** Movers with their sums. */
class Gathering {
  readonly #own: readonly Mover[];
  readonly #base: Gathering | undefined;
  readonly #totals = new Map<string, number>();

  constructor(own: readonly Mover[], base: Gathering | undefined) {
    this.#own = own;
    this.#base = base;
  }

  get movers(): readonly Mover[] {
    return this.#base === undefined ? this.#own : [...this.#own, ...this.#base.movers];
  }

  total(resource: string): number {
    let total = this.#totals.get(resource);
    if (total === undefined) {
      const own = this.#own.reduce((sum, mover) => sum + mover.count * amountOf(mover, resource), 0);
      this.#totals.set(resource, (total = own + (this.#base?.total(resource) ?? 0)));
    }
    return total;
  }
}

function amountOf({ pod }: Mover, resource: string): number {
  return resource === 'pods' ? 1 : (pod.demand.requests[resource] ?? 0);
}
