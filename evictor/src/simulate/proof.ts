import { counted } from '../view/counted.ts';
import { ClaimUse } from './claim-use.ts';
import type { Crowd } from './crowd.ts';
import { mostHeadroom } from './most-headroom.ts';
import type { FillsAll, Hindrance, Mover, Others, Rule, RuleForMover, Scene } from './mover.ts';
import type { PodKinds } from './gather-movers.ts';
import { NodeSet } from './node-set.ts';
import { nameOf, type Placement } from './placement.ts';
import type { PlacedNode } from './placed-node.ts';
import type { Blocker, ReasonCode } from './reason.ts';
import { hostPortsRule } from './rules/host-ports.ts';
import { platformOf, platformRule } from './rules/platform.ts';
import { podAffinityRule } from './rules/pod-affinity.ts';
import { podAntiAffinityRule } from './rules/pod-anti-affinity.ts';
import { type Roomy, RoomyPlaces } from './roomy-places.ts';
import { roomRule } from './rules/room.ts';
import { topologySpreadRule } from './rules/topology-spread.ts';
import { volumesRule } from './rules/volumes.ts';
import { askInOrder, StandingPlaces } from './standing-places.ts';
import { StaticPlaces } from './static-places.ts';

/** Why a mover may find no place. */
export interface Objection {
  readonly blocker: Blocker;
  /** With more room it would. */
  readonly isForRoom: boolean;
}

/** What is found out about a mover before anybody asks for room. */
interface Ground {
  /** The nodes that take it if they have room, those that go among them. */
  readonly withoutRoom: NodeSet;
  readonly hindrances: readonly Hindrance[];
  /** Of the rules that can tell. */
  readonly fillsAll: readonly FillsAll[];
  /** How many nodes each rule keeps it off, by the rule that says so first, in the order of the rules. */
  readonly refused: ReadonlyMap<ReasonCode, number>;
}

/** What is found out about a mover. */
interface Found extends Ground {
  /** The nodes that take it as things stand, those that go among them: the want of room comes last. */
  readonly roomy: Roomy;
}

/**
 * Proves that pods find a place, whatever the scheduler does.
 *
 * Where the scheduler puts a pod is its own decision, and it decides for pods that were evicted together and for those that wait already
 * in an order of its own. A simulation that puts one after another finds one way of many, and another one may leave a pod without a
 * place. So each mover is asked for itself: the nodes that take it as things stand are counted, and how many of those the others could make
 * unfit for it at most. While some are left, it finds a place in every order. The bound is generous to the adversary: resources are added up
 * as if each could be used alone.
 */
export class Proof {
  readonly #placement: Placement;
  readonly #standing: StandingPlaces;
  /** Beside what the nodes themselves say. */
  readonly #rules: readonly Rule[];
  readonly #rooms = new RoomyPlaces();
  readonly #places = new Map<string, Found>();
  readonly #grounds = new Map<string, Ground>();
  readonly #kinds: PodKinds;
  readonly #minding = new Map<number, boolean>();
  #later: readonly PlacedNode[] | undefined;
  readonly statics: StaticPlaces;
  readonly use: ClaimUse;

  constructor(placement: Placement, kinds: PodKinds) {
    this.#placement = placement;
    this.#kinds = kinds;
    this.use = new ClaimUse(placement);
    this.statics = new StaticPlaces(placement, this.use);
    this.#standing = new StandingPlaces(placement);
    this.#rules = [
      platformRule,
      volumesRule(this.use, placement),
      hostPortsRule,
      podAntiAffinityRule,
      podAffinityRule,
      topologySpreadRule(placement),
    ];
  }

  /** Why it is not proven that a mover finds a place; undefined where it is. */
  objection(mover: Mover, scene: Scene, crowd: Crowd): Objection | undefined {
    const { roomy, withoutRoom, hindrances, fillsAll, refused } = this.#placesOf(mover, scene);
    const { places: all, rule: room } = roomy;
    const others = crowd.around(mover);
    // Each of the others is on one node at a time, and hinders there alone: with more places than others one is left.
    const isRoomy = (places: number): boolean => places > others.count && this.#isHinderedOnOneNode(mover, others);
    // Not one of the places has to be looked at for most pods of a large cluster.
    if (isRoomy(all.size - scene.gone.size)) return undefined;
    const places = all.without(scene.gone);
    if (isRoomy(places.size)) return undefined;
    if (isSure(places, { others, hindrances, room })) return undefined;
    const isFilled = fillsAll.some((fills) => fills(places, others));
    if (!isFilled && this.#isSureWithMoreHeadroom(places, { mover, scene, others, hindrances, room })) return undefined;
    const isForRoom = isLeft(withoutRoom.without(scene.gone), { others, hindrances });
    if (places.size === 0)
      return { blocker: objectTo(mover, [...refused, ...roomy.refused], scene.gone.size), isForRoom };
    const detail = `fits on ${counted(places.size, 'node')}, which ${counted(others.count, 'other pod')} could fill`;
    return { blocker: { code: 'crowded', pod: nameOf(mover.pod), detail }, isForRoom };
  }

  /** No other pod can make more than the one node unfit that it comes to: that takes an anti-affinity or a spread, which count domains. */
  #isHinderedOnOneNode({ pod }: Mover, others: Others): boolean {
    if (pod.demand.antiAffinity.length > 0 || pod.demand.spread.length > 0) return false;
    return this.#placement.whoMean(pod, others.termsAbout(pod)).length === 0;
  }

  /**
   * What is proven with more headroom holds with less: no node has less room then. A place that can be filled up in two ways is counted
   * twice, so that leaving it out may help; without this a node could go with more headroom, and not with less. Asked by whole percents, as
   * an operator tells them.
   */
  #isSureWithMoreHeadroom(
    all: NodeSet,
    { mover, scene, others, hindrances, room }: Bound & { readonly mover: Mover; readonly scene: Scene },
  ): boolean {
    if (room?.fillsAll?.(all, others) !== false) return false;
    const requests = { ...mover.pod.demand.requests, pods: 1 };
    const most = new Map<number, number>();
    for (const index of all.list()) {
      const node = this.#placement.nodes[index];
      if (node !== undefined) most.set(index, mostHeadroom(node, requests, MOST_HEADROOM));
    }
    // The same places with less room each prove nothing new.
    const steps = [...new Set(most.values())].filter((percent) => percent < MOST_HEADROOM).toSorted((a, b) => a - b);
    for (const last of steps) {
      const percent = last + 1;
      const left = all.filter((index) => (most.get(index) ?? -1) >= percent);
      const less = roomRule(mover, { ...scene, headroom: percent / 100 });
      if (left.size > 0 && isSure(left, { others, hindrances, room: less })) return true;
    }
    return false;
  }

  /** Whether any node has room for a mover, whoever its neighbours are. */
  hasRoom(mover: Mover): boolean {
    const scene = { placement: this.#placement, gone: NodeSet.NONE, headroom: 0 };
    const rules = roomRule(mover, scene)?.rules ?? [];
    const group = this.statics.groupOf(mover.pod);
    // What is ending makes room: a pod that waits for that has its place already.
    this.#later ??= this.#placement.nodes.map((node) =>
      node.used === node.usedLater ? node : { ...node, used: node.usedLater },
    );
    return this.#later.some((node) => this.statics.holds(group, node.index) && rules.every(({ lets }) => lets(node)));
  }

  /** The nodes that take a mover as things stand. */
  placesOf(mover: Mover, scene: Scene): NodeSet {
    return this.#placesOf(mover, scene).roomy.places.without(scene.gone);
  }

  /** The same for movers that have the same places. Which node they leave is part of it only where it matters. */
  keyOf(mover: Mover): string {
    const kind = this.#kinds.of(mover.pod);
    if (this.#dependsOnHome(mover)) return `${kind} ${mover.home}`;
    return `${kind} ${platformOf(mover, this.#placement).join(' ')}`;
  }

  /** Whether it matters for a pod which node it leaves: because of who stays there, or of how many there are. */
  #dependsOnHome({ pod }: Mover): boolean {
    const kind = this.#kinds.of(pod);
    let answer = this.#minding.get(kind);
    if (answer === undefined) {
      const { affinity, antiAffinity, spread } = pod.demand;
      answer = affinity.length + antiAffinity.length + spread.length > 0 || this.#placement.heldAgainst(pod).length > 0;
      this.#minding.set(kind, answer);
    }
    return answer;
  }

  /** Found once for each kind of pod and headroom, unless it depends on which nodes go. */
  #placesOf(mover: Mover, scene: Scene): Found {
    const { affinity, spread } = mover.pod.demand;
    if (affinity.length > 0 || spread.length > 0) return this.#askForRoom(mover, scene, this.#look(mover, scene));
    const kind = this.keyOf(mover);
    const key = `${kind} ${scene.headroom}`;
    let found = this.#places.get(key);
    if (found !== undefined) return found;
    let ground = this.#grounds.get(kind);
    if (ground === undefined) this.#grounds.set(kind, (ground = this.#look(mover, scene)));
    this.#places.set(key, (found = this.#askForRoom(mover, scene, ground)));
    return found;
  }

  #look(mover: Mover, scene: Scene): Ground {
    const made = this.#rules.flatMap((rule) => rule(mover, scene) ?? []);
    const rules = made.flatMap((one) => one.rules);
    const { places, refused } = askInOrder(this.#placement, rules, this.#standing.of(mover));
    return {
      withoutRoom: places,
      hindrances: made.flatMap(({ hindrance }) => hindrance ?? []),
      fillsAll: made.flatMap((one) => one.fillsAll ?? []),
      refused,
    };
  }

  #askForRoom(mover: Mover, scene: Scene, ground: Ground): Found {
    return { ...ground, roomy: this.#rooms.among(ground.withoutRoom, mover, scene) };
  }
}

/** What others can do about the places of a mover. */
interface Bound {
  readonly others: Others;
  readonly hindrances: readonly Hindrance[];
  readonly room: RuleForMover | undefined;
}

/** The largest share that HEADROOM_PERCENT may name. */
const MOST_HEADROOM = 90;

/** Whether a place is left whatever the others do. */
function isSure(places: NodeSet, { others, hindrances, room }: Bound): boolean {
  const all = room?.hindrance === undefined ? hindrances : [...hindrances, room.hindrance];
  // A place that can be filled up in two ways is counted twice by the first, and would make things worse by being there.
  if (isLeft(places, { others, hindrances: all })) return true;
  const firm = room?.firm?.(places, others);
  return firm !== undefined && isLeft(firm, { others, hindrances });
}

function isLeft(places: NodeSet, { others, hindrances }: Pick<Bound, 'others' | 'hindrances'>): boolean {
  let left = places.size;
  for (const hindrance of hindrances) if (left > 0) left -= hindrance(places, others);
  return left > 0;
}

/** The rule that came last kept it off the nodes that were nearest to a fit: that is the one to do something about. */
function objectTo(
  { pod }: Mover,
  refused: readonly (readonly [rule: ReasonCode, nodes: number])[],
  going: number,
): Blocker {
  const found = refused.filter(([, count]) => count > 0);
  const code = found.at(-1)?.[0];
  const counts = found.map(([one, count]) => `${one} ${count}`).join(', ');
  if (code === undefined) {
    return {
      code: 'crowded',
      pod: nameOf(pod),
      detail: going > 1 ? 'the nodes that would take it go as well' : 'there is no other node',
    };
  }
  return { code, pod: nameOf(pod), detail: `other nodes by what they lack: ${counts}` };
}
