import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProgram } from '../../stages/child-program.ts';
import { startBenchFake } from '../agent/servers.ts';
import { atMost, type Figure, shown } from '../figure.ts';
import { startMeasuredController } from './measured-controller.ts';

const WARM_UP_MS = 60_000;
const IDLE_MS = 180_000;

interface Logged {
  readonly at: number;
  readonly resource?: string;
  readonly userAgent?: string;
}

/** What it costs that nothing is asked: with the election that the chart has, and a platform that answers each poll at once. */
export async function idleFigures(report: (line: string) => void): Promise<Figure[]> {
  report('controller: nothing is asked');
  await using fake = await startBenchFake({ pods: 3000 });
  const ca = await readFile(join(fake.serviceAccountDir, 'ca.crt'), 'utf8');
  const server = { url: fake.url, ca, token: fake.token };
  await using controller = await startMeasuredController(server, { LEADER_ELECTION: 'true' });
  const { hub, program } = controller;
  await sleep(WARM_UP_MS);
  const [cpuBefore, pollsBefore] = [cpuMs(program), hub.requests.length];
  const [fromMs, startMs] = [Date.now(), performance.now()];
  await sleep(IDLE_MS);
  const tookMs = performance.now() - startMs;
  const [cpuAfter, polls] = [cpuMs(program), hub.requests.length - pollsBefore];
  const all = (await fake.client.request('GET', '/_fake/requests')) as unknown as readonly Logged[];
  const own = all.filter(({ at, userAgent = '' }) => at >= fromMs && userAgent.includes('cluster-controller'));
  const leases = own.filter(({ resource }) => resource === 'leases').length;
  const aMinute = (count: number): number => (count / tookMs) * 60_000;
  const usage = program.usage();
  return [
    atMost(0.1, { figure: 'idle CPU', value: ((cpuAfter - cpuBefore) / tookMs) * 100, unit: '% of a core' }),
    atMost(2, { figure: 'idle: requests beside polls and lease', value: aMinute(own.length - leases), unit: '/min' }),
    shown({ figure: 'idle: renewals of the lease', value: aMinute(leases), unit: '/min' }),
    shown({ figure: 'idle: polls', value: aMinute(polls), unit: '/min' }),
    shown({ figure: 'idle: anonymous memory', value: (usage?.anonymousBytes ?? Number.NaN) / 2 ** 20, unit: 'MiB' }),
  ];
}

function cpuMs(program: ChildProgram): number {
  return program.usage()?.cpuMs ?? Number.NaN;
}
