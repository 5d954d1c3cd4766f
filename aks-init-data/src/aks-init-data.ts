import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { startAdminServer } from '@castai/shared/http/admin-server.ts';
import type { Lifecycle } from '@castai/shared/program/lifecycle.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { InitDataConfig } from './config.ts';
import { connect } from './connect/connections.ts';
import { DataProblem } from './read/data-problem.ts';
import { WorkerExtractor } from './extract/worker-extractor.ts';
import { InitDataMetrics } from './observe/init-data-metrics.ts';
import { InitDataObserver } from './observe/init-data-observer.ts';
import { initDataHealth, initDataStatus, type InitDataView } from './observe/init-data-status.ts';
import { folderSignature } from './read/node-folder.ts';
import { SafeDirectory } from './read/safe-directory.ts';
import { parsePlatformKeys } from './seal/platform-keys.ts';
import { Sender } from './send/sender.ts';
import { ClusterWatch } from './pool/cluster-watch.ts';
import { InitDataLoop } from './trigger/init-data-loop.ts';
import { PoolLease } from './pool/pool-lease.ts';
import { PoolStore } from './pool/pool-store.ts';

/** What `main.ts` hands in: everything that comes from the process. */
export interface InitDataOptions {
  readonly config: InitDataConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Tells this process from every other one. */
  readonly instanceId: string;
  /** Node and this program's main file: the worker is the same program. */
  readonly worker: { readonly executable: string; readonly entry: string };
  readonly logger: Logger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly lifecycle: Lifecycle;
}

const REFUSED_PAUSE_MS = 24 * 3_600_000;
const KEY_CHANGE_PAUSE_MS = 3_600_000;
const YOUNGER_FIRST_MS = 1_800_000;
/** So that the pods of a pool are not due in the same second. */
const PERIOD_JITTER_MS = 3_600_000;

/**
 * Runs the program until its lifecycle ends.
 *
 * The way of the data, read → decrypt → seal → send: the first three happen in a worker process that lives for that moment;
 * what comes back is an envelope. The loop decides when.
 */
export async function runInitData(options: InitDataOptions): Promise<void> {
  const { config, environment, version, instanceId, worker, logger, clock, random, lifecycle } = options;
  const { clusterId, nodeName, namespace, waagentDir, isCustomDataOptional } = config;
  const isSealed = config.format === 'sealed';
  const platformKeys = isSealed ? parsePlatformKeys(config.platformKeys) : [];
  const connections = connect({
    config,
    environment,
    clock,
    userAgent: `castai-aks-init-data/${version}`,
  });
  const { kube, platform, apiKey } = connections;
  const extractor = new WorkerExtractor({ ...worker, clock });
  await refuseUnsuitable(extractor, lifecycle.draining);

  const metrics = new InitDataMetrics({ version, clock, isReady: () => health.readiness().ready });
  const observer = new InitDataObserver({ metrics, logger });
  const store = new PoolStore(kube, namespace);
  const loop = new InitDataLoop({
    cluster: new ClusterWatch({
      kube,
      store,
      clock,
      nodeName,
      clusterId,
      platform: isSealed ? platform : undefined,
      askEveryMs: config.clusterPollMs,
    }),
    store,
    lease: new PoolLease({ client: kube, namespace, holderIdentity: `${nodeName}_${instanceId}`, clock }),
    sender: new Sender({
      extractor,
      platform,
      apiKey,
      clock,
      clusterId,
      waagentDir,
      isCustomDataOptional,
      platformKeys,
    }),
    signature: async () => {
      await using root = await SafeDirectory.open(waagentDir);
      return await folderSignature(root);
    },
    observer,
    rules: {
      keyCount: platformKeys.length,
      policy: {
        periodMs: config.periodMs + Math.round(random() * Math.min(PERIOD_JITTER_MS, config.periodMs / 100)),
        sendOnLivePatch: config.sendOnLivePatch,
        refusedPauseMs: REFUSED_PAUSE_MS,
        keyChangePauseMs: KEY_CHANGE_PAUSE_MS,
        youngerFirstMs: YOUNGER_FIRST_MS,
      },
    },
    clusterPollMs: config.clusterPollMs,
    filesPollMs: config.filesPollMs,
    clock,
    random,
  });
  const startedAtMs = clock.now();
  const view: InitDataView = { config, version, startedAtMs, clock, loop, observer, apiKey, platformKeys };
  const health = initDataHealth(view);
  const admin = await startAdminServer({
    host: config.adminHost,
    port: config.adminPort,
    health,
    registry: metrics.registry,
    status: () => initDataStatus(view),
    logger,
    clock,
  });
  logger.info('aks-init-data started', { version, instanceId, port: admin.port });
  if (!isSealed) logger.warn('compatibility mode: the data is not sealed, TLS alone protects it on its way');
  try {
    await lifecycle.run({ loop: ({ draining }) => loop.run(draining) });
  } finally {
    await admin.close();
    connections.close();
  }
}

/** An image that can never decrypt is a mistake of the deployment; anything else shows when data is read. */
async function refuseUnsuitable(extractor: WorkerExtractor, signal: AbortSignal): Promise<void> {
  try {
    await extractor.selfTest(signal);
  } catch (error) {
    if (!(error instanceof DataProblem) || error.kind !== 'crypto-unsuitable') return;
    throw new CastaiError('CONFIG_INVALID', error.message, { hint: error.hint });
  }
}
