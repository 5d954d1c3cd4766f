import { eventually } from '@castai/shared/testing/eventually.ts';
import { peakRssMiB } from '../agent/bench-stage.ts';
import { atLeast, atMost, type Figure, shown } from '../figure.ts';
import { startMeasuredEvictor } from './measured-evictor.ts';

const PASSES = 4;
const CHANGES = 200;

/** A cluster and what may be spent on it. */
interface Size {
  readonly pods: number;
  readonly passSeconds: number;
  readonly rssMiB: number;
  readonly proposals: number;
}

/** Full passes of the whole program, and the most memory that it took to read the cluster and to make them. */
export function passFigures(report: (line: string) => void): Promise<Figure[]> {
  return measure({ pods: 30_000, passSeconds: 2, rssMiB: 192, proposals: 1 }, report);
}

/** The same where there is more to search than time. */
export function largeFigures(report: (line: string) => void): Promise<Figure[]> {
  return measure({ pods: 150_000, passSeconds: 10, rssMiB: 384, proposals: 20 }, report);
}

async function measure(
  { pods, passSeconds, rssMiB, proposals }: Size,
  report: (line: string) => void,
): Promise<Figure[]> {
  report(`evictor: ${pods} pods, two in five with rules about their neighbours, ${PASSES} passes`);
  await using evictor = await startMeasuredEvictor(pods);
  const { fake, metric, program } = evictor;
  const seconds = [await metric('castai_evictor_pass_seconds')];
  const removable = [await metric('castai_evictor_removable_nodes')];
  const cpuBefore = program.usage()?.cpuMs ?? Number.NaN;
  // Something that matters has to change, or nothing would be searched.
  for (let pass = 1; pass < PASSES; pass += 1) {
    const before = await metric('castai_evictor_passes_total');
    await fake.steer('change', { count: CHANGES });
    await eventually({
      what: 'another pass',
      look: () => metric('castai_evictor_passes_total'),
      until: (passes) => passes > before,
      timeoutMs: 300_000,
      // Each look at the metrics is work of what is measured.
      everyMs: 1_000,
    });
    seconds.push(await metric('castai_evictor_pass_seconds'));
    removable.push(await metric('castai_evictor_removable_nodes'));
  }
  const cpuSeconds = ((program.usage()?.cpuMs ?? Number.NaN) - cpuBefore) / 1000 / (PASSES - 1);
  const notLookedAt = (await evictor.report()).blocked.filter(({ blockers }) =>
    blockers.some(({ reason }) => reason === 'not_looked_at'),
  ).length;
  report(`passes: ${seconds.map((one) => one.toFixed(2)).join(', ')} s`);
  const what = `${pods} pods`;
  return [
    atMost(passSeconds, { figure: `${what}: longest of ${PASSES} passes`, value: Math.max(...seconds), unit: 's' }),
    // Where other programs share the machine, this is what is ours; hearing of the changes is in it.
    shown({ figure: `${what}: CPU of a pass, mean`, value: cpuSeconds, unit: 's' }),
    shown({ figure: `${what}: shortest of them`, value: Math.min(...seconds), unit: 's' }),
    atLeast(proposals, { figure: `${what}: nodes that could go`, value: Math.min(...removable), unit: 'nodes' }),
    shown({ figure: `${what}: nodes that there was no time for`, value: notLookedAt, unit: 'nodes' }),
    atMost(rssMiB, { figure: `${what}: peak RSS`, value: peakRssMiB(evictor), unit: 'MiB' }),
  ];
}
