import type { Clock } from '@castai/shared/async/clock.ts';
import { hearVersion, NOTHING_HEARD, type VersionBelief } from '../judge/believed-version.ts';
import type { DriftMemory } from '../judge/drift-memory.ts';
import type { DriftPolicy } from '../judge/judge-drift.ts';
import type { MaintenancePlan } from '../judge/maintenance.ts';
import type { PriceList } from '../judge/prices.ts';
import { type MixedSince, updateMixedSince } from '../judge/pool-evenness.ts';
import { type FullReport, makeReport, type ReportInput } from '../report/report.ts';
import { notLookedAt, type SearchBefore, turnsAfter } from '../simulate/search-before.ts';
import type { RemovalPolicy } from '../simulate/removal-policy.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import type { NodeRecord } from '../view/node-record.ts';
import type { Report } from '../view/view-feeds.ts';
import type { KarpenterDrifts } from './karpenter-drift.ts';
import { SearchTime } from './search-time.ts';

/** What a looker works with. */
export interface LookerOptions {
  readonly clock: Clock;
  readonly view: ClusterView;
  readonly reports: readonly Report[];
  /** What files say, as they are: read before each look. The same object while they say the same. */
  readonly readFiles: () => LookFiles;
  readonly driftPolicy: DriftPolicy;
  /** Maintenance windows, as they are known at the moment. */
  readonly plans: () => readonly MaintenancePlan[];
  /** What the term before has found out. */
  readonly before: Pick<DriftMemory, 'controlPlane' | 'mixedSinceMs'>;
  readonly karpenter: Pick<KarpenterDrifts, 'of'>;
  readonly cycleMs: number;
  readonly passMs: number;
  /** Asks the control plane for its version. */
  readonly askVersion: (signal: AbortSignal) => Promise<string>;
  readonly onReport: (report: FullReport) => void;
  /** Told of each answer about the version, and of what it failed with. */
  readonly onVersionAsked: (error: unknown) => void;
}

/** What files say about a look. */
export interface LookFiles {
  readonly removalPolicy: RemovalPolicy;
  /** Undefined: nobody said what nodes cost. */
  readonly prices: PriceList | undefined;
}

/** Nothing else of this program is done for so long. */
const BREATH_MS = 50;
/** Of the time of a look the search ends after so much; the rest is for telling what was found. */
const SEARCH_SHARE = 0.8;
/** Between two looks at whether there is something to look at. */
const BRIEF_MS = 1_000;
/** Ages and grace times go on while nothing changes. */
const LONGEST_REST_MS = 60_000;
/** A search that ended for want of time is gone on with after so long, while nothing changes. */
const CUT_REST_MS = LONGEST_REST_MS;
const VERSION_EVERY_MS = 300_000;
/** The second of two answers that have to be the same. */
const VERSION_AGAIN_MS = 60_000;

/**
 * Looks at the view when something that matters has changed, at most once in a cycle. Ages are looked at once a minute; which nodes could
 * go is then found anew only where that could be different.
 */
export class Looker {
  readonly #options: LookerOptions;
  #latest: FullReport | undefined;
  /** The changes of the view that the latest report knows. */
  #seen = -1;
  /** What was allowed when the latest report was made. */
  #seenPolicy: RemovalPolicy | undefined;
  /** When the latest search began; monotonic, in milliseconds. */
  #searchedAtMs = -Infinity;
  /** Whether there was once more to search than time: from then on each search goes on from the one before it. */
  #isLarge = false;
  #turns: ReadonlyMap<string, number> = new Map();
  #version: VersionBelief;
  #mixedSince: MixedSince;

  constructor(options: LookerOptions) {
    this.#options = options;
    // Whoever looked before has believed it: the first answer that is the same is the second one.
    this.#version = { ...NOTHING_HEARD, heard: options.before.controlPlane };
    this.#mixedSince = options.before.mixedSinceMs;
  }

  /** The newest report; undefined before the first. */
  get latest(): FullReport | undefined {
    return this.#latest;
  }

  /** What the next term should know. */
  get memory(): Pick<DriftMemory, 'controlPlane' | 'mixedSinceMs'> {
    return { controlPlane: this.#version.believed, mixedSinceMs: this.#mixedSince };
  }

  /** Runs until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    const { view, clock, cycleMs } = this.#options;
    let lookedAtMs = -Infinity;
    for (;;) {
      const isDue =
        view.changes !== this.#seen || clock.monotonicMs() - lookedAtMs >= Math.max(LONGEST_REST_MS, cycleMs);
      if (view.missing.length === 0 && isDue) {
        lookedAtMs = clock.monotonicMs();
        await this.#look(signal);
        await clock.sleep(cycleMs, signal);
      } else await clock.sleep(BRIEF_MS, signal);
    }
  }

  /** Keeps asking for the version of the control plane. */
  async runVersion(signal: AbortSignal): Promise<void> {
    const { askVersion, onVersionAsked, clock } = this.#options;
    for (;;) {
      try {
        this.#version = hearVersion(this.#version, await askVersion(signal));
        onVersionAsked(undefined);
      } catch (error) {
        signal.throwIfAborted();
        onVersionAsked(error);
      }
      const isSure = this.#version.believed !== undefined && this.#version.believed === this.#version.heard;
      await clock.sleep(isSure ? VERSION_EVERY_MS : VERSION_AGAIN_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { view, clock, passMs, onReport, plans, karpenter, readFiles, ...rest } = this.#options;
    const karpenterDrift = await karpenter.of(view.state().nodes, signal);
    // It may have taken its time.
    if (view.missing.length > 0) return;
    const startedAtMs = clock.monotonicMs();
    const nowMs = clock.now();
    const state = view.state();
    const { changes } = view;
    this.#mixedSince = updateMixedSince(this.#mixedSince, state.nodes, nowMs);
    const time = new SearchTime(clock, passMs * SEARCH_SHARE);
    const controlPlane = this.#version.believed;
    const files = readFiles();
    const { knownRemoval, searchBefore } = this.#before(state, files.removalPolicy, nowMs);
    if (knownRemoval === undefined) this.#searchedAtMs = startedAtMs;
    const mixedSinceMs = this.#mixedSince;
    const steps = makeReport({
      ...rest,
      ...files,
      plans: plans(),
      state,
      controlPlane,
      mixedSinceMs,
      karpenterDrift,
      knownRemoval,
      searchBefore,
      nowMs,
      hasTime: () => time.isLeft,
    });
    const found = await this.#inBreaths(steps, signal, () => time.tick());
    this.#seen = changes;
    this.#seenPolicy = files.removalPolicy;
    this.#latest = { ...found, tookMs: clock.monotonicMs() - startedAtMs };
    if (found.removal !== undefined && knownRemoval === undefined) {
      this.#isLarge ||= notLookedAt(found.removal) > 0;
      if (this.#isLarge) this.#turns = turnsAfter(found.removal, this.#turns);
    }
    onReport(this.#latest);
  }

  /**
   * Goes on for a little while at a time. A look of a large cluster takes seconds; in that time the lease has to be renewed and probes have to be
   * answered.
   */
  async #inBreaths<Result>(
    steps: Generator<undefined, Result>,
    signal: AbortSignal,
    onBreath: () => void,
  ): Promise<Result> {
    const { clock } = this.#options;
    let breathedAtMs = clock.monotonicMs();
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (clock.monotonicMs() - breathedAtMs < BREATH_MS) continue;
      onBreath();
      await clock.sleep(0, signal);
      breathedAtMs = clock.monotonicMs();
    }
  }

  /**
   * The latest answer stands while nothing has changed, no rule either, no node has come of age since, and it is not to be gone on with. Otherwise a search of a
   * large cluster goes on from it.
   */
  #before(
    { nodes }: ClusterState,
    removalPolicy: RemovalPolicy,
    nowMs: number,
  ): Pick<ReportInput, 'knownRemoval' | 'searchBefore'> {
    const { view, clock } = this.#options;
    const { removal, atMs = 0 } = this.#latest ?? {};
    if (removal === undefined) return { knownRemoval: undefined, searchBefore: undefined };
    const isYoung = ({ createdAtMs }: NodeRecord, when: number): boolean =>
      when - createdAtMs < removalPolicy.nodeGraceMs;
    const isSameCluster =
      view.changes === this.#seen &&
      removalPolicy === this.#seenPolicy &&
      nodes.every((node) => isYoung(node, atMs) === isYoung(node, nowMs));
    const isStanding = notLookedAt(removal) === 0 || clock.monotonicMs() - this.#searchedAtMs < CUT_REST_MS;
    const searchBefore: SearchBefore | undefined = this.#isLarge
      ? { removal, isSameCluster, turns: this.#turns }
      : undefined;
    return { knownRemoval: isSameCluster && isStanding ? removal : undefined, searchBefore };
  }
}
