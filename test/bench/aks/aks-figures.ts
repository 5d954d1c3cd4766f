/** The figures of AKS init data (`npm run bench -- aks`): what a delivery takes on a node, and what waiting for the next one costs. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { extractData } from '@castai/aks-init-data/extract/extract-data.ts';
import type { ExtractJob } from '@castai/aks-init-data/extract/extract-job.ts';
import { WorkerExtractor } from '@castai/aks-init-data/extract/worker-extractor.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { bundleOf, findProgram } from '../../../scripts/programs.ts';
import { InitDataStage } from '../../stages/aks-init-data/init-data-stage.ts';
import { FakeWaagent } from '../../fakes/waagent.ts';
import { makePlatformKeys } from '../../fakes/waagent/platform-keys.ts';
import { atMost, type Figure, median, percentile, shown } from '../figure.ts';

const MIB = 1024 * 1024;
const EXTRACTIONS = 500;
/** Until the code is compiled. */
const WARM_UPS = 50;
const WORKERS = 10;
const SETTLE_MS = 500;
/** Past the first minute: compiled, collected, and nothing to do. */
const WARM_UP_MS = 30_000;
const IDLE_MS = 130_000;
const never = new AbortController().signal;

/** Measures everything. `report` hears what is being done. */
export async function aksFigures(report: (line: string) => void = () => undefined): Promise<Figure[]> {
  // 87 kB is the most that AKS puts into CustomData before it moves the command to the settings.
  using node = new FakeWaagent({ shape: 'oversized', padding: 86_000 });
  node.customData = Buffer.concat([node.customData, Buffer.alloc(65_000, '#')]);
  node.settings = Buffer.from(JSON.stringify({ commandToExecute: 'c'.repeat(87_000) }));
  node.writeOvfEnv();
  node.writeSettings(node.encryptedSettings());
  const job = sealedJob(node.root);
  report(`aks: ${EXTRACTIONS} extractions`);
  const extraction = await extractionFigures(job);
  report(`aks: ${WORKERS} workers`);
  const workers = await workerFigures(job);
  report('aks: idle');
  return [...extraction, ...workers, ...(await idleFigures(node.root))];
}

function sealedJob(root: string): ExtractJob {
  return {
    root,
    isCustomDataOptional: false,
    fingerprintKey: Buffer.alloc(32, 1).toString('base64'),
    output: {
      kind: 'sealed',
      keyId: 'k1',
      publicKey: makePlatformKeys().publicKey,
      context: {
        clusterId: 'c',
        agentPool: 'pool1',
        architecture: 'amd64',
        capturedAt: new Date(0).toISOString(),
        told: [],
      },
      receipt: 'r',
    },
  };
}

/** Without the pauses, which are rules and not work: everything is read three times, as it is with them. */
async function extractionFigures(job: ExtractJob): Promise<Figure[]> {
  const clock = { ...systemClock, sleep: async (): Promise<void> => undefined };
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let trial = 0; trial < WARM_UPS + EXTRACTIONS; trial += 1) {
    const startMs = performance.now();
    const before = process.cpuUsage();
    await extractData(job, { clock }, never);
    times.push(performance.now() - startMs);
    const { user, system } = process.cpuUsage(before);
    cpuTimes.push((user + system) / 1000);
  }
  const figure = 'read, decrypt and seal an 87 kB pair';
  const [warm, warmCpu] = [times.slice(WARM_UPS), cpuTimes.slice(WARM_UPS)];
  return [
    atMost(25, { figure: `${figure}, p99`, value: percentile(warm, 0.99), unit: 'ms' }),
    shown({ figure: `${figure}, median`, value: median(warm), unit: 'ms' }),
    // Where other programs share the machine, this is what is ours.
    shown({ figure: `${figure}, CPU, p99`, value: percentile(warmCpu, 0.99), unit: 'ms' }),
    shown({ figure: `${figure}, first of a process`, value: times[0] ?? Number.NaN, unit: 'ms' }),
  ];
}

async function workerFigures(job: ExtractJob): Promise<Figure[]> {
  const entry = bundleOf(findProgram('aks-init-data'));
  const extractor = new WorkerExtractor({ executable: process.execPath, entry, clock: systemClock });
  const times: number[] = [];
  for (let trial = 0; trial < WORKERS; trial += 1) {
    const startMs = performance.now();
    await extractor.extract(job, never);
    times.push(performance.now() - startMs - SETTLE_MS);
  }
  return [shown({ figure: 'the same by a worker, its start included, median', value: median(times), unit: 'ms' })];
}

async function idleFigures(waagentDir: string): Promise<Figure[]> {
  await using stage = await InitDataStage.start();
  await stage.putNode('node-1');
  // The pace of production, but for the first minute's.
  const env = { CLUSTER_POLL_SECONDS: '20', FILES_POLL_SECONDS: '60' };
  await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir, fromBundle: true, env });
  await stage.ready(program);
  await sleep(WARM_UP_MS);
  const before = program.process.usage();
  const workersMs = childrenCpuMs(program.process.pid);
  await sleep(IDLE_MS);
  const after = program.process.usage();
  if (before === undefined || after === undefined) throw new Error('the program ended while it was measured');
  const cpuPercent = ((after.cpuMs - before.cpuMs) / IDLE_MS) * 100;
  return [
    atMost(32, { figure: 'idle anonymous memory, bundled', value: after.anonymousBytes / MIB, unit: 'MiB' }),
    shown({ figure: 'idle resident memory, bundled', value: after.rssBytes / MIB, unit: 'MiB' }),
    atMost(0.1, { figure: 'idle CPU, a look at the cluster every 20 s', value: cpuPercent, unit: '% of a core' }),
    shown({ figure: 'CPU of all workers up to the first delivery', value: workersMs, unit: 'ms' }),
  ];
}

/** User and system time of children that have ended, fields 16 and 17 of `stat`, in units of 1/100 s. */
function childrenCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[16 - 3]) + Number(fields[17 - 3])) * 10;
}
