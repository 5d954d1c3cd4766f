/** The reference platform, put together: one store, one front. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Answer } from './answer/answer.ts';
import type { Refusal } from './answer/refusal.ts';
import { AgentApi, type AgentReport } from './front/agent-api.ts';
import { ApiKeys } from './front/api-keys.ts';
import { Front } from './front/front.ts';
import { agentRoute } from './front/route.ts';
import { type RequestHandler, type RunningServer, type ServerAddress, startServer } from './front/server.ts';
import { Ingest, type IngestHooks, type IngestSettings } from './ingest/ingest.ts';
import { InitDataDeliveries } from './init-data/init-data-deliveries.ts';
import { Counters } from './observe/counters.ts';
import { metricsAnswer } from './observe/metrics-answer.ts';
import { PageApi } from './page/page-api.ts';
import { PageStream } from './page/page-stream.ts';
import { reportNote } from './page/report-note.ts';
import type { PlatformStore } from './store/platform-store.ts';
import { createJsonCheck } from './store/sqlite/json-check.ts';
import { SqliteStore } from './store/sqlite/sqlite-store.ts';

/** How a platform is made. What may be missing has a default. */
export interface PlatformOptions {
  /** The SQLite file. Missing: a temporary one, deleted at the end. */
  readonly databaseFile?: string;
  /** Accepted API keys; none: any key. */
  readonly apiKeys?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Bound of a request body before and after decompression, bytes; default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** Bound of one object's body, bytes; default 4 MiB. */
  readonly maxObjectBytes?: number;
  /** Records every applied entry. */
  readonly history?: boolean;
  /** Private keys that open AKS init data: base64 of 32 bytes (X25519), by their ids. */
  readonly initDataKeys?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Told of errors that are the platform's own fault. */
  readonly onError: (error: unknown) => void;
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
  readonly apiKeys: ApiKeys;
  readonly ingest: Ingest;
  readonly initData: InitDataDeliveries;
  readonly store: PlatformStore;
  readonly counters: Counters;
  readonly page: PageStream;
  readonly databaseFile: string;
  readonly maxBodyBytes: number;
  /** Ends every page and closes the file. Nobody may hand it a request afterwards. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: Limits = { maxBatchBytes: 8 * 1024 * 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
const STALE_CHECK_MS = 60 * 60 * 1000;

/** Makes a platform. Throws what the file throws. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { clock, hooks = {}, maxBodyBytes = 32 * 1024 * 1024, onError } = options;
  const now = (): number => clock.now();
  const folder = options.databaseFile === undefined ? mkdtempSync(join(tmpdir(), 'castai-platform-')) : undefined;
  const databaseFile = options.databaseFile ?? join(folder ?? '', 'platform.db');
  const store = new SqliteStore(databaseFile);
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
  const apiKeys = new ApiKeys(options.apiKeys);
  const initData = new InitDataDeliveries(options.initDataKeys);
  const onReport = (report: AgentReport): void => {
    const note = reportNote(report);
    if (note) page.note(report.cluster, note);
  };
  const agentApi = new AgentApi({ store, ingest, initData, apiKeys, now, onReport });
  const onRefused = async ({ code, message }: Refusal, path: string): Promise<void> => {
    counters.refused(code);
    const cluster = agentRoute(path)?.cluster ?? '';
    const isKnown = cluster !== '' && (await store.cluster(cluster).catch(onError)) !== undefined;
    if (isKnown) page.note(cluster, { tone: 'bad', kind: 'refused', text: `${code}: ${message}` });
  };
  const metrics = (): Promise<Answer> => metricsAnswer(store, counters);
  const front = new Front({ agentApi, page: new PageApi(page), apiKeys, maxBodyBytes, metrics, onRefused, onError });
  const stopStaleCheck = repeat(clock, STALE_CHECK_MS, () => void ingest.removeStale().catch(onError));
  const close = async (): Promise<void> => {
    stopStaleCheck();
    await page.close();
    await store.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  };
  return { front, agentApi, apiKeys, ingest, initData, store, counters, page, databaseFile, maxBodyBytes, close };
}

/** Puts a platform behind a port; `handle` is its front's, or of what stands before that. Throws what the port throws. */
export async function servePlatform(
  platform: Platform,
  handle: RequestHandler,
  address: ServerAddress,
): Promise<RunningServer> {
  const server = await startServer(handle, address).catch(async (error: unknown) => {
    await platform.close();
    throw error;
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await platform.close();
    },
  };
}

/** Starts a platform alone. Throws what the file or the port throws. */
export async function startPlatform(options: PlatformOptions & ServerAddress): Promise<RunningServer> {
  const platform = await createPlatform(options);
  return servePlatform(platform, (request, response) => platform.front.handle(request, response), options);
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
