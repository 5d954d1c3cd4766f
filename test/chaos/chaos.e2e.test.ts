/**
 * One agent, one cluster, one platform, and half a minute in which everything goes wrong at once, chosen by a seed. In the
 * end both pictures are equal and nothing was applied that should not have been. `SEED` repeats a run, `CHAOS_STEPS` makes
 * it longer.
 */
import { expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { startFakeCluster } from '../stages/agent/fake-cluster.ts';
import { startMortalPlatform } from '../stages/agent/staged-platform.ts';
import { isPromised, WIRES } from '../judges/wire-promises.ts';
import { AgentStage, ALL_WELL } from '../stages/agent/agent-stage.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { ChaosPerformer } from './perform.ts';
import { chaosSchedule } from './schedule.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const STEPS = Number(process.env['CHAOS_STEPS'] ?? 14);
/** Replicas that compete for a lease, or agents that each believe to be alone. */
const ELECTION = SEED % 2 === 1 ? { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' } : {};
/** Every third run goes back in time. */
const CHOICE = { rewinds: SEED % 3 === 0 };
/** Of the two wires one reads protobuf, by turns. */
const ENCODINGS =
  SEED % 4 < 2 ? { ingest: 'auto', 'agent-deltas': 'json' } : { ingest: 'json', 'agent-deltas': 'auto' };
/** What takes the agent minutes has to happen within seconds, too. */
const START = { haste: 10 };
const CHURN_PER_SECOND = 60;

test.for(WIRES)(
  `everything goes wrong at once on %s, and in the end all is well (I1-I7, SEED=${SEED})`,
  async (wire) => {
    const startedAtMs = performance.now();
    const isFenced = isPromised(wire, 'who opened last is the only one');
    const rivals = isFenced || SEED % 5 < 2;
    const told: string[] = [`SEED=${SEED} CHAOS_STEPS=${STEPS} ${wire} ${ENCODINGS[wire]}`];
    await using stage = new AgentStage({
      cluster: await startFakeCluster({ seed: SEED, pods: 100, settings: { bookmarkMs: 2000, metricsApi: 'up' } }),
      platform: await startMortalPlatform(),
      env: { PAGE_SIZE: '20', POLL_SECONDS: '15', PLATFORM_WIRE: wire, READ_ENCODING: ENCODINGS[wire], ...ELECTION },
      // On the second wire what is gone may have to wait for a full snapshot: ten minutes of the hasty clock, and one that is cut by then.
      equalMs: 180_000,
    });
    const performer = new ChaosPerformer({ stage, first: await stage.startAgent(START), start: START, wire });
    await performer.slowDown();
    const { kube, platform } = chaosSchedule(new SeededRandom(SEED), STEPS, { ...CHOICE, rivals, wire });
    stage.cluster.fake.churn.run(CHURN_PER_SECOND);
    const tell = (action: unknown): void => {
      told.push(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s: ${JSON.stringify(action)}`);
    };
    await Promise.all([performer.run(kube, tell), performer.run(platform, tell)]);
    await performer.heal();
    tell('healed');
    // On a slow machine no agent may have come so far while everything went wrong.
    await eventually({
      what: 'a cluster is registered',
      look: () => stage.platform.control.state(),
      until: ({ clusters }) => clusters.length > 0,
    });
    const { differences, violations } = await stage.verdict();
    // A state that is older than the one before is right where the cluster went back to it, or where nobody is fenced.
    const mayGoBack = performer.hasRewound || (rivals && !isFenced);
    const verdict = { differences, violations: mayGoBack ? [] : violations };
    if (verdict.differences.length + verdict.violations.length > 0) console.log(told.join('\n'));
    expect(verdict).toEqual(ALL_WELL);
  },
);
