/** What a slow or refusing world does to the spot handler: as in a mass interruption, in which everybody asks at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { ImdsOf } from '../../stages/spot-handler/staged-imds.ts';
import { TimingStage } from '../../stages/spot-handler/timing-stage.ts';
import { atMost, type Figure, percentile } from '../figure.ts';
import { type Play, PLAYS } from './plays.ts';

/** Few, because each waits until the node was given back through the same slow answers. */
const TRIALS = 20;
const STANDS = 5;
const METADATA_LATE_MS = 3000;
const OTHERS_LATE_MS = 4000;
const UNAVAILABLE_MS = 30_000;

/** Measures it all in less than five minutes. `report` hears what is being done. */
export async function lateFigures(report: (line: string) => void): Promise<Figure[]> {
  const acted: Figure[] = [];
  for (const cloud of ['azure', 'aws', 'gcp'] as const) {
    report(`spot handler: ${TRIALS} interruptions on ${cloud}, metadata 3 s late`);
    const seconds = await lateMetadata[cloud]();
    acted.push(
      atMost(4.1, {
        figure: `${cloud}, metadata 3 s late: notice to both effects, p99`,
        value: percentile(seconds, 0.99),
        unit: 's',
      }),
    );
  }
  report(`spot handler: ${TRIALS} interruptions, platform and API server 4 s late`);
  const { marked, told } = await lateOthers();
  report(`spot handler: ${STANDS} nodes while the platform answers 503 for 30 s`);
  const { attempts, arrivals } = await unavailable();
  return [
    ...acted,
    atMost(4.5, { figure: 'API server 4 s late: read to marked, p99', value: percentile(marked, 0.99), unit: 's' }),
    atMost(4.5, { figure: 'platform 4 s late: read to reported, p99', value: percentile(told, 0.99), unit: 's' }),
    atMost(20, {
      figure: 'platform answers 503: attempts of a node in 30 s, most',
      value: Math.max(...attempts),
      unit: '',
    }),
    atMost(2, {
      figure: 'platform is back after 503: report arrives, latest',
      value: Math.max(...arrivals),
      unit: 's',
    }),
  ];
}

const lateMetadata = {
  azure: () => metadataTrials('azure', PLAYS.azure),
  aws: () => metadataTrials('aws', PLAYS.aws),
  gcp: () => metadataTrials('gcp', PLAYS.gcp),
};

/** Runs trials on several stands side by side; `trial` gets a number in [0, 1) that differs for each. */
async function onStands<Cloud extends keyof ImdsOf, T>(
  cloud: Cloud,
  prepare: (stage: TimingStage<Cloud>) => void,
  trial: (stage: TimingStage<Cloud>, phase: number) => Promise<T>,
): Promise<T[]> {
  const rows = await Promise.all(
    Array.from({ length: STANDS }, async (_, index) => {
      await using stage = await TimingStage.start(cloud);
      prepare(stage);
      const results: T[] = [];
      for (let round = 0; round < TRIALS / STANDS; round += 1) {
        results.push(await trial(stage, (round * STANDS + index + 0.5) / TRIALS));
      }
      return results;
    }),
  );
  return rows.flat();
}

/** From the notice to both effects on the wire, in seconds. */
async function metadataTrials<Cloud extends keyof ImdsOf>(
  cloud: Cloud,
  { begin, end, path, periodMs }: Play<Cloud>,
): Promise<number[]> {
  const late = (stage: TimingStage<Cloud>): void =>
    void stage.imds.server.fail({ action: { type: 'late', ms: METADATA_LATE_MS } });
  return onStands(cloud, late, async (stage, phase) => {
    const looks = stage.lookTimes(path).length;
    await eventually({ what: 'late looks', look: () => stage.lookTimes(path).length, until: (count) => count > looks });
    // Over the time between two looks; one that waits by itself lasts five seconds and the lateness.
    await sleep(phase * (periodMs === 0 ? 8000 : periodMs));
    const [patches, reports] = [stage.patches.length, stage.reports.length];
    const beganAtMs = performance.now();
    begin(stage.imds.service);
    await eventually({
      what: 'both effects',
      look: () => stage.patches.length > patches && stage.reports.length > reports,
      until: Boolean,
    });
    const actedAtMs = Math.max(stage.patches[patches] ?? Number.NaN, stage.reports[reports] ?? Number.NaN);
    end(stage.imds.service);
    await eventually({ what: 'the node is given back', look: () => stage.isClean, until: Boolean });
    return (actedAtMs - beganAtMs) / 1000;
  });
}

/** From the answer that had the notice to the node as stored and the report as taken, in seconds. */
async function lateOthers(): Promise<{ marked: number[]; told: number[] }> {
  const { begin, end, path } = PLAYS.azure;
  const late = (stage: TimingStage<'azure'>): void => {
    stage.lateMs = OTHERS_LATE_MS;
  };
  const trials = await onStands('azure', late, async (stage, phase) => {
    await sleep(phase * 1000);
    const [stored, taken] = [stage.stored.length, stage.taken.length];
    const beganAtMs = performance.now();
    begin(stage.imds.service);
    await eventually({
      what: 'both effects',
      look: () => stage.stored.length > stored && stage.taken.length > taken,
      until: Boolean,
    });
    const readAtMs = stage.lookTimes(path).find((atMs) => atMs >= beganAtMs) ?? Number.NaN;
    end(stage.imds.service);
    await eventually({ what: 'the node is given back', look: () => stage.isClean, until: Boolean });
    return {
      marked: ((stage.stored[stored] ?? Number.NaN) - readAtMs) / 1000,
      told: ((stage.taken[taken] ?? Number.NaN) - readAtMs) / 1000,
    };
  });
  return { marked: trials.map(({ marked }) => marked), told: trials.map(({ told }) => told) };
}

/** How often a node asks a platform that refuses at once, and how long after its return the report is there, in seconds. */
async function unavailable(): Promise<{ attempts: number[]; arrivals: number[] }> {
  const nodes = await Promise.all(
    Array.from({ length: STANDS }, async () => {
      await using stage = await TimingStage.start('azure');
      stage.isUnavailable = true;
      PLAYS.azure.begin(stage.imds.service);
      await eventually({ what: 'a first attempt', look: () => stage.reports.length, until: (count) => count > 0 });
      const firstAtMs = stage.reports[0] ?? Number.NaN;
      await sleep(UNAVAILABLE_MS);
      const attempts = stage.reports.filter((atMs) => atMs < firstAtMs + UNAVAILABLE_MS).length;
      stage.isUnavailable = false;
      const backAtMs = performance.now();
      await eventually({ what: 'the report', look: () => stage.taken.length, until: (count) => count > 0 });
      return { attempts, arrival: ((stage.taken[0] ?? Number.NaN) - backAtMs) / 1000 };
    }),
  );
  return { attempts: nodes.map(({ attempts }) => attempts), arrivals: nodes.map(({ arrival }) => arrival) };
}
