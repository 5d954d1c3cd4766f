/** The figures of the spot handler (`npm run bench -- spot`): how soon it hears, how soon it acts, and what it costs when idle. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImdsOf } from '../../stages/spot-handler/staged-imds.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { atMost, type Figure, percentile, shown } from '../figure.ts';
import { type BlackHole, TimingStage } from '../../stages/spot-handler/timing-stage.ts';
import { lateFigures } from './late-figures.ts';
import { type Play, PLAYS } from './plays.ts';

const TRIALS = 100;
/** Side by side, because a trial waits most of its time for the handler to give the node back. */
const STANDS = 5;
const IDLE_MS = 40_000;
const MIB = 1024 * 1024;

/** What one trial measured, in milliseconds. */
interface Trial {
  /** From the notice to the answer that had it. */
  readonly detection: number;
  /** From that answer to the patch at the API server; NaN when there was none. */
  readonly patch: number;
  /** From that answer to the report at the platform; NaN when there was none. */
  readonly report: number;
}

/** Measures everything. `report` hears what is being done. */
export async function spotFigures(report: (line: string) => void = () => undefined): Promise<Figure[]> {
  report('spot handler: idle');
  const figures = await idleFigures();
  const runs = {
    azure: () => trials({ cloud: 'azure', play: PLAYS.azure }, 'none'),
    aws: () => trials({ cloud: 'aws', play: PLAYS.aws }, 'none'),
    gcp: () => trials({ cloud: 'gcp', play: PLAYS.gcp }, 'none'),
  };
  for (const cloud of ['azure', 'aws', 'gcp'] as const) {
    report(`spot handler: ${TRIALS} interruptions on ${cloud}`);
    figures.push(...cloudFigures(cloud, await runs[cloud]()));
  }
  report(`spot handler: ${TRIALS} interruptions while the platform is a black hole`);
  const patches = (await trials({ cloud: 'azure', play: PLAYS.azure }, 'platform')).map(({ patch }) => patch);
  report(`spot handler: ${TRIALS} interruptions while the API server is a black hole`);
  const reports = (await trials({ cloud: 'azure', play: PLAYS.azure }, 'api-server')).map(({ report: sent }) => sent);
  figures.push(...(await lateFigures(report)));
  return [
    ...figures,
    atMost(20, { figure: 'read to PATCH, platform black-holed, p99', value: percentile(patches, 0.99), unit: 'ms' }),
    atMost(20, { figure: 'read to POST, API server black-holed, p99', value: percentile(reports, 0.99), unit: 'ms' }),
  ];
}

function cloudFigures(cloud: keyof ImdsOf, results: readonly Trial[]): Figure[] {
  const detection = results.map((trial) => trial.detection / 1000);
  const row = (what: string, value: number, unit: string) => ({ figure: `${cloud}: ${what}`, value, unit });
  const waits = cloud === 'gcp';
  const patches = results.map(({ patch }) => patch);
  const reports = results.map((trial) => trial.report);
  return [
    waits
      ? shown(row('notice to read, p50', percentile(detection, 0.5), 's'))
      : atMost(0.55, row('notice to read, p50', percentile(detection, 0.5), 's')),
    atMost(waits ? 0.1 : 1.1, row('notice to read, p99', percentile(detection, 0.99), 's')),
    // The middle tells what the program takes; the end of the distribution also what else runs on the machine.
    shown(row('read to PATCH, p50', percentile(patches, 0.5), 'ms')),
    atMost(20, row('read to PATCH, p99', percentile(patches, 0.99), 'ms')),
    shown(row('read to POST, p50', percentile(reports, 0.5), 'ms')),
    atMost(20, row('read to POST, p99', percentile(reports, 0.99), 'ms')),
  ];
}

async function idleFigures(): Promise<Figure[]> {
  await using stage = await TimingStage.start('azure');
  // Past the start: compiled, connected, collected.
  await sleep(15_000);
  const before = stage.program.usage();
  await sleep(IDLE_MS);
  const after = stage.program.usage();
  if (before === undefined || after === undefined) throw new Error('the kernel does not tell what a process uses');
  const cpu = (100 * (after.cpuMs - before.cpuMs)) / IDLE_MS;
  return [
    atMost(0.5, { figure: 'idle at one look per second: CPU of a core', value: cpu, unit: '%' }),
    atMost(32, { figure: 'idle: anonymous memory', value: after.anonymousBytes / MIB, unit: 'MiB' }),
    shown({ figure: 'idle: resident memory', value: after.rssBytes / MIB, unit: 'MiB' }),
  ];
}

async function trials<Cloud extends keyof ImdsOf>(
  { cloud, play }: { readonly cloud: Cloud; readonly play: Play<Cloud> },
  blackHole: BlackHole,
): Promise<Trial[]> {
  const each = TRIALS / STANDS;
  const rows = await Promise.all(
    Array.from({ length: STANDS }, async (_, index) => {
      await using stage = await TimingStage.start(cloud);
      const results: Trial[] = [];
      for (let trial = 0; trial < each; trial += 1) {
        // Evenly spread over the time between two looks: chance would move the median by a tenth from run to run.
        const phase = (trial * STANDS + index + 0.5) / TRIALS;
        results.push(await runTrial(stage, play, { phase, blackHole }));
      }
      return results;
    }),
  );
  return rows.flat();
}

async function runTrial<Cloud extends keyof ImdsOf>(
  stage: TimingStage<Cloud>,
  { path, periodMs, begin, end }: Play<Cloud>,
  { phase, blackHole }: { readonly phase: number; readonly blackHole: BlackHole },
): Promise<Trial> {
  const { patches, reports, imds } = stage;
  const looked = stage.lookTimes(path).length;
  // A look that waits is under way at any moment; any other has just been answered.
  await eventually({
    what: 'a look',
    look: () => stage.lookTimes(path).length,
    until: (count) => periodMs === 0 || count > looked,
  });
  stage.blackHole = blackHole;
  const lastLookAtMs = stage.lookTimes(path).at(-1) ?? 0;
  await sleep(Math.max(0, lastLookAtMs + phase * Math.max(periodMs, 500) - performance.now()));
  const [patchesBefore, reportsBefore] = [patches.length, reports.length];
  const beganAtMs = performance.now();
  begin(imds.service);
  await eventually({
    what: 'both effects',
    look: () => [patches.length > patchesBefore, reports.length > reportsBefore],
    until: (done) => done.every(Boolean),
  });
  const readAtMs = stage.lookTimes(path).find((atMs) => atMs >= beganAtMs) ?? Number.NaN;
  end(imds.service);
  // The other side was away for the whole notice; it comes back so that the next trial finds a node as before.
  stage.blackHole = 'none';
  await eventually({ what: 'the node is given back', look: () => stage.isClean, until: (isClean) => isClean });
  return {
    detection: readAtMs - beganAtMs,
    patch: (patches[patchesBefore] ?? Number.NaN) - readAtMs,
    report: (reports[reportsBefore] ?? Number.NaN) - readAtMs,
  };
}
