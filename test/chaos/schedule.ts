import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import type { ProxyMode } from '../fakes/fault-proxy.ts';
import type { Fault } from '../fakes/kube-apiserver/faults.ts';
import { WRONG_WANTED } from '../platform-rig/faults/fault-rules.ts';
import type { FaultRequest } from '../platform-rig/faults/parse-fault.ts';
import { isPromised } from '../judges/wire-promises.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** Something that goes wrong, as data. What has a duration is over when it has passed. */
export type ChaosAction =
  /** The network between agent and API server, or between agent and platform. */
  | { readonly type: 'network'; readonly side: 'kube' | 'platform'; readonly mode: ProxyMode; readonly ms: number }
  | { readonly type: 'kubeFault'; readonly fault: Fault }
  | { readonly type: 'platformFault'; readonly fault: FaultRequest }
  | { readonly type: 'restartApiServer'; readonly historyLost: boolean; readonly downMs: number }
  /** Positions and continue tokens expire, or only the tokens. */
  | { readonly type: 'forgetHistory'; readonly tokensOnly: boolean }
  | { readonly type: 'endWatches'; readonly resource: string }
  | { readonly type: 'forbid'; readonly resource: string; readonly ms: number }
  /** A definition goes with its objects, and comes back with others. */
  | { readonly type: 'redefine'; readonly plural: string; readonly ms: number }
  /** etcd goes back to a backup that was made so long before. */
  | { readonly type: 'rewind'; readonly ms: number }
  /** The API server comes back as another version, which shows objects with other defaults, by the versions that they have. */
  | { readonly type: 'upgrade'; readonly downMs: number }
  /** Objects become so large that what waits passes the bound on memory, and feeds are demoted. */
  | { readonly type: 'flood'; readonly objects: number; readonly labels: number }
  | { readonly type: 'rotateToken' }
  | { readonly type: 'killPlatform'; readonly downMs: number }
  | { readonly type: 'pauseProcessing'; readonly ms: number }
  | { readonly type: 'resync'; readonly feeds: readonly string[] }
  /** The platform's disk is lost: it goes back to a backup that was made so long before. */
  | { readonly type: 'restoreBackup'; readonly ms: number }
  /** The platform loses about one in so many objects, and finds out. */
  | { readonly type: 'loseObjects'; readonly oneIn: number }
  /** The platform forgets who speaks to it: the session, or the token of the second wire. */
  | { readonly type: 'forgetSession' }
  | { readonly type: 'replaceAgent'; readonly signal: 'SIGKILL' | 'SIGTERM' }
  | { readonly type: 'freezeAgent'; readonly ms: number }
  /** A second agent for a while. */
  | { readonly type: 'rival'; readonly ms: number };

/** One action after a pause. */
export interface ChaosStep {
  readonly pauseMs: number;
  readonly action: ChaosAction;
}

/** Two rows of actions that run side by side, so that faults of one side meet those of the other. */
export interface ChaosSchedule {
  /** API server and agent. */
  readonly kube: readonly ChaosStep[];
  readonly platform: readonly ChaosStep[];
}

/** What else a schedule may hold. */
export interface ChaosChoice {
  /** Histories are rewound. What the platform holds is then right to go back in time, which is a fault otherwise: not in every run. */
  readonly rewinds: boolean;
  /** Second agents come and go. */
  readonly rivals: boolean;
  /** Objects become large. What a platform refuses for its size is given up then. */
  readonly floods: boolean;
  /** What agent and platform speak. */
  readonly wire: Wire;
}

/** What happens, and when: the same for the same seed, however fast the machine is. */
export function chaosSchedule(
  random: SeededRandom,
  steps: number,
  { rewinds, rivals, floods, wire }: ChaosChoice,
): ChaosSchedule {
  const row = (pick: (random: SeededRandom) => ChaosAction): ChaosStep[] =>
    Array.from({ length: steps }, () => ({ pauseMs: 100 + random.integer(900), action: pick(random) }));
  const pickKube = (random_: SeededRandom): ChaosAction => {
    const action = pickKubeAction(random_, wire);
    if (rewinds && random_.chance(0.2)) return { type: 'rewind', ms: 200 + random_.integer(1800) };
    return floods && random_.chance(0.3) ? pickFlood(random_) : action;
  };
  return { kube: row(pickKube), platform: row((random_) => pickPlatformAction(random_, { wire, rivals })) };
}

/** What says that a batch cannot be taken as it is: an object that is refused alone may be given up. */
export const REFUSALS: readonly number[] = [400, 413, 422];

const RESOURCES = ['pods', 'nodes', 'deployments', 'replicasets', 'services', 'jobs', 'namespaces', 'nodepools'];

function pickKubeAction(random: SeededRandom, wire: Wire): ChaosAction {
  const resource = random.pick(RESOURCES);
  const ms = 200 + random.integer(1800);
  return random.pick<() => ChaosAction>([
    () => ({ type: 'network', side: 'kube', mode: pickMode(random), ms }),
    () => ({ type: 'kubeFault', fault: pickKubeFault(random, resource) }),
    () => ({ type: 'kubeFault', fault: pickKubeFault(random, resource) }),
    () => ({ type: 'restartApiServer', historyLost: random.chance(0.5), downMs: random.integer(1000) }),
    () => ({ type: 'restartApiServer', historyLost: true, downMs: random.integer(1000) }),
    () => ({ type: 'forgetHistory', tokensOnly: random.chance(0.5) }),
    // The second wire knows an object by its version, whatever it says: only our own can tell that nothing is as it was.
    wire === 'ingest' && random.chance(0.3)
      ? () => ({ type: 'upgrade', downMs: random.integer(1000) })
      : () => ({ type: 'forgetHistory', tokensOnly: false }),
    () => ({ type: 'endWatches', resource }),
    isPromised(wire, 'what cannot be read any more keeps its last state')
      ? () => ({ type: 'forbid', resource, ms })
      : () => ({ type: 'endWatches', resource }),
    () => ({ type: 'redefine', plural: random.pick(['nodepools', 'nodeclaims']), ms }),
    () => ({ type: 'rotateToken' }),
    () => ({ type: 'replaceAgent', signal: random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM']) }),
    () => ({ type: 'freezeAgent', ms }),
  ])();
}

function pickPlatformAction(random: SeededRandom, { wire, rivals }: Pick<ChaosChoice, 'wire' | 'rivals'>): ChaosAction {
  const ms = 200 + random.integer(1800);
  const pickFault = wire === 'ingest' ? pickIngestFault : pickDeltaFault;
  /** Batches of the second wire are processed when they are taken. */
  const stall = (): ChaosAction =>
    isPromised(wire, 'what is processed is told') ? { type: 'pauseProcessing', ms } : { type: 'forgetSession' };
  const feeds = isPromised(wire, 'feeds are asked for one by one') ? ['pods', 'apps/deployments'] : [];
  return random.pick<() => ChaosAction>([
    () => ({ type: 'network', side: 'platform', mode: pickMode(random), ms }),
    () => ({ type: 'network', side: 'platform', mode: { type: 'dropAnswer', times: 1 + random.integer(3) }, ms }),
    () => ({ type: 'platformFault', fault: pickFault(random) }),
    () => ({ type: 'platformFault', fault: pickFault(random) }),
    () => ({ type: 'platformFault', fault: pickFault(random) }),
    () => ({ type: 'killPlatform', downMs: random.integer(1000) }),
    stall,
    () => ({ type: 'resync', feeds: random.chance(0.5) ? [] : feeds }),
    () => ({ type: 'restoreBackup', ms }),
    () => ({ type: 'loseObjects', oneIn: 1 + random.integer(4) }),
    () => ({ type: 'forgetSession' }),
    rivals ? () => ({ type: 'rival', ms }) : () => ({ type: 'forgetSession' }),
  ])();
}

/** 76 bytes a label: of the least bound on memory, 1 MiB, two objects pass it, and one alone does not stop the watch that brings the second. */
function pickFlood(random: SeededRandom): ChaosAction {
  return { type: 'flood', objects: 2 + random.integer(4), labels: 7000 + random.integer(2800) };
}

function pickMode(random: SeededRandom): ProxyMode {
  return random.pick<ProxyMode>([
    { type: 'refuse' },
    { type: 'halfOpen' },
    { type: 'swallow' },
    { type: 'latency', ms: 50, jitterMs: 200 },
    { type: 'slice', bytes: 100, everyMs: 1 },
    { type: 'cut', afterBytes: random.integer(20_000), how: random.pick(['fin', 'rst']), direction: 'down' },
    { type: 'cut', afterBytes: random.integer(20_000), how: random.pick(['fin', 'rst']), direction: 'up' },
  ]);
}

function pickKubeFault(random: SeededRandom, resource: string): Fault {
  const times = 1 + random.integer(2);
  const afterBytes = random.integer(20_000);
  const how = random.pick(['eof', 'fin', 'rst'] as const);
  const error = (code: number, reason: string) => ({
    type: 'ERROR',
    object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'chaos', reason, code },
  });
  const watch = { verb: 'watch', resource, times };
  const list = { verb: 'list', resource, times };
  /** Both forms of discovery, and that of single groups. */
  const discovery = { verb: 'get', path: random.pick(['/apis', '/apis/', '/api']), times };
  return random.pick<Fault>([
    { match: watch, action: { type: 'cut', afterBytes, how } },
    { match: watch, action: { type: 'silence', afterBytes } },
    { match: watch, action: { type: 'duplicate' } },
    {
      match: watch,
      action: { type: 'inject', afterFrames: random.integer(3), data: error(410, 'Expired'), thenEnd: true },
    },
    { match: watch, action: { type: 'inject', afterFrames: random.integer(3), data: error(500, 'InternalError') } },
    { match: watch, action: { type: 'inject', afterFrames: random.integer(3), data: { type: 'RENAMED', object: {} } } },
    { match: watch, action: { type: 'oversizedLine', afterFrames: random.integer(3), bytes: 9_000_000 } },
    { match: watch, action: { type: 'respond', status: 429, headers: { 'retry-after': '1' }, body: 'later' } },
    {
      match: discovery,
      action: { type: 'respond', status: random.pick([403, 404, 429, 503]), body: '<html>not here</html>' },
    },
    { match: discovery, action: { type: 'respond', status: 200, body: random.pick(['<html>sign in</html>', '{}']) } },
    { match: discovery, action: { type: 'cut', afterBytes, how } },
    { match: list, action: { type: 'respond', status: 503, body: 'service unavailable' } },
    { match: list, action: { type: 'cut', afterBytes, how } },
    { match: list, action: { type: 'reset' } },
    { match: list, action: { type: 'delay', ms: 500 } },
    {
      match: { ...list, hasContinue: true },
      action: { type: 'respond', status: 410, body: error(410, 'Expired').object },
    },
  ]);
}

/** Faults of either wire; `on`: the call that takes what agents send. */
function pickTransferFault(random: SeededRandom, on: 'batch' | 'open' | 'delta'): FaultRequest {
  const times = 1 + random.integer(3);
  return random.pick<FaultRequest>([
    { on, times, action: { type: 'status', status: 503, retryAfter: '1' } },
    { on, times, action: { type: 'status', status: random.pick([429, 500, 502, 504]) } },
    { on, times: 1, action: { type: 'status', status: 401 } },
    { on, times: 1, action: { type: 'status', status: on === 'open' ? 503 : random.pick([...REFUSALS]) } },
    { on, times, action: { type: 'drop' } },
    { on, times, action: { type: 'loseAnswer' } },
    { on, times, action: { type: 'notAck' } },
    { on, times, action: { type: 'redirect' } },
    { on, times, action: { type: 'delay', ms: 100 + random.integer(900) } },
    { on, times, action: { type: 'closeIdle', ms: random.integer(200) } },
    { on, times, action: { type: 'limit', bytes: 30_000 } },
  ]);
}

function pickIngestFault(random: SeededRandom): FaultRequest {
  const times = 1 + random.integer(3);
  return random.pick<() => FaultRequest>([
    ...Array.from(
      { length: 11 },
      () => () => pickTransferFault(random, random.pick(['batch', 'batch', 'batch', 'open'])),
    ),
    () => ({ on: 'batch', times: 1, action: { type: 'wrongAck', entryCount: 1 } }),
    () => ({ on: 'batch', times, action: { type: 'refuseEncoding', encoding: 'zstd' } }),
    () => ({ on: 'batch', times, action: { type: 'newerPlatform' } }),
    () => ({ on: 'batch', times, action: { type: 'wrongWanted', wanted: random.pick(WRONG_WANTED) } }),
    () => ({ on: 'open', times, action: { type: 'noOffers' } }),
  ])();
}

/** The second wire has one call, and its snapshot may be cut at any byte. */
function pickDeltaFault(random: SeededRandom): FaultRequest {
  return random.pick<() => FaultRequest>([
    ...Array.from({ length: 11 }, () => () => pickTransferFault(random, 'delta')),
    () => ({ on: 'delta', times: 1, action: { type: 'cutAt', bytes: random.integer(40_000) } }),
    () => ({ on: 'delta', times: 1, action: { type: 'cutAt', bytes: random.integer(40_000) } }),
    () => ({ on: 'delta', times: 1, action: { type: 'slowRead', bytesPerSecond: 20_000 + random.integer(60_000) } }),
  ])();
}
