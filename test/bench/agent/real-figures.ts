import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';
import { seedCluster } from '../../cluster/seed.ts';
import type { PlatformControl } from '../../platform-rig/client.ts';
import type { Figure } from '../figure.ts';
import { atMost, median, shown } from '../figure.ts';
import { type BundledAgent, startBundledAgent } from './bundled-agent.ts';
import { readAndDiscard } from './read-and-discard.ts';
import { startBenchPlatform } from './servers.ts';
import { gzippedLists } from './gzipped-lists.ts';
import { snapshotSeconds } from './snapshot-seconds.ts';

const PODS = 10_000;
const ROUNDS = 3;
const IDLE_SECONDS = 90;

/** Everything that is measured on a real API server with 10,000 pods: the snapshot, a restart of each side, and rest. */
export async function realFigures(report: (line: string) => void): Promise<Figure[]> {
  report('real API server: building it once (minutes), starting, seeding 10000 pods (minutes) …');
  await using cluster = await startCluster({ onProgress: report });
  await seedCluster(cluster, { seed: 1, nodes: 300, pods: PODS });
  const serviceAccountDir = await cluster.inClusterDir({ token: cluster.adminToken, namespace: 'default' });
  const figures: Figure[] = [];

  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const floor = await readAndDiscard(cluster);
    const agent = await snapshotOf(cluster, serviceAccountDir);
    report(
      `snapshot, round ${String(round)}: read and discard ${floor.seconds.toFixed(2)} s, agent ${agent.seconds.toFixed(2)} s`,
    );
    ratios.push(agent.seconds / floor.seconds);
    if (round < ROUNDS) continue;
    figures.push(
      shown({ figure: 'read and discard the same pages as JSON', value: floor.seconds, unit: 's' }),
      shown({ figure: `snapshot of ${String(agent.objects)} objects`, value: agent.seconds, unit: 's' }),
    );
    report('wire: gzip -6 of the same objects …');
    const gzipped = await gzippedLists(cluster);
    figures.push(
      atMost(0.6, {
        figure: 'bytes on the wire to gzip -6 without managedFields',
        value: agent.wireBytes / gzipped,
        unit: 'ratio',
      }),
    );
  }
  figures.unshift(
    atMost(2, {
      figure: 'snapshot of 10000 pods to reading and discarding JSON',
      value: median(ratios),
      unit: 'ratio',
    }),
  );
  figures.push(...(await restartFigures(cluster, serviceAccountDir, report)));
  return figures;
}

interface Snapshot {
  readonly seconds: number;
  readonly objects: number;
  readonly wireBytes: number;
}

/** From the session's opening to the receipt of the last page, as the platform saw both. */
async function snapshotOf(cluster: Cluster, serviceAccountDir: string): Promise<Snapshot> {
  await using platform = await startBenchPlatform();
  await using agent = await startBundledAgent({ apiServer: cluster.url, serviceAccountDir, platform: platform.url });
  await agent.synced();
  const [state] = (await platform.control.state()).clusters;
  return {
    seconds: await snapshotSeconds(platform.control),
    objects: await objectCount(platform.control),
    wireBytes: state?.wireBytesTotal ?? Number.NaN,
  };
}

async function restartFigures(
  cluster: Cluster,
  serviceAccountDir: string,
  report: (line: string) => void,
): Promise<Figure[]> {
  await using platform = await startBenchPlatform();
  const place = { apiServer: cluster.url, serviceAccountDir, platform: platform.url };
  {
    await using first = await startBundledAgent(place);
    await first.synced();
    await first.program.kill();
  }
  await platform.control.recordHistory(true);
  report('restart with nothing changed …');
  await using agent = await startBundledAgent(place);
  await agent.synced();
  await sleep(5_000);
  const resent = (await platform.control.history()).filter(
    ({ record }) => record.type === 'upsert' || record.type === 'delete',
  );
  const figures = [
    atMost(0, { figure: 'restart with nothing changed: objects sent', value: resent.length, unit: 'objects' }),
  ];
  report(`idle for ${String(IDLE_SECONDS)} s …`);
  figures.push(await idleFigure(agent));
  report('restart of the API server …');
  figures.push(await apiRestartFigure(cluster, { agent, control: platform.control }));
  return figures;
}

async function idleFigure({ program }: BundledAgent): Promise<Figure> {
  await sleep(10_000);
  const before = program.usage()?.cpuMs ?? Number.NaN;
  await sleep(IDLE_SECONDS * 1000);
  const percent = ((program.usage()?.cpuMs ?? Number.NaN) - before) / (IDLE_SECONDS * 10);
  return atMost(0.5, { figure: 'idle CPU', value: percent, unit: '% of a core' });
}

/** The most objects that the platform lacked at any moment while the API server was killed and came back. */
async function apiRestartFigure(
  cluster: Cluster,
  { agent, control }: { agent: BundledAgent; control: PlatformControl },
): Promise<Figure> {
  const whole = await objectCount(control);
  let fewest = whole;
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      fewest = Math.min(fewest, await objectCount(control));
      await sleep(50);
    }
  };
  const looking = look();
  await cluster.stopApiServer('SIGKILL');
  await cluster.startApiServer();
  await sleep(45_000);
  await agent.synced();
  await sleep(2_000);
  over.abort();
  await looking;
  return atMost(0, {
    figure: 'restart of the API server: objects missing at the platform',
    value: whole - fewest,
    unit: 'objects',
  });
}

async function objectCount(control: PlatformControl): Promise<number> {
  const { clusters } = await control.state();
  return clusters.flatMap(({ feeds }) => feeds).reduce((sum, { objects }) => sum + objects, 0);
}
