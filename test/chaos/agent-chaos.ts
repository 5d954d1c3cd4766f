import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import { historyViolations } from '../judges/check-history.ts';
import { isPromised } from '../judges/wire-promises.ts';
import type { HistoryLine } from '../platform-rig/client.ts';
import { AgentStage } from '../stages/agent/agent-stage.ts';
import { type FakeCluster, startFakeCluster } from '../stages/agent/fake-cluster.ts';
import { type MortalPlatform, startMortalPlatform } from '../stages/agent/staged-platform.ts';
import { countOffers, type OffersMade, offersMissing } from './offers-made.ts';
import { ChaosPerformer } from './perform.ts';
import { chaosSchedule } from './schedule.ts';

/** In what agents read. */
export type ReadEncoding = 'json' | 'auto';

/** One run. The seed decides all that is not named. */
export interface AgentChaosChoice {
  readonly seed: number;
  /** Actions of each of the two rows. */
  readonly steps: number;
  readonly wire: Wire;
  readonly encoding: ReadEncoding;
}

/** What came of a run. */
export interface AgentChaosOutcome {
  /** Promises that were broken, one sentence each. */
  readonly found: readonly string[];
  /** What was done, and when. */
  readonly told: readonly string[];
  readonly offers: OffersMade;
  /** Feeds that lost to the bound on memory what waited of them. */
  readonly demotions: number;
}

type ChaosStage = AgentStage<FakeCluster, MortalPlatform>;

/**
 * What takes the agent minutes has to happen within seconds, too. A lease has to be renewed within ten seconds of the agent's: one of ours is
 * less than a busy machine gives everybody, and replicas that lose the lease all the time never come to anything.
 */
const HASTE = { alone: 10, elected: 4 };
const CHURN_PER_SECOND = 60;
const AWAY_MS = 500;
/** Of the agent's clock. On the second wire what is gone may have to wait for a full snapshot: ten minutes, and one that is cut by then. */
const EQUAL_MS = 1_800_000;
/** Of the agents' log, where something was found. */
const LAST_LINES = 60;
const DEMOTED = 'pending changes passed the memory bound';

/**
 * One agent, one cluster, one platform, and everything goes wrong at once, chosen by a seed. In the end both pictures are equal and nothing was
 * applied that should not have been. On the wire that has offers the API server is then restarted until everything was offered.
 * Throws what an agent that did not end well throws.
 */
export async function runAgentChaos({ seed, steps, wire, encoding }: AgentChaosChoice): Promise<AgentChaosOutcome> {
  const startedAtMs = performance.now();
  const isFenced = isPromised(wire, 'who opened last is the only one');
  const rivals = isFenced || seed % 5 < 2;
  const hasElection = seed % 2 === 1;
  const start = { haste: hasElection ? HASTE.elected : HASTE.alone };
  /** Every third run goes back in time, and every third has objects that are too large for what may wait. */
  const choice = { rewinds: seed % 3 === 0, floods: seed % 3 === 1, rivals, wire };
  await using stage: ChaosStage = new AgentStage({
    cluster: await startFakeCluster({ seed, pods: 100, settings: { bookmarkMs: 2000, metricsApi: 'up' } }),
    platform: await startMortalPlatform(),
    env: {
      PAGE_SIZE: '20',
      POLL_SECONDS: '15',
      PLATFORM_WIRE: wire,
      READ_ENCODING: encoding,
      ...(choice.floods ? { PENDING_LIMIT: '1Mi', LOG_LEVEL: 'debug' } : {}),
      // Replicas that compete for a lease, or agents that each believe to be alone.
      ...(hasElection ? { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' } : {}),
    },
    equalMs: EQUAL_MS / start.haste,
  });
  const { control } = stage.platform;
  const told: string[] = [];
  const tell = (action: unknown): void => {
    told.push(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s: ${JSON.stringify(action)}`);
  };
  const performer = new ChaosPerformer({ stage, first: await stage.startAgent(start), start, wire });
  await performer.slowDown();
  const { kube, platform } = chaosSchedule(new SeededRandom(seed), steps, choice);
  stage.cluster.fake.churn.run(CHURN_PER_SECOND);
  await Promise.all([performer.run(kube, tell), performer.run(platform, tell)]);
  await performer.heal();
  tell('healed');
  // On a slow machine no agent may have come so far while everything went wrong.
  await eventually({
    what: 'a cluster is registered',
    look: () => control.state(),
    until: ({ clusters }) => clusters.length > 0,
  });
  const { differences } = await stage.verdict();
  tell('equal, or given up');
  const after = differences.length > 0 || wire !== 'ingest' ? [] : await restartTwice(stage, performer);
  const history = await control.history();
  // A state that is older than the one before is right where the cluster went back to it, or where nobody is fenced.
  const mayGoBack = performer.hasRewound || (rivals && !isFenced);
  const violations = mayGoBack ? [] : partsOf(history, performer.restoredAt).flatMap(historyViolations);
  const offers = countOffers(history);
  const found = [...differences, ...after, ...violations.slice(0, 10), ...offersMissing(offers, wire)];
  return {
    found,
    told:
      found.length === 0
        ? told
        : [
            ...told,
            ...stage
              .agentLogs()
              .slice(-LAST_LINES)
              .map((line) => JSON.stringify(line)),
          ],
    offers,
    demotions: stage.agentLogs().filter(({ message }) => message.startsWith(DEMOTED)).length,
  };
}

/**
 * What differs when the API server was restarted in the middle of changes, twice: the first time a platform that knows of no version before, or of
 * another one, is told everything; the second time it is offered everything. A new agent knows the version of Kubernetes at once, not within two hours.
 */
async function restartTwice(stage: ChaosStage, performer: ChaosPerformer): Promise<readonly string[]> {
  const { fake } = stage.cluster;
  await performer.perform({ type: 'replaceAgent', signal: 'SIGTERM' });
  // Until it watches, a restart is a late start to it.
  const lateStart = await performer.untilReady().then(none, inWords);
  if (lateStart.length > 0) return lateStart;
  for (const _ of ['told', 'offered']) {
    const before = (await stage.platform.control.history()).length;
    fake.churn.run(CHURN_PER_SECOND);
    // What changes while nobody can listen is what every position lacks when the history before it is lost: all is listed.
    fake.stopListening();
    fake.abortConnections();
    await sleep(AWAY_MS);
    await fake.restart({ historyLost: true });
    const lateness = await performer.untilSnapshots(before).then(none, inWords);
    fake.churn.run(0);
    if (lateness.length > 0) return lateness;
  }
  const { differences } = await stage.verdict();
  return differences.map((one) => `after two restarts more: ${one}`);
}

const none = (): string[] => [];
const inWords = (error: unknown): string[] => [String(error)];

/** A history, cut where the platform went back to a backup. */
function partsOf(history: readonly HistoryLine[], cuts: readonly number[]): HistoryLine[][] {
  return [...Map.groupBy(history, ({ id }) => cuts.filter((cut) => id > cut).length).values()];
}
