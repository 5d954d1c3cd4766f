import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { runTool } from '../../../images/run-tool.ts';
import type { ShippedProgram } from '../../../scripts/programs.ts';
import {
  stageAgentImage,
  stageControllerImage,
  stageEvictorImage,
  stageInitDataImage,
  stageSpotHandlerImage,
} from '../../stages/images/image-stages.ts';
import { imageFiles } from '../../stages/images/image-files.ts';
import { MemoryCgroup } from '../../stages/images/memory-cgroup.ts';
import type { UnpackedImage } from '../../stages/images/unpacked-image.ts';
import type { ChildProgram } from '../../stages/child-program.ts';
import { atMost, type Figure, shown } from '../figure.ts';

const MIB = 1024 * 1024;
const VALUES = join(import.meta.dirname, '../../../charts/castai/values.yaml');
/** Past the start: compiled, connected, collected. */
const SETTLE_MS = 60_000;

/** An image that does its work, in a group with the chart's limit. */
type Work = (image: UnpackedImage, launcher: readonly string[]) => Promise<AsyncDisposable & { program: ChildProgram }>;

const CLUSTER = ['--nodes', '100', '--pods', '1000'];

const WORKS: Readonly<Record<string, Work>> = {
  agent: (image, launcher) => stageAgentImage(image, CLUSTER, launcher),
  'spot-handler': stageSpotHandlerImage,
  'aks-init-data': (image, launcher) => stageInitDataImage(image, {}, launcher),
  evictor: (image, launcher) => stageEvictorImage(image, CLUSTER, launcher),
  'cluster-controller': (image, launcher) => stageControllerImage(image, CLUSTER, launcher),
};

/**
 * Memory of a program that has done its work and waits for more, in its image and under its limit: resident with the pages of files,
 * anonymous without, and what a node's first container is charged, which pays for the pages of Node that later ones share.
 */
export async function idleFigures(program: ShippedProgram, image: UnpackedImage): Promise<Figure[]> {
  const { request, limit } = memoryOf(program);
  const work = WORKS[program.name];
  if (work === undefined) throw new Error(`nobody has said what ${program.name} does`);
  forgetPages(image);
  await using group = MemoryCgroup.create(program.name, limit * MIB);
  await using running = await work(image, group?.launcher ?? []);
  await sleep(SETTLE_MS);
  const usage = running.program.usage();
  if (usage === undefined) throw new Error('the kernel does not tell what a process uses');
  const row = (what: string, bytes: number) => ({
    figure: `${program.name}: idle, ${what} (request ${request}, limit ${limit} MiB)`,
    value: bytes / MIB,
    unit: 'MiB',
  });
  const charge = group?.charge();
  return [
    atMost(limit, row('resident', usage.rssBytes)),
    atMost(request, row('anonymous', usage.anonymousBytes)),
    ...(charge === undefined ? [] : [shown(row("working set of a node's first", charge.workingSetBytes))]),
  ];
}

function memoryOf({ component }: ShippedProgram): { request: number; limit: number } {
  const values = parse(readFileSync(VALUES, 'utf8')) as Record<
    string,
    { resources: { requests: { memory: string }; limits: { memory: string } } }
  >;
  const mebibytes = (text = ''): number => Number(/^(\d+)Mi$/u.exec(text)?.[1]);
  const { requests, limits } = values[component]?.resources ?? {};
  return { request: mebibytes(requests?.memory), limit: mebibytes(limits?.memory) };
}

/** The kernel charges a page of a file to whoever reads it first: after this it is the container. */
function forgetPages({ rootfs }: UnpackedImage): void {
  for (const { path, stats } of imageFiles(rootfs)) {
    if (!stats.isFile()) continue;
    const file = join(rootfs, path);
    runTool(['sync', file]);
    runTool(['dd', `if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
  }
}
