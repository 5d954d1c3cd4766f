import { CastaiError } from '@castai/shared/errors.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { KeyWatch } from '@castai/shared/wire/key-watch.ts';
import type { InitDataConfig } from './config.ts';
import { connect } from './connect/connections.ts';
import { emptyCoreDumps } from './extract/empty-core-dumps.ts';
import { WorkerExtractor, type WorkerOptions } from './extract/worker-extractor.ts';
import { InitDataMetrics } from './observe/init-data-metrics.ts';
import { InitDataObserver } from './observe/init-data-observer.ts';
import { initDataHealth, initDataStatus, type InitDataView } from './observe/init-data-status.ts';
import { createInitDataVerdict } from './observe/init-data-verdict.ts';
import { ClusterWatch } from './pool/cluster-watch.ts';
import { PoolLease } from './pool/pool-lease.ts';
import { PoolStore } from './pool/pool-store.ts';
import { DataProblem } from './read/data-problem.ts';
import { folderSignature } from './read/node-folder.ts';
import { SafeDirectory } from './read/safe-directory.ts';
import { parsePlatformKeys } from './seal/platform-keys.ts';
import { Sender } from './send/sender.ts';
import { InitDataLoop } from './trigger/init-data-loop.ts';
import { triggerPolicy } from './trigger/trigger-policy.ts';

/** What the program runs with. */
export interface InitDataContext extends ProgramContext<InitDataConfig> {
  /** Node and this program's main file: the worker is the same program. */
  readonly worker: Pick<WorkerOptions, 'executable' | 'entry'>;
}

/**
 * Runs the program until its lifecycle ends.
 *
 * The way of the data, read → decrypt → seal → send: the first three happen in a worker process that lives for that moment;
 * what comes back is an envelope. The loop decides when.
 */
export async function runInitData(context: InitDataContext): Promise<void> {
  const { config, version, instanceId, startedAtMs, worker, logger, clock, random, lifecycle } = context;
  const { clusterId, nodeName, namespace, waagentDir, isCustomDataOptional, clusterPollMs, filesPollMs } = config;
  const isSealed = config.format === 'sealed';
  // Before the first worker, which inherits it.
  const coreProblem = emptyCoreDumps();
  const platformKeys = isSealed ? parsePlatformKeys(config.platformKeys) : [];
  const connections = connect({ ...context, onTrustProblem: (...told) => observer.onTrustProblem(...told) });
  const { kube, platform, apiKey, serverTime } = connections;
  const extractor = new WorkerExtractor({ ...worker, clock });
  await refuseUnsuitable(extractor, lifecycle.draining);

  const metrics = new InitDataMetrics({ version, clock, isSealed, isReady: () => health.readiness().ready });
  const observer = new InitDataObserver({ metrics, logger });
  const store = new PoolStore(kube, namespace);
  const wishes = isSealed ? platform : undefined;
  const loop = new InitDataLoop({
    cluster: new ClusterWatch({
      kube,
      store,
      clock: serverTime,
      nodeName,
      clusterId,
      platform: wishes,
      askEveryMs: clusterPollMs,
    }),
    store,
    lease: new PoolLease({ client: kube, namespace, holderIdentity: `${nodeName}_${instanceId}`, clock: serverTime }),
    sender: new Sender({
      extractor,
      platform,
      apiKey,
      clock: serverTime,
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
    rules: { keyCount: platformKeys.length, policy: triggerPolicy(config, random) },
    clusterPollMs,
    filesPollMs,
    clock: serverTime,
    random,
  });

  const keyWatch = new KeyWatch({ apiKey, clock, onReplaced: () => loop.keyReplaced() });

  const { server, partners } = connections;
  const view: InitDataView = {
    config,
    version,
    startedAtMs,
    loop,
    observer,
    apiKey,
    platformKeys,
    coreProblem,
    server,
    times: () => theirTimes(partners),
  };
  const health = initDataHealth(view);
  const verdict = createInitDataVerdict(context, view);
  const port = await context.serveAdmin({
    health,
    registry: metrics.registry,
    status: () => initDataStatus(view, verdict),
  });
  logger.info('aks-init-data started', { version, instanceId, port });
  if (!isSealed) logger.warn('compatibility mode: the data is not sealed, TLS alone protects it on its way');
  if (coreProblem !== undefined) logger.warn(`${coreProblem.message}; ${coreProblem.hint ?? ''}`);
  try {
    await lifecycle.run({
      loop: ({ draining }) => loop.run(draining),
      'key watch': ({ draining }) => keyWatch.run(draining),
      verdict: ({ draining }) => verdict.run(draining),
    });
  } finally {
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
