import { setTimeout as sleep } from 'node:timers/promises';
import { isEqualPicture, waitForEqualPictures } from '../judges/compare-pictures.ts';
import type { PictureComparison } from '../judges/picture-judge.ts';
import type { DemoContext, DemoStage } from './demo-stage.ts';
import { type Progress, formatProgress, readProgress } from './progress.ts';

/** What `--once` found. */
export interface OnceResult {
  /** Objects that are the same in the cluster and at the platform. */
  readonly objects: number;
  /** Batches that the platform took; received and processed are what the agent saw confirmed of them. */
  readonly batches: number;
  readonly received: number;
  readonly processed: number;
  /** Compressed, as sent. */
  readonly bytesOnWire: number;
  readonly equal: boolean;
  /** From the agent's start to equality. */
  readonly seconds: number;
  /** The most memory that the agent ever held, files of Node itself included. */
  readonly peakRssMiB: number;
}

/** Generous: a laptop under load must not make two equal pictures different. */
const SYNC_MS = 300_000;
const EQUAL_MS = 120_000;
/** A change needs less than a second on its way to the platform. */
const SETTLE_MS = 2_000;
const LOOK_EVERY_MS = 200;
const SHOWN_DIFFERENCES = 10;

/** Waits for the first synchronisation, changes the cluster, and compares until both pictures are equal or time is up. */
export async function compareOnce(stage: DemoStage, { options, line, signal }: DemoContext): Promise<OnceResult> {
  const { cluster, platform, startedAtMs } = stage;
  const synced = await waitUntil(stage, { line, signal }, ({ isReady, objects }) => isReady && objects > 0);
  line.say(`synced     ${formatProgress(synced)}`);
  await cluster.churn(0);
  if (options.changes > 0) line.show(`making ${options.changes} changes`);
  await cluster.change(options.changes);
  const comparison = await waitForEqualPictures(
    {
      cluster: cluster.client,
      platform: platform.control,
      clusterId: synced.clusterId,
      settleMs: cluster.isLive ? SETTLE_MS : 0,
    },
    {
      timeoutMs: EQUAL_MS,
      isLive: cluster.isLive,
      onRound: ({ equal, differences, moving }) =>
        line.show(`compared: ${equal} equal, ${differences.length} different, ${moving} changing`),
    },
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  const equal = isEqualPicture(comparison) && (cluster.isLive || comparison.moving === 0);
  if (!equal) tellDifferences(comparison, line);
  return finalResult(stage, { line, signal }, { objects: comparison.equal, equal, seconds });
}

type Listener = Pick<DemoContext, 'line' | 'signal'>;

async function finalResult(
  stage: DemoStage,
  listener: Listener,
  { objects, equal, seconds }: Pick<OnceResult, 'objects' | 'equal' | 'seconds'>,
): Promise<OnceResult> {
  // Both sides count the same batches: a difference only means that an answer was on its way between two looks.
  const agreed = ({ batches, received, processed }: Progress): boolean =>
    batches === received && received === processed;
  const { batches, received, processed, bytesOnWire } = await waitUntil(stage, listener, agreed);
  const peakRssBytes = stage.agent.process.usage()?.peakRssBytes ?? 0;
  return {
    objects,
    batches,
    received,
    processed,
    bytesOnWire,
    equal,
    seconds: Number(seconds.toFixed(1)),
    peakRssMiB: Math.round(peakRssBytes / 1024 / 1024),
  };
}

async function waitUntil(
  { agent, platform }: DemoStage,
  { line, signal }: Listener,
  isThere: (progress: Progress) => boolean,
): Promise<Progress> {
  const deadlineAt = performance.now() + SYNC_MS;
  for (;;) {
    const progress = await readProgress(agent, platform);
    line.show(formatProgress(progress));
    if (isThere(progress) || performance.now() > deadlineAt) return progress;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function tellDifferences({ differences, moving }: PictureComparison, line: DemoContext['line']): void {
  line.say(`${differences.length} objects differ, ${moving} would not rest:`);
  for (const { feed, name, uid, what } of differences.slice(0, SHOWN_DIFFERENCES)) {
    line.say(`  ${feed} ${name} (${uid}): ${what}`);
  }
}
