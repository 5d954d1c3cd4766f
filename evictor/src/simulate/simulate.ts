import { compareText } from '@castai/shared/compare-text.ts';
import type { BudgetRecord } from '../view/budget-record.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import { plus } from '../view/requests.ts';
import { atOnce } from './at-once.ts';
import type { Basis } from './basis.ts';
import type { Candidate } from './candidate.ts';
import { DisruptionAccount } from './disruption-account.ts';
import { firstLooker } from './first-look.ts';
import { PodKinds } from './gather-movers.ts';
import { placePods } from './place-pods.ts';
import { NodeSet } from './node-set.ts';
import { Placement } from './placement.ts';
import { Proof } from './proof.ts';
import type { Blocker } from './reason.ts';
import { Regions } from './regions.ts';
import type { Removal } from './removal.ts';
import { GoingOn } from './going-on.ts';
import type { SearchBefore } from './search-before.ts';
import { RemovalProof, TIME_IS_UP } from './removal-proof.ts';
import type { RemovalPolicy } from './removal-policy.ts';
import { showMoves } from './show-moves.ts';
import { WaitingPods } from './waiting-pods.ts';

/** What is asked. */
export interface SimulateOptions {
  readonly state: ClusterState;
  readonly policy: RemovalPolicy;
  readonly nowMs: number;
  /** Whether there is time to go on; asked for every kind of pod, first where the search begins. Left out: there is. */
  readonly hasTime?: () => boolean;
  /** What a search found that had no time for everything: this one goes on from there. Left out: it begins anew. */
  readonly before?: SearchBefore | undefined;
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
 *
 * A search that goes on from another proves anew, and at once, that what that one found can go, and comes then to the nodes it did not look at.
 * However little time there is, it finds out about one of them: so each is looked at some day, and none always last.
 */
export function simulate(options: SimulateOptions): Removal {
  return atOnce(simulateInSteps(options));
}

/** The same, a little at a time: whoever has other things to do does them between two steps. The state must stay as it is. */
export function* simulateInSteps(options: SimulateOptions): Generator<undefined, Removal> {
  const placement = new Placement(options.state, yield* placePods(options.state));
  const kinds = new PodKinds();
  const proof = new Proof(placement, kinds);
  const workloads = new Map(options.state.workloads.map((one) => [one.uid, one]));
  const basis: Basis = { placement, proof, kinds, workloads };
  return yield* new Search(options, basis, yield* WaitingPods.gather(basis)).run();
}

class Search {
  readonly #options: SimulateOptions;
  readonly #basis: Basis;
  readonly #removal: RemovalProof;
  readonly #account: DisruptionAccount;
  readonly #blockers = new Map<number, Blocker[]>();
  readonly #accepted: Candidate[] = [];
  /** What keeps the pods of a node without any other removal, by the index of each that was asked. */
  readonly #alone = new Map<number, Blocker[]>();
  readonly #goingOn: GoingOn;
  /** Regions in which one did not find room. */
  readonly #stopped = new Set<number>();
  /** Whether something was found out that the search before this one did not know. */
  #hasNews = false;

  constructor(options: SimulateOptions, basis: Basis, waiting: WaitingPods) {
    const { placement, proof } = basis;
    this.#options = options;
    this.#basis = basis;
    this.#account = new DisruptionAccount(options.state.budgets);
    this.#removal = new RemovalProof({
      placement,
      proof,
      waiting,
      headroom: options.policy.headroom,
      hasTime: () => this.#hasTime(),
    });
    this.#goingOn = new GoingOn(options.before);
  }

  *run(): Generator<undefined, Removal> {
    const looked: Candidate[] = [];
    const { policy, nowMs } = this.#options;
    const look = firstLooker(this.#basis, { policy, nowMs, account: this.#account });
    for (const placed of this.#basis.placement.nodes) {
      const { candidate, blockers } = look(placed);
      looked.push(candidate);
      if (blockers.length > 0) this.#blockers.set(placed.index, [...blockers]);
      yield;
    }
    const candidates = looked
      .filter(({ placed }) => !this.#blockers.has(placed.index))
      .toSorted((a, b) => a.size - b.size || compareText(a.placed.record.name, b.placed.record.name));
    const regions = yield* this.#regionsOf(candidates);
    yield* this.#search(candidates, regions);
    const gone = NodeSet.of(
      this.#basis.placement.nodes.length,
      this.#accepted.map(({ placed }) => placed.index),
    );
    for (const one of looked) {
      const { index } = one.placed;
      if (gone.has(index) || this.#goingOn.isSettled(index)) continue;
      yield;
      if (this.#isStopped(one, regions)) this.#block(index, LATER);
      this.#block(index, TIME_IS_UP.blocker);
      if (this.#isInTime()) yield* this.#addWhatKeepsAlone(one);
    }
    return yield* this.#result(gone);
  }

  #isInTime(): boolean {
    return this.#options.hasTime?.() !== false;
  }

  /** However little there is, it is enough for something new: or the same search would be made for ever. */
  #hasTime(): boolean {
    return this.#isInTime() || !this.#hasNews;
  }

  *#regionsOf(candidates: readonly Candidate[]): Generator<undefined, Regions> {
    const together = candidates.map(({ groups }) => groups);
    return new Regions([...together, ...(yield* this.#underOneBudget(candidates))], this.#basis.proof.statics);
  }

  *#search(candidates: readonly Candidate[], regions: Regions): Generator<undefined, void> {
    const { carried, waiting, known } = this.#goingOn.inTurn(candidates);
    for (const { index, blockers } of known) this.#blockers.set(index, [...blockers]);
    const all = [...carried, ...waiting];
    let next = 0;
    // What went together goes together still, most of the time.
    let stride = Math.max(1, carried.length);
    while (next < all.length && this.#hasTime()) {
      const some: Candidate[] = [];
      if (next >= carried.length && !this.#isInTime()) stride = 1;
      for (const one of all.slice(next, next + stride)) {
        yield;
        if (yield* this.#mayCome(one, regions)) some.push(one);
      }
      if (some.length === 0) next += stride;
      else if (yield* this.#accept(some)) {
        next += stride;
        stride *= 2;
      } else if (stride > 1) stride = Math.max(1, stride >> 2);
      else {
        for (const candidate of some) yield* this.#refuse(candidate, regions);
        next += 1;
      }
    }
  }

  /**
   * The groups whose pods share a budget. What a node that finds no room leaves in a budget would free others elsewhere, because that one is
   * *less* removable: with more headroom more would go.
   */
  *#underOneBudget(candidates: readonly Candidate[]): Generator<undefined, number[][]> {
    const groupsOf = new Map<BudgetRecord, Set<number>>();
    if (new Set(candidates.flatMap(({ groups }) => groups)).size < 2) return [];
    for (const { movers, groups } of candidates) {
      yield;
      for (const [index, { pod }] of movers.entries())
        for (const budget of this.#account.over(pod))
          groupsOf.set(budget, (groupsOf.get(budget) ?? new Set()).add(groups[index] ?? -1));
    }
    return [...groupsOf.values()].map((groups) => [...groups]);
  }

  /** Found once for each node. */
  *#askAlone(candidate: Candidate): Generator<undefined, Blocker[]> {
    const { index } = candidate.placed;
    let blockers = this.#alone.get(index);
    if (blockers === undefined) this.#alone.set(index, (blockers = yield* this.#removal.blockersAlone(candidate)));
    return blockers;
  }

  /** A node is told everything that stands in its way, not only what was found first. */
  *#addWhatKeepsAlone(candidate: Candidate): Generator<undefined, void> {
    const { index } = candidate.placed;
    // The search asked it, and said what it found.
    if (this.#alone.has(index)) return;
    const alone = yield* this.#askAlone(candidate);
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
    this.#note(...some);
    return true;
  }

  /** Says why a node cannot go with those before it. Where it is for want of room, nothing larger is looked at. */
  *#refuse(candidate: Candidate, regions: Regions): Generator<undefined, void> {
    const { blockers } = this.#account.ask(candidate.pods);
    const objection = yield* this.#removal.objection([...this.#accepted, candidate]);
    this.#blockers.set(candidate.placed.index, [...blockers, ...(objection === undefined ? [] : [objection.blocker])]);
    if (objection !== TIME_IS_UP) this.#note(candidate);
    if (objection?.isForRoom === true) for (const group of candidate.groups) this.#stopped.add(regions.of(group));
  }

  *#mayCome(candidate: Candidate, regions: Regions): Generator<undefined, boolean> {
    const { index } = candidate.placed;
    if (this.#isStopped(candidate, regions)) {
      this.#block(index, LATER);
      return false;
    }
    if (!this.#hasTime()) return false;
    const alone = yield* this.#askAlone(candidate);
    if (alone.length === 0) return true;
    this.#blockers.set(index, alone);
    this.#note(candidate);
    return false;
  }

  #isStopped({ groups }: Candidate, regions: Regions): boolean {
    return this.#stopped.size > 0 && groups.some((group) => this.#stopped.has(regions.of(group)));
  }

  /** Something was found out about these. */
  #note(...some: readonly Candidate[]): void {
    this.#hasNews ||= some.some((one) => !this.#goingOn.isCarried(one));
  }

  #block(index: number, blocker: Blocker): void {
    if (!this.#blockers.has(index)) this.#blockers.set(index, [blocker]);
  }

  *#result(gone: NodeSet): Generator<undefined, Removal> {
    const { placement, proof } = this.#basis;
    const places = new Map<string, NodeSet>();
    const moves = yield* showMoves({
      placement,
      gone,
      headroom: this.#options.policy.headroom,
      movers: this.#accepted.flatMap(({ placed, pods }) => pods.map((pod) => ({ pod, home: placed.index, count: 1 }))),
      placesOf: (mover, scene) => {
        const key = proof.keyOf(mover);
        let found = places.get(key);
        if (found === undefined) places.set(key, (found = proof.placesOf(mover, scene)));
        return found;
      },
    });
    const { nodes } = placement;
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

const LATER: Blocker = { code: 'later', pod: '', detail: '' };
