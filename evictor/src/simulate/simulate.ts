import { compare } from '../view/compare.ts';
import type { BudgetRecord } from '../view/budget-record.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { WorkloadRecord } from '../view/workload-record.ts';
import { plus } from '../view/requests.ts';
import { type Candidate, sizeOf } from './candidate.ts';
import { DisruptionAccount } from './disruption-account.ts';
import { gatherMovers, PodKinds } from './gather-movers.ts';
import { judgeNode } from './judge-node.ts';
import { judgePod } from './judge-pod.ts';
import { Placement } from './placement.ts';
import type { PlacedNode } from './placed-node.ts';
import { Proof } from './proof.ts';
import type { Blocker } from './reason.ts';
import { Regions } from './regions.ts';
import type { Removal } from './removal.ts';
import { RemovalProof, TIME_IS_UP } from './removal-proof.ts';
import type { RemovalPolicy } from './removal-policy.ts';
import { showMoves } from './show-moves.ts';

/** What is asked. */
export interface SimulateOptions {
  readonly state: ClusterState;
  readonly policy: RemovalPolicy;
  readonly nowMs: number;
  /** Whether there is time to go on; asked for every kind of pod. Left out: there is. */
  readonly hasTime?: () => boolean;
}

/**
 * Which nodes could be removed together. Pure: the same state in any order gives the same answer.
 *
 * Candidates come smallest first: by what their pods request together, and the largest one of them once more, because a large one is hard to
 * place. Each that is accepted is seen by the next. One that finds no room with those before it ends the search among all nodes whose pods
 * could come to the same places: taking a larger one instead would free it because another one cannot go.
 *
 * What costs time is asked for one candidate after another, so that some are found however large the cluster is. What else keeps the nodes that
 * stay comes last, while there is time.
 */
export function simulate(options: SimulateOptions): Removal {
  const steps = simulateInSteps(options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same, a little at a time: whoever has other things to do does them between two steps. The state must stay as it is. */
export function* simulateInSteps(options: SimulateOptions): Generator<undefined, Removal> {
  return yield* new Search(options).run();
}

class Search {
  readonly #options: SimulateOptions;
  readonly #placement: Placement;
  readonly #proof: Proof;
  readonly #removal: RemovalProof;
  readonly #kinds = new PodKinds();
  readonly #account: DisruptionAccount;
  readonly #workloads: ReadonlyMap<string, WorkloadRecord>;
  readonly #blockers = new Map<number, Blocker[]>();
  readonly #accepted: Candidate[] = [];
  /** What keeps the pods of a node without any other removal, by the index of each that was asked. */
  readonly #alone = new Map<number, Blocker[]>();

  constructor(options: SimulateOptions) {
    this.#options = options;
    this.#placement = new Placement(options.state);
    this.#proof = new Proof(this.#placement, this.#kinds);
    this.#account = new DisruptionAccount(options.state.budgets);
    this.#workloads = new Map(options.state.workloads.map((one) => [one.uid, one]));
    this.#removal = new RemovalProof({
      placement: this.#placement,
      proof: this.#proof,
      kinds: this.#kinds,
      workloads: this.#workloads,
      headroom: options.policy.headroom,
      hasTime: () => this.#hasTime(),
    });
  }

  *run(): Generator<undefined, Removal> {
    const looked: Candidate[] = [];
    const look = this.#looker();
    for (const placed of this.#placement.nodes) {
      looked.push(look(placed));
      yield;
    }
    const candidates = looked
      .filter(({ placed }) => !this.#blockers.has(placed.index))
      .toSorted((a, b) => a.size - b.size || compare(a.placed.record.name, b.placed.record.name));
    yield* this.#search(candidates);
    const gone = new Set(this.#accepted.map(({ placed }) => placed.index));
    for (const one of looked) {
      if (gone.has(one.placed.index)) continue;
      yield;
      this.#block(one.placed.index, TIME_IS_UP.blocker);
      if (this.#hasTime()) this.#addWhatKeepsAlone(one);
    }
    return this.#result(gone);
  }

  #hasTime(): boolean {
    return this.#options.hasTime?.() !== false;
  }

  *#search(candidates: readonly Candidate[]): Generator<undefined, void> {
    const stopped = new Set<number>();
    const together = candidates.map(({ groups }) => groups);
    const regions = new Regions([...together, ...this.#underOneBudget(candidates)], this.#proof.statics);
    let next = 0;
    let stride = 1;
    while (next < candidates.length && this.#hasTime()) {
      const some: Candidate[] = [];
      for (const one of candidates.slice(next, next + stride)) {
        yield;
        if (this.#mayCome(one, regions, stopped)) some.push(one);
      }
      if (some.length === 0) next += stride;
      else if (yield* this.#accept(some)) {
        next += stride;
        stride *= 2;
      } else if (stride > 1) stride = Math.max(1, stride >> 2);
      else {
        for (const candidate of some) yield* this.#refuse(candidate, regions, stopped);
        next += 1;
      }
    }
  }

  /**
   * The groups whose pods share a budget. What a node that finds no room leaves in a budget would free others elsewhere, because that one is
   * *less* removable: with more headroom more would go.
   */
  #underOneBudget(candidates: readonly Candidate[]): number[][] {
    const groupsOf = new Map<BudgetRecord, Set<number>>();
    if (new Set(candidates.flatMap(({ groups }) => groups)).size < 2) return [];
    for (const { movers, groups } of candidates) {
      for (const [index, { pod }] of movers.entries())
        for (const budget of this.#account.over(pod))
          groupsOf.set(budget, (groupsOf.get(budget) ?? new Set()).add(groups[index] ?? -1));
    }
    return [...groupsOf.values()].map((groups) => [...groups]);
  }

  /** Judges every node by what costs little: itself, its pods, the budgets. Those that nothing of it keeps have no blockers. */
  #looker(): (placed: PlacedNode) => Candidate {
    const { policy, nowMs } = this.#options;
    const context = {
      policy,
      workloads: this.#workloads,
      volumeProblem: (pod: PodRecord) => this.#proof.use.problem(pod),
    };
    const capacity = this.#placement.nodes.map(({ record }) => record.allocatable).reduce(plus, {});
    return (placed) => {
      const fates = placed.pods.map((pod) => ({ pod, fate: judgePod(pod, context) }));
      const pods = fates.flatMap(({ pod, fate }) => (fate.is === 'moves' ? [pod] : []));
      const movers = gatherMovers(pods, placed.index, this.#kinds);
      const blockers = [
        ...judgeNode(placed.record, policy, nowMs),
        ...fates.flatMap(({ fate }) => (fate.is === 'blocks' ? [fate.blocker] : [])),
        ...this.#account.ask(pods).blockers,
      ];
      if (blockers.length > 0) this.#blockers.set(placed.index, blockers);
      const groups = movers.map(({ pod }) => this.#proof.statics.groupOf(pod));
      return { placed, movers, pods, groups, size: sizeOf(pods, capacity) };
    };
  }

  /** Found once for each node. */
  #askAlone(candidate: Candidate): Blocker[] {
    const { index } = candidate.placed;
    let blockers = this.#alone.get(index);
    if (blockers === undefined) this.#alone.set(index, (blockers = this.#removal.blockersAlone(candidate)));
    return blockers;
  }

  /** A node is told everything that stands in its way, not only what was found first. */
  #addWhatKeepsAlone(candidate: Candidate): void {
    const { index } = candidate.placed;
    // The search asked it, and said what it found.
    if (this.#alone.has(index)) return;
    const alone = this.#askAlone(candidate);
    if (alone.length === 0) return;
    const known = this.#blockers.get(index) ?? [];
    this.#blockers.set(index, [...known.filter(({ code }) => code !== 'later' && code !== 'not_looked_at'), ...alone]);
  }

  /** Accepts all of them, or none. */
  *#accept(some: readonly Candidate[]): Generator<undefined, boolean> {
    const { blockers, withdrawal } = this.#account.ask(some.flatMap(({ pods }) => pods));
    if (blockers.length > 0 || (yield* this.#removal.objection([...this.#accepted, ...some])) !== undefined)
      return false;
    this.#account.take(withdrawal);
    this.#accepted.push(...some);
    return true;
  }

  /** Says why a node cannot go with those before it. Where it is for want of room, nothing larger is looked at. */
  *#refuse(candidate: Candidate, regions: Regions, stopped: Set<number>): Generator<undefined, void> {
    const { blockers } = this.#account.ask(candidate.pods);
    const objection = yield* this.#removal.objection([...this.#accepted, candidate]);
    this.#blockers.set(candidate.placed.index, [...blockers, ...(objection === undefined ? [] : [objection.blocker])]);
    if (objection?.isForRoom === true) for (const group of candidate.groups) stopped.add(regions.of(group));
  }

  #mayCome(candidate: Candidate, regions: Regions, stopped: ReadonlySet<number>): boolean {
    const { index } = candidate.placed;
    if (candidate.groups.some((group) => stopped.has(regions.of(group)))) {
      this.#block(index, { code: 'later', pod: '', detail: '' });
      return false;
    }
    if (!this.#hasTime()) return false;
    const alone = this.#askAlone(candidate);
    if (alone.length > 0) this.#blockers.set(index, alone);
    return alone.length === 0;
  }

  #block(index: number, blocker: Blocker): void {
    if (!this.#blockers.has(index)) this.#blockers.set(index, [blocker]);
  }

  #result(gone: ReadonlySet<number>): Removal {
    const places = new Map<string, readonly number[]>();
    const moves = showMoves({
      placement: this.#placement,
      gone,
      headroom: this.#options.policy.headroom,
      movers: this.#accepted.flatMap(({ placed, pods }) => pods.map((pod) => ({ pod, home: placed.index, count: 1 }))),
      placesOf: (mover, scene) => {
        const key = this.#proof.keyOf(mover);
        let found = places.get(key);
        if (found === undefined) places.set(key, (found = this.#proof.placesOf(mover, scene)));
        return found;
      },
    });
    const { nodes } = this.#placement;
    return {
      removable: nodes.flatMap(({ index, record }) =>
        gone.has(index) ? [{ node: record, moves: moves.get(index) ?? [] }] : [],
      ),
      blocked: nodes.flatMap(({ index, record }) => {
        const blockers = this.#blockers.get(index);
        return gone.has(index) || blockers === undefined ? [] : [{ node: record, blockers }];
      }),
      saved: nodes
        .filter(({ index }) => gone.has(index))
        .map(({ record }) => record.allocatable)
        .reduce(plus, {}),
    };
  }
}
