import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { uidOf } from '@castai/shared/kube/kube-item.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { ModelAgent } from './model-agent.ts';
import { ModelDeltas } from './model-deltas.ts';
import { ModelMemory, type ModelNote, type ModelReceiver } from './model-delivery.ts';
import { ModelLease } from './model-lease.ts';
import { ModelCluster, type ModelCollection, toNumber } from './model-cluster.ts';
import { givenUpKey, type ModelFeed, ModelPlatform } from './model-platform.ts';
import { NAMES, SAYS_NOTHING, type Scenario, SPECS, type Step } from './schedule.ts';

/** Longer than the longest wait of the agent: ten minutes for a key that is refused, five to ten while fenced, ten for RBAC. */
const LONGEST_HEALING_MS = 45 * 60_000;
const HEALING_STEP_MS = 20_000;
/** A full snapshot that was begun beside another agent may wait two minutes for a feed, and has not read what the other one told meanwhile. */
const LONGEST_SNAPSHOT_MS = 150_000;

/** A cluster, a platform and the agents between them, on a clock that only the schedule moves. */
export class World {
  readonly clock = new ManualClock();
  readonly random: SeededRandom;
  readonly cluster: ModelCluster;
  readonly platform: ModelReceiver;
  readonly broken: string[] = [];
  readonly #lease: ModelLease | undefined;
  #started = 0;
  #startedAtMs = 0;
  /** When the last agent ended that ran beside the one which is left. */
  #rivalEndedAtMs = -Infinity;
  readonly #note: ModelNote = { written: { by: '', point: undefined } };
  /** Feeds that could not be read for a while: a full snapshot of that while is without them, and that API cannot say why. */
  readonly #unread = new Set<number>();
  readonly #scenario: Scenario;
  readonly #agents: ModelAgent[] = [];
  /** Agents that finish what they have in hand. */
  readonly #retired: ModelAgent[] = [];
  #scrubVersion = 1;
  /** The history was rewound: until all is even again nobody can say what the platform should hold, or what is older. */
  #isRewound = false;
  /** What was told to be left out, by feed and name: the platform may have an older state of it, or none if it never had one. */
  readonly #leftOut = new Set<string>();
  /** Feeds that discovery has missed once, rightly or not. */
  readonly #missed = new Set<number>();

  constructor(one: Scenario) {
    this.#scenario = one;
    this.random = new SeededRandom(one.seed);
    const dependencies = { clock: this.clock, random: this.random };
    this.cluster = new ModelCluster(
      SPECS.map(({ resource, mode }) => ({
        resource,
        mode,
        hasBookmarks: resource !== 'events',
        hasUids: resource === 'pods' || resource === 'nodes',
        isOpaque: resource === 'nodes' && (one.isOpaque ?? false),
      })),
      dependencies,
    );
    this.platform = one.wire === 'agent-deltas' ? new ModelDeltas(dependencies) : new ModelPlatform(dependencies);
    this.#lease = one.hasElection ? new ModelLease(dependencies) : undefined;
    this.platform.forbidsLateLeaders = one.hasElection;
    this.platform.maxBatchBytes = one.maxBatchBytes;
    this.platform.linkMs = one.linkMs;
    this.cluster.watchLagMs = one.watchLagMs;
    this.platform.onApplied = (modelFeed, before) => this.#witness(modelFeed, before);
    for (const collection of this.cluster.collections) {
      for (const one_ of NAMES.slice(0, one.objects)) this.cluster.write(collection, one_, 'put');
    }
  }

  /** What no schedule may bring about, and did. */
  get problems(): string[] {
    return [...this.broken, ...this.platform.violations];
  }

  #startAgent(): void {
    const { pageSize, pendingLimitBytes, readyBytes } = this.#scenario;
    const { cluster, platform, clock, random } = this;
    const onBroken = (what: string): void => void this.broken.push(what);
    const agentName = `agent-${String(++this.#started)}`;
    const agent = new ModelAgent({
      specs: SPECS,
      cluster,
      platform,
      lease: this.#lease,
      name: agentName,
      memory: new ModelMemory(agentName, this.#note, random),
      clock,
      random,
      scrubVersion: this.#scrubVersion,
      pageSize,
      pendingLimitBytes,
      readyBytes,
      onUnreadable: (feed, { name }) => void this.#leftOut.add(`${feed}/${name}`),
      onBroken,
    });
    this.#agents.push(agent);
    this.#startedAtMs = clock.monotonicMs();
    agent.start();
  }

  /** Plays the schedule and heals; stops at the first problem. Throws when platform and cluster never become equal. */
  async run(): Promise<void> {
    this.#startAgent();
    for (const one of this.#scenario.steps) {
      await this.#do(one);
      if (this.problems.length > 0) return;
    }
    await this.#heal();
  }

  /** All agents end. What is left of them afterwards is a problem. */
  async end(): Promise<void> {
    for (const agent of [...this.#agents, ...this.#retired]) agent.kill();
    // A document that was ended just now arrives, is read to its end, and is answered, each of which takes its time.
    await this.clock.advance(3 * this.#scenario.linkMs);
    const { openWatches } = this.cluster;
    const { pendingTimers } = this.clock;
    if (openWatches > 0) this.broken.push(`${String(openWatches)} watches were left open`);
    if (pendingTimers > 0) this.broken.push(`${String(pendingTimers)} timers were left behind`);
  }

  #retire(agent: ModelAgent | undefined): void {
    if (agent === undefined) return;
    this.#retired.push(agent);
    void agent.drain();
  }

  async #do(one: Step): Promise<void> {
    const { cluster, platform, clock } = this;
    const at = (index: number): ModelCollection => {
      const collection = cluster.collections[index];
      if (collection === undefined) throw new Error(`no collection ${String(index)}`);
      return collection;
    };
    switch (one.do) {
      case 'write':
        cluster.write(at(one.feed), one.name, one.action);
        return;
      case 'wait':
        return clock.advance(one.ms);
      case 'compact':
        cluster.compact(at(one.feed));
        return;
      case 'endWatches':
        cluster.endWatches(at(one.feed), 'end');
        return;
      case 'breakWatches':
        cluster.endWatches(at(one.feed), new KubeError('KUBE_STREAM_BROKEN', 'half a frame'));
        return;
      case 'forbid':
      case 'allow':
        at(one.feed).isAllowed = one.do === 'allow';
        this.#unread.add(one.feed);
        return;
      case 'remove':
      case 'serve':
        cluster.serve(at(one.feed), one.do === 'serve');
        this.#missed.add(one.feed);
        return;
      case 'hide':
        // Two misses in a row are believed, so a schedule may not have them.
        if (!this.#missed.has(one.feed)) cluster.hidden.push(at(one.feed));
        this.#missed.add(one.feed);
        return;
      case 'loseObjects':
        platform.loseObjects(SPECS[one.feed]?.resource ?? '');
        return;
      case 'failList':
        cluster.listFaults.push(one.code);
        return;
      case 'failWatch':
        cluster.watchFaults.push(one.code);
        return;
      case 'apiDown':
        cluster.isDown = true;
        if (this.#lease !== undefined) this.#lease.isDown = true;
        for (const collection of cluster.collections)
          cluster.endWatches(collection, new KubeError('KUBE_UNREACHABLE', 'reset'));
        return;
      case 'apiUp':
        cluster.isDown = false;
        if (this.#lease !== undefined) this.#lease.isDown = false;
        return;
      case 'checkpoint':
        platform.checkpoint();
        return;
      case 'restore':
        platform.restore();
        return;
      case 'platform':
        for (let i = 0; i < one.times; i += 1) platform.faults.push(one.fault);
        return;
      case 'poison':
        platform.poisoned.add(one.name);
        return;
      case 'cure':
        platform.poisoned.delete(one.name);
        return;
      case 'garble':
        cluster.garbled.add(one.name);
        return;
      case 'garbleOnce':
        cluster.garbledOnce.add(one.name);
        return;
      case 'unkeep':
        cluster.unkept.add(one.name);
        return;
      case 'mend':
        for (const names of [cluster.garbled, cluster.garbledOnce, cluster.unkept]) names.delete(one.name);
        return;
      case 'kill':
        this.#agents.pop()?.kill();
        this.#startAgent();
        return;
      case 'drain':
        this.#retire(this.#agents.pop());
        this.#startAgent();
        return;
      case 'upgrade':
        this.#scrubVersion += 1;
        this.#agents.pop()?.kill();
        this.#startAgent();
        return;
      case 'reversion':
        cluster.reversion(at(one.feed));
        return;
      case 'backup':
        // A history that is rewound and then outgrows what the agent has seen, before it could look, tells nobody anything.
        if (!this.#isRewound) cluster.backup();
        return;
      case 'rewind':
        // What was delivered and not claimed yet is behind a resume point that the rewound history still knows: who opens a session
        // in just that second cannot learn that it is not so any more. So all is even before.
        if (this.#difference() === undefined) this.#isRewound ||= cluster.rewind();
        platform.trusts = !this.#isRewound;
        return;
      case 'freeze':
        for (const agent of one.all ? this.#agents : this.#agents.slice(0, 1)) agent.freeze(one.ms);
        return;
      case 'loseLease':
        // A lease made anew counts from 0: what the platform has seen of the one before says nothing about it.
        platform.forbidsLateLeaders = false;
        this.#lease?.delete();
        return;
      case 'loseLeaseAnswer':
        if (this.#lease !== undefined) this.#lease.lostAnswers += 1;
        return;
      case 'rival':
        this.#startAgent();
    }
  }

  /** The faults stop, one agent is left, what was given up changes once more; then everything has to come right. */
  async #heal(): Promise<void> {
    const { cluster, platform, clock } = this;
    for (const rival of this.#agents.splice(0, this.#agents.length - 1)) {
      rival.kill();
      this.#rivalEndedAtMs = clock.monotonicMs();
    }
    Object.assign(cluster, { isDown: false });
    if (this.#lease !== undefined) Object.assign(this.#lease, { isDown: false, lostAnswers: 0 });
    for (const faults of [cluster.listFaults, cluster.watchFaults, platform.faults]) faults.length = 0;
    for (const names of [platform.poisoned, cluster.garbled, cluster.garbledOnce, cluster.unkept]) names.clear();
    for (const collection of cluster.collections) {
      collection.isAllowed = true;
      cluster.serve(collection, true);
    }
    // What was refused before may be given up only now, when what else the platform takes is known.
    const changed = new Set<string>();
    const changeGivenUp = (): void => {
      for (const collection of cluster.collections)
        for (const { metadata } of cluster.objects(collection).values()) {
          const key = givenUpKey(collection.resource, uidOf(metadata));
          const isLeftOut = this.#leftOut.has(`${collection.resource}/${metadata.name}`);
          if (changed.has(key) || !(isLeftOut || platform.givenUp.has(key))) continue;
          changed.add(key);
          cluster.write(collection, metadata.name, 'put');
        }
    };
    changeGivenUp();
    for (let waitedMs = 0; waitedMs < LONGEST_HEALING_MS && this.problems.length === 0; waitedMs += HEALING_STEP_MS) {
      await clock.advance(HEALING_STEP_MS);
      changeGivenUp();
      if (this.#difference() === undefined) return;
    }
    if (this.problems.length === 0) {
      throw new Error(`never equal: ${this.#difference() ?? ''}\n${JSON.stringify(this.#agents[0]?.status, null, 1)}`);
    }
  }

  #difference(): string | undefined {
    for (const [index, collection] of this.cluster.collections.entries()) {
      const { resource = '' } = SPECS[index] ?? {};
      const held = this.platform.feeds.find((one) => one.resource === resource);
      if (held === undefined) return `${resource} was never offered`;
      const want = versions(this.#mayLeave(collection));
      const got = sorted([...held.objects].map(([uid, { version }]) => [uid, version]));
      // What an earlier process has told of usage goes with the objects that are used, and the model has none.
      if (this.platform instanceof ModelDeltas && collection.mode === 'poll') {
        for (const uid of Object.keys(got)) if (!Object.hasOwn(want, uid)) delete got[uid];
      }
      if (JSON.stringify(want) !== JSON.stringify(got)) return `${resource}: ${JSON.stringify({ want, got })}`;
      const stale = this.#staleContent(collection, held);
      if (stale !== undefined) return `${resource}: ${stale}`;
      if (held.state !== 'SYNCED') return `${resource} is said to be ${held.state ?? 'nothing'}`;
      if (held.resync !== undefined) return `${resource} was asked for and not sent`;
      if (this.platform instanceof ModelDeltas) continue;
      if (held.resumePoint === undefined && collection.mode === 'watch') return `${resource} has no resume point`;
    }
    return undefined;
  }

  /** A state under its right version that is not the one of the cluster, or not as the agent tells it now. */
  #staleContent(collection: ModelCollection, { objects }: ModelFeed): string | undefined {
    // The second wire knows no versions that could stand for a state.
    if (this.platform instanceof ModelDeltas) return undefined;
    for (const [uid, { metadata, write }] of this.#mayLeave(collection)) {
      const want = JSON.stringify({ name: metadata.name, write, policy: this.#scrubVersion });
      const got = objects.get(uid)?.content;
      if (got !== want) return `${uid} is ${got ?? 'missing'}, not ${want}`;
    }
    return undefined;
  }

  #mayLeave(collection: ModelCollection): Map<string, KubeObject> {
    return new Map([...this.cluster.objects(collection)].filter(([, { metadata }]) => metadata.name !== SAYS_NOTHING));
  }

  /**
   * On the second wire a full snapshot replaces everything, also that of an agent which read earlier than another one and is heard later; and
   * it cannot tell that a feed could not be read.
   */
  #mayVanish(feed: number): boolean {
    if (!(this.platform instanceof ModelDeltas)) return false;
    const isAlone = this.#agents.length + this.#retired.length === 1;
    const nowMs = this.clock.monotonicMs();
    const isOtherGone = nowMs - this.#startedAtMs > 4 * this.#scenario.linkMs;
    const isReadAlone = nowMs - this.#rivalEndedAtMs > LONGEST_SNAPSHOT_MS;
    return !isAlone || !isOtherGone || !isReadAlone || this.#unread.has(feed) || this.#missed.has(feed);
  }

  /** On the second wire one whose uid cannot be read is there under its name. */
  #isHeld({ objects }: ModelFeed, uid: string): boolean {
    if (objects.has(uid) || !(this.platform instanceof ModelDeltas)) return objects.has(uid);
    return [...objects.values()].some(({ name }) => name === nameOf(uid));
  }

  #witness(held: ModelFeed, before: ReadonlySet<string>): void {
    const index = SPECS.findIndex(({ resource }) => resource === held.resource);
    const collection = this.cluster.collections[index];
    if (collection === undefined || this.#isRewound) return;
    if (this.#mayVanish(index)) return;
    const { givenUp, violations } = this.platform;
    const alive = this.#mayLeave(collection);
    for (const uid of before) {
      // Who has no uid may be gone for a moment, between two lives of the same name.
      if (!collection.hasUids) continue;
      if (
        alive.has(uid) &&
        !this.#isHeld(held, uid) &&
        !givenUp.has(givenUpKey(held.resource, uid)) &&
        collection.isServed
      ) {
        violations.push(`${held.resource}: ${uid} vanished although it exists`);
      }
    }
    if (held.resumePoint === undefined) return;
    const replayed = new Map([...held.objects].map(([uid, { version }]) => [uid, version]));
    for (const { type, version, object } of collection.log) {
      const { name, resourceVersion = '' } = object.metadata;
      if (version <= toNumber(held.resumePoint) || name === SAYS_NOTHING) continue;
      const uid = uidOf(object.metadata);
      if (type === 'DELETED') replayed.delete(uid);
      else replayed.set(uid, resourceVersion);
    }
    const isExcused = (uid: string): boolean =>
      givenUp.has(givenUpKey(held.resource, uid)) || this.#leftOut.has(`${held.resource}/${nameOf(uid)}`);
    const want = without(versions(alive), isExcused);
    const got = without(sorted([...replayed]), isExcused);
    if (JSON.stringify(want) === JSON.stringify(got)) return;
    violations.push(`${held.resource}: claimed ${held.resumePoint} too early: ${JSON.stringify({ want, got })}`);
  }
}

/** The name in a uid of the model, or in what stands for one. */
function nameOf(uid: string): string {
  return uid.startsWith('/') ? uid.slice(1) : uid.slice(0, uid.lastIndexOf('-'));
}

function versions(objects: ReadonlyMap<string, { metadata: { resourceVersion?: string } }>): Record<string, string> {
  return sorted([...objects].map(([uid, { metadata }]) => [uid, metadata.resourceVersion ?? '']));
}

function without(map: Record<string, string>, isExcused: (uid: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([uid]) => !isExcused(uid)));
}

function sorted(entries: [string, string][]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
