import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { startBenchFake } from '../agent/servers.ts';
import { atMost, type Figure, shown } from '../figure.ts';
import { type MeasuredController, startMeasuredController } from './measured-controller.ts';

const WARM_UP_MS = 60_000;
const IDLE_MS = 180_000;
/** As long as a platform holds a poll that is shorter than what load balancers allow. */
const HOLD_MS = 50_000;

interface Logged {
  readonly at: number;
  readonly resource?: string;
  readonly userAgent?: string;
}

/**
 * What it costs that nothing is asked: with the election that the chart has, by a platform that holds its answers and by one that answers each
 * poll at once. In the same minutes a Node that does nothing, because a wake-up costs something else on every machine and in every hour.
 */
export async function idleFigures(report: (line: string) => void): Promise<Figure[]> {
  report('controller: nothing is asked');
  // Two clusters, so that each controller leads.
  await using held = await startIdle(HOLD_MS);
  await using asked = await startIdle(0);
  const nothing = startProgram({
    name: 'a Node that does nothing',
    entry: join(import.meta.dirname, '../idle-node/main.ts'),
    nodeArgs: findProgram('cluster-controller').nodeFlags,
  });
  await using _ = nothing;
  await sleep(WARM_UP_MS);
  const [ofNothing, ofHeld, ofAsked] = [spentBy(nothing), spentBy(held.program), spentBy(asked.program)];
  const [requestsHeld, requestsAsked] = [requestsOf(held), requestsOf(asked)];
  await sleep(IDLE_MS);
  const floor = ofNothing();
  return [
    shown({ figure: 'idle: CPU of a Node that does nothing', value: floor.percent, unit: '% of a core' }),
    shown({ figure: 'idle: its wake-ups', value: floor.wakeUps, unit: '/min' }),
    ...(await rows('platform holds polls', { spent: ofHeld(), floor, requests: requestsHeld })),
    ...(await rows('polls answered at once', { spent: ofAsked(), floor, requests: requestsAsked })),
    shown({
      figure: 'idle: anonymous memory',
      value: (held.program.usage()?.anonymousBytes ?? Number.NaN) / 2 ** 20,
      unit: 'MiB',
    }),
  ];
}

interface Spent {
  readonly percent: number;
  readonly wakeUps: number;
}

interface Requests {
  readonly polls: number;
  readonly leases: number;
  readonly others: number;
}

interface Measured {
  readonly spent: Spent;
  readonly floor: Spent;
  readonly requests: () => Promise<Requests>;
}

async function rows(who: string, { spent, floor, requests }: Measured): Promise<Figure[]> {
  const { polls, leases, others } = await requests();
  const row = (figure: string, value: number, unit: string) => ({ figure: `idle, ${who}: ${figure}`, value, unit });
  return [
    shown(row('CPU', spent.percent, '% of a core')),
    atMost(0.1, row('CPU above a Node that does nothing', spent.percent - floor.percent, '% of a core')),
    shown(row('wake-ups', spent.wakeUps, '/min')),
    atMost(2, row('requests beside polls', leases + others, '/min')),
    shown(row('of them for the lease', leases, '/min')),
    shown(row('polls', polls, '/min')),
  ];
}

/** What the program spends from now to when it is asked. */
function spentBy(program: ChildProgram): () => Spent {
  const [before, startMs] = [program.usage(), performance.now()];
  return () => {
    const [after, tookMs] = [program.usage(), performance.now() - startMs];
    const more = (what: 'cpuMs' | 'sleeps'): number => (after?.[what] ?? Number.NaN) - (before?.[what] ?? Number.NaN);
    return { percent: (more('cpuMs') / tookMs) * 100, wakeUps: (more('sleeps') / tookMs) * 60_000 };
  };
}

/** What it asks of both servers a minute, from now to when it is asked. */
function requestsOf({ hub, fake }: IdleController): () => Promise<Requests> {
  const [pollsBefore, fromMs] = [hub.requests.length, Date.now()];
  return async () => {
    const aMinute = (count: number): number => (count / (Date.now() - fromMs)) * 60_000;
    const polls = hub.requests.length - pollsBefore;
    const all = (await fake.client.request('GET', '/_fake/requests')) as unknown as readonly Logged[];
    const own = all.filter(({ at, userAgent = '' }) => at >= fromMs && userAgent.includes('cluster-controller'));
    const leases = own.filter(({ resource }) => resource === 'leases').length;
    return { polls: aMinute(polls), leases: aMinute(leases), others: aMinute(own.length - leases) };
  };
}

type IdleController = MeasuredController & { readonly fake: Awaited<ReturnType<typeof startBenchFake>> };

async function startIdle(holdMs: number): Promise<IdleController> {
  await using stack = new AsyncDisposableStack();
  const fake = stack.use(await startBenchFake({ pods: 30 }));
  const ca = await readFile(join(fake.serviceAccountDir, 'ca.crt'), 'utf8');
  const server = { url: fake.url, ca, token: fake.token };
  const controller = stack.use(await startMeasuredController(server, { LEADER_ELECTION: 'true' }));
  controller.hub.holdMs = holdMs;
  const parts = stack.move();
  return { ...controller, fake, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
