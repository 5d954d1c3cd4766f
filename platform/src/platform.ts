/** The reference platform: its stages put together, and the program around them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { RecentProblems } from '@castai/shared/program/recent-problems.ts';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { PlatformConfig } from './config.ts';
import { platformHealth, platformStatus } from './observe/platform-status.ts';
import { type PlatformSettings, platformSettings } from './platform-settings.ts';
import { servePlatform } from './serve-platform.ts';
import type { Refusal } from './answer/refusal.ts';
import { AgentApi, type AgentReport } from './front/agent-api.ts';
import { ApiKeys } from './front/api-keys.ts';
import { Front } from './front/front.ts';
import { agentRoute, type Wire, WIRES } from './front/route.ts';
import { Ingest, type IngestHooks, type IngestSettings } from './ingest/ingest.ts';
import { ActionApi } from './actions/action-api.ts';
import { actionsSection } from './actions/actions-section.ts';
import { InitDataDeliveries } from './init-data/init-data-deliveries.ts';
import { readClusterKeys } from './origin/cluster-keys.ts';
import { notificationMetrics } from './notify/notification-metrics.ts';
import { notificationsSection } from './notify/notifications-section.ts';
import { startNotifying } from './notify/start-notifying.ts';
import { Origins } from './origin/origins.ts';
import { PodTokens } from './origin/pod-tokens.ts';
import { ReplayGuard } from './init-data/replay-guard.ts';
import { Deltas } from './deltas/deltas.ts';
import { Counters } from './observe/counters.ts';
import { PlatformMetrics } from './observe/platform-metrics.ts';
import { PageApi } from './page/page-api.ts';
import { pageSections } from './page/page-sections.ts';
import { PageStream } from './page/page-stream.ts';
import { evictorSections } from './page/evictor/evictor-sections.ts';
import { securitySections } from './page/security/security-sections.ts';
import { reportNote } from './page/report-note.ts';
import type { PlatformStore } from './store/platform-store.ts';
import { claimFile } from './store/sqlite/claim-file.ts';
import { createJsonCheck } from './store/sqlite/json-check.ts';
import { SqliteStore } from './store/sqlite/sqlite-store.ts';

/** How a platform is made. What may be missing has a default. */
export interface PlatformOptions extends Partial<PlatformSettings> {
  /** Bound of a request body before and after decompression, bytes; default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** The same of a delta of the existing agents' wire, default 4 GiB: it is read while it comes. */
  readonly maxDeltaBytes?: number;
  /** Bound of one object's body, bytes; default 4 MiB. */
  readonly maxObjectBytes?: number;
  readonly version?: string;
  readonly clock: Clock;
  /** Told of errors that are the platform's own fault. */
  readonly onError: (error: unknown) => void;
  /** Told when an endpoint of notifications has ended, with its id and the reason. */
  readonly onEndpointEnded?: (endpoint: string, why: string) => void;
  readonly hooks?: PlatformHooks;
}

/** What whoever puts something around a platform may hand in; a platform alone has none of it. */
export interface PlatformHooks extends IngestHooks {
  /** Lines that the page shows above everything else. */
  readonly notes?: () => readonly string[];
}

/** A platform that answers requests as soon as somebody hands them to its front. */
export interface Platform {
  readonly front: Front;
  readonly agentApi: AgentApi;
  readonly actions: ActionApi;
  readonly apiKeys: ApiKeys;
  readonly ingest: Ingest;
  readonly initData: InitDataDeliveries;
  readonly store: PlatformStore;
  readonly counters: Counters;
  readonly metrics: PlatformMetrics;
  readonly page: PageStream;
  readonly databaseFile: string;
  /** The wires that are served; may be changed at any time. */
  readonly wires: Set<Wire>;
  /** Ends every page and closes the file. Nobody may hand it a request afterwards. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: Limits = { maxBatchBytes: 8 * 1024 * 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
const STALE_CHECK_MS = 60 * 60 * 1000;

/** Makes a platform. Throws `CONFIG_INVALID` when the file cannot be used. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { clock, hooks = {}, maxBodyBytes = 32 * 1024 * 1024, mayAct = false, onError } = options;
  const now = (): number => clock.now();
  const folder = options.databaseFile === undefined ? mkdtempSync(join(tmpdir(), 'castai-platform-')) : undefined;
  const databaseFile = options.databaseFile ?? join(folder ?? '', 'platform.db');
  const { store, release } = openStore(databaseFile);
  const settings: IngestSettings = {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    maxObjectBytes: options.maxObjectBytes ?? 4 * 1024 * 1024,
    isRecorded: options.history ?? false,
  };
  const ingest = new Ingest({ store, now, settings, isJsonObject: createJsonCheck(), hooks });
  const counters = new Counters();
  ingest.observe((event) => counters.observe(event));
  // What was received before the last end of the process and not processed.
  await ingest.processWaiting();

  const heartbeatMs = (): number => settings.limits.heartbeatMs;
  const page = new PageStream({ store, heartbeatMs, clock, notes: hooks.notes ?? (() => []), onError });
  ingest.observe((event) => page.ingested(event));
  const apiKeys = readKeys(options.apiKeys);
  const initData = new InitDataDeliveries(new ReplayGuard({ store, now }), options.initDataKeys);
  const onReport = (report: AgentReport): void => {
    const note = reportNote(report);
    if (note) page.note(report.cluster, note);
  };
  const origins = new Origins({ store, tokens: podTokens(options) });
  const deltas = new Deltas({
    store,
    now,
    settings,
    inTurn: (cluster, work) => ingest.inTurn(cluster, work),
    tell: (event) => page.ingested(event),
  });
  const wires = new Set(options.wires ?? WIRES);
  const maxDeltaBytes = options.maxDeltaBytes ?? 4 * 1024 ** 3;
  const agentApi = new AgentApi({
    store,
    ingest,
    deltas,
    initData,
    origins,
    apiKeys,
    wires,
    maxBodyBytes,
    maxDeltaBytes,
    now,
    onReport,
  });
  const onRefused = async ({ code, message }: Refusal, path: string): Promise<void> => {
    counters.refused(code);
    const cluster = agentRoute(path)?.cluster ?? '';
    const isKnown = cluster !== '' && (await store.cluster(cluster).catch(onError)) !== undefined;
    if (isKnown) page.note(cluster, { tone: 'bad', kind: 'refused', text: `${code}: ${message}` });
  };
  const metrics = new PlatformMetrics({ store, counters, version: options.version ?? '' });
  const isAnyKeyTaken = (): boolean => apiKeys.grantOf('any') !== undefined;
  const actions = new ActionApi({ store, apiKeys, now, mayAct });
  const controllerPoll = (cluster: string): ReturnType<ActionApi['lastPoll']> => actions.lastPoll(cluster);
  const notifying = await startNotifying(options, { store, heartbeatMs, controllerPoll });
  if (notifying !== undefined) notificationMetrics(metrics.registry, notifying.notifier, now);
  const sections = {
    actions: actionsSection({ store, now, mayAct }),
    notifications: () =>
      notificationsSection({ store, notifier: notifying?.notifier, mayChange: options.mayChangeEndpoints ?? false }),
    ...pageSections({ store, stream: page, heartbeatMs, now, isAnyKeyTaken }),
    ...securitySections({ store, now }),
    ...evictorSections(store),
  };
  const front = new Front({
    agentApi,
    page: new PageApi({ stream: page, sections }),
    apiKeys,
    actions,
    ...(notifying === undefined ? {} : { notifications: notifying.api }),
    metrics: () => metrics.answer(),
    onRefused,
    onError,
  });
  const stopStaleCheck = repeat(clock, STALE_CHECK_MS, () => void ingest.removeStale().catch(onError));
  const close = async (): Promise<void> => {
    stopStaleCheck();
    await notifying?.stop();
    await page.close();
    await store.close();
    release();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  };
  return {
    front,
    agentApi,
    actions,
    apiKeys,
    ingest,
    initData,
    store,
    counters,
    metrics,
    page,
    databaseFile,
    wires,
    close,
  };
}

/** Runs a platform until its lifecycle ends. */
export async function runPlatform(context: ProgramContext<PlatformConfig>): Promise<void> {
  const { config, version, clock, logger, lifecycle } = context;
  const { port, host } = config;
  const problems = new RecentProblems(clock);
  const onError = (error: unknown): void => {
    logger.error('a request failed, and that is the platform’s fault', { error });
    problems.note(describeError(error));
  };
  const settings = platformSettings(config, (path) => readFileSync(path, 'utf8'));
  const onEndpointEnded = (endpoint: string, why: string): void => {
    const text = `the endpoint ${endpoint} gets no notifications any more: ${why}`;
    logger.warn(text);
    problems.note(text);
  };
  const platform = await createPlatform({ ...settings, version, clock, onError, onEndpointEnded });
  const server = await servePlatform(platform, (request, response) => platform.front.handle(request, response), {
    port,
    host,
  });
  try {
    const view = { context, platform, problems, url: server.url };
    const adminPort = await context.serveAdmin({
      registry: platform.metrics.registry,
      health: platformHealth(),
      status: () => platformStatus(view),
    });
    // Last: whoever reads this line may send a request, or a signal, at once.
    logger.info(`the page is at ${server.url}`, { port: adminPort });
    await lifecycle.run({ server: ({ draining }) => untilAborted(draining) });
  } finally {
    await server.close();
  }
}

function podTokens(options: PlatformOptions): PodTokens {
  const { clusterKeysDir, podTokenAudience = '', isPodTokenRequired = false, clock, onError } = options;
  return new PodTokens({
    keysOf: async (cluster) => (clusterKeysDir === undefined ? undefined : readClusterKeys(clusterKeysDir, cluster)),
    audience: podTokenAudience,
    isRequired: isPodTokenRequired,
    now: () => clock.now(),
    onError,
  });
}

/** Throws `CONFIG_INVALID` for an entry that is none. */
function readKeys(entries: readonly string[] | undefined): ApiKeys {
  try {
    return new ApiKeys(entries);
  } catch (error) {
    throw new CastaiError('CONFIG_INVALID', `API_KEYS cannot be used: ${describeError(error)}`, { cause: error });
  }
}

/** Throws `CONFIG_INVALID`: which file, and what to do, is all that an operator needs of it. */
function openStore(file: string): { readonly store: PlatformStore; readonly release: () => void } {
  try {
    // The store first: of a file that cannot be used nothing is left beside it.
    const store = new SqliteStore(file);
    try {
      return { store, release: claimFile(file) };
    } catch (error) {
      void store.close();
      throw error;
    }
  } catch (error) {
    throw new CastaiError('CONFIG_INVALID', `${file} cannot be used: ${describeError(error)}`, {
      cause: error,
      hint: 'set DATABASE_FILE to a file that this version wrote and no other platform uses, or to a new one in a folder that can be written',
    });
  }
}

/** Does something again and again; what is returned ends it. */
function repeat(clock: Clock, everyMs: number, work: () => void): () => void {
  let cancel = clock.setTimer(everyMs, fire);
  function fire(): void {
    cancel = clock.setTimer(everyMs, fire);
    work();
  }
  return () => cancel();
}
