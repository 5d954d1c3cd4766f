/**
 * The judge is the real kube-scheduler. It places the pods of random clusters that have all that its rules look at; what the evictor proposes for
 * what has come about is carried out, and it must find a place for everybody who had one. What is played beside it are kubelets that do
 * nothing and controllers that make evicted pods anew. Budgets are asked by the real eviction API.
 */
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { richClusters } from '../../samples/rich-cluster/rich-cluster.ts';
import { countRules } from './judged/count-rules.ts';
import { JudgedCluster } from './judged/judged-cluster.ts';
import { type Judged, Seasons } from './judged/season.ts';

const PLANS = Number(process.env['CASTAI_TEST_PLANS'] ?? 500);
/** So many plans for a cluster before the next one, from nothing. */
const SEASONS = 5;
/** Clusters at once, each with servers of its own: much of the time one waits for the other. */
const WORKERS = 2;

test(`${PLANS} plans for random clusters leave nobody without a place`, { timeout: 3_600_000 }, async () => {
  const seed = Number(process.env['CASTAI_TEST_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  const judged: Judged[] = [];
  let [next, seasons] = [seed, 0];
  const work = async (): Promise<void> => {
    await using cluster = await JudgedCluster.start();
    while (judged.length < PLANS) {
      const own = next++;
      const random = new SeededRandom(own);
      const life = new Seasons(cluster, (pods) => pods.toSorted(() => random.next() - 0.5));
      for (const rich of fc.sample(richClusters, { numRuns: SEASONS, seed: own })) {
        seasons += 1;
        const plans = await life.play(rich).catch((error: unknown) => {
          throw new Error(`seed ${own}`, { cause: error });
        });
        judged.push(...plans);
      }
      await cluster.clear(['Pod', 'Node', 'CSINode', 'PersistentVolumeClaim', 'PersistentVolume']);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  const nodes = judged.flat();
  const moved = nodes.flatMap(({ moves }) => moves.map(({ pod }) => pod));
  const rules = countRules(moved);
  console.log(
    `${judged.length} plans in ${seasons} seasons, ${nodes.length} nodes, ${moved.length} pods; by rule ${JSON.stringify(rules)}`,
  );
  expect(judged.length).toBeGreaterThanOrEqual(PLANS);
  // A rule that no pod has would be judged by nobody.
  if (PLANS >= 200) expect(Object.entries(rules).filter(([, pods]) => pods === 0)).toEqual([]);
});
