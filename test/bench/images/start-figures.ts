import type { ShippedProgram } from '../../../scripts/programs.ts';
import { lonelyPod } from '../../stages/images/lonely-pod.ts';
import type { UnpackedImage } from '../../stages/images/unpacked-image.ts';
import { type Figure, median, shown } from '../figure.ts';

const STARTS = 12;

/** What a start took, until the first answer at /healthz. */
interface Start {
  readonly ms: number;
  readonly cpuMs: number;
}

/**
 * From the order to start to the first answer at /healthz, with the compile cache and without, in turns. Entering the root file system
 * is in it, which elsewhere is the container runtime's work. The CPU time, which the kernel counts in steps of 10 ms, is the average: it
 * depends less on what else runs.
 */
export async function startFigures({ name }: ShippedProgram, image: UnpackedImage): Promise<Figure[]> {
  const starts: Record<'with' | 'without', Start[]> = { with: [], without: [] };
  for (let trial = 0; trial < STARTS; trial += 1) {
    starts.with.push(await measure(image, {}));
    starts.without.push(await measure(image, { NODE_DISABLE_COMPILE_CACHE: '1' }));
  }
  return (['with', 'without'] as const).flatMap((cache) => {
    const what = `${name}: start to /healthz ${cache} compile cache`;
    const cpuMs = starts[cache].reduce((sum, start) => sum + start.cpuMs, 0) / STARTS;
    return [
      shown({ figure: `${what}, median`, value: median(starts[cache].map(({ ms }) => ms)), unit: 'ms' }),
      shown({ figure: `${what}, CPU`, value: cpuMs, unit: 'ms' }),
    ];
  });
}

async function measure(image: UnpackedImage, env: Readonly<Record<string, string>>): Promise<Start> {
  using pod = lonelyPod();
  const startedAt = performance.now();
  await using program = image.start({ ...pod.settings, env: { ...pod.settings.env, ...env } });
  const { port } = await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const { status } = await fetch(`http://127.0.0.1:${port}/healthz`);
  if (status !== 200) throw new Error(`/healthz answers ${status}`);
  return { ms: performance.now() - startedAt, cpuMs: program.usage()?.cpuMs ?? Number.NaN };
}
