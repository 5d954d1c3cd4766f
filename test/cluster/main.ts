import { once } from 'node:events';
import { readCall, refuseCall } from '../../scripts/read-call.ts';
import { startCluster } from './cluster.ts';
import { seedCluster } from './seed.ts';

const USAGE = `Runs a real etcd and kube-apiserver until Ctrl-C.

  npm run cluster -- [--seed-pods N] [--seed-nodes N] [--seed S]

  --seed-pods N    fills the cluster with N realistic pods and what belongs to them; 0 unless told
  --seed-nodes N   on how many nodes; one for every 30 pods unless told
  --seed S         number from which the objects are made; 1 unless told
  --help           this text
`;

const { values } = readCall(USAGE, {
  options: {
    'seed-pods': { type: 'string', default: '0' },
    'seed-nodes': { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

function parseCount(option: string, text: string): number {
  if (!/^\d+$/.test(text)) refuseCall(USAGE, `--${option} is ${JSON.stringify(text)}: give a whole number`);
  return Number(text);
}

async function runCluster(): Promise<void> {
  const pods = parseCount('seed-pods', values['seed-pods']);
  const nodes = parseCount('seed-nodes', values['seed-nodes'] ?? String(Math.ceil(pods / 30)));
  const seed = parseCount('seed', values.seed);
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => 'not everything');
  await using cluster = await startCluster({ onProgress: console.error });
  console.log(`API server   ${cluster.url}\nCA file      ${cluster.caFile}\nKUBECONFIG   ${cluster.kubeconfig}`);
  if (pods > 0 || nodes > 0) {
    const onProgress = (written: number): void => console.error(`${written} objects written`);
    const seeding = seedCluster(cluster, { seed, nodes, pods, onProgress });
    const counts = await Promise.race([seeding, stopped]);
    console.log('Seeded', counts);
  }
  console.log('Ctrl-C ends it.');
  await stopped;
}

await runCluster();
