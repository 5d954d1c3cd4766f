/** The reference platform, put together: one store, one server. Used by `main.ts` and, in-process, by tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { ControlApi } from '@castai/test/platform-rig/control/control-api.ts';
import { FaultBook } from '@castai/test/platform-rig/faults/fault-book.ts';
import { AgentApi, type AgentApiOptions } from './front/agent-api.ts';
import { agentRoute } from './front/route.ts';
import { createPlatformServer } from './front/server.ts';
import { describeInterruption, type InterruptionReport } from './page/describe-interruption.ts';
import { InitDataDeliveries, type InitDataReport } from './init-data/init-data-deliveries.ts';
import { Ingest } from './ingest/ingest.ts';
import { Counters } from './observe/counters.ts';
import { describeInitData } from './page/describe-init-data.ts';
import { PageApi } from './page/page-api.ts';
import { PageStream } from './page/page-stream.ts';
import { Store } from './store/store.ts';

/** How a platform starts. Everything has a default. */
export interface PlatformOptions {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Default 127.0.0.1: the control API has no key. */
  readonly host?: string;
  /** The SQLite file. Missing: a temporary one, deleted at the end. */
  readonly databaseFile?: string;
  /** Accepted API keys; none: any key. */
  readonly apiKeys?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Bound of a request body before and after decompression, bytes; default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** Bound of one object's body, bytes; default 4 MiB. */
  readonly maxObjectBytes?: number;
  /** Faults from the start, as the control API takes them. */
  readonly faults?: readonly unknown[];
  readonly history?: boolean;
  /** Private keys that open AKS init data: base64 of 32 bytes (X25519), by their ids. */
  readonly initDataKeys?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Told of errors that are the platform's own fault; default: a line on stderr. */
  readonly onError?: (error: unknown) => void;
}

/** A platform that serves. */
export interface RunningPlatform {
  readonly url: string;
  /** Ends every connection and closes the file. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: Limits = { maxBatchBytes: 8 * 1024 * 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
const STALE_CHECK_MS = 60 * 60 * 1000;

/** Starts a platform. Throws what the file or the port throws, `RangeError` for a wrong fault. */
export async function startPlatform(options: PlatformOptions = {}): Promise<RunningPlatform> {
  const now = options.now ?? Date.now;
  const folder = options.databaseFile === undefined ? mkdtempSync(join(tmpdir(), 'castai-platform-')) : undefined;
  const store = new Store(options.databaseFile ?? join(folder ?? '', 'platform.db'));
  store.history.enabled = options.history ?? false;

  const faults = new FaultBook(options.random ?? Math.random);
  for (const fault of options.faults ?? []) faults.add(fault);
  const counters = new Counters();
  const ingest = new Ingest({
    store,
    now,
    settings: {
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      maxObjectBytes: options.maxObjectBytes ?? 4 * 1024 * 1024,
      paused: false,
      isPoisoned: (name) => faults.isPoisoned(name),
    },
  });
  ingest.observe((event) => counters.observe(event));
  // What was received before the last end of the process and not processed: the pause was a fault of that run.
  ingest.processWaiting();

  const apiKeys = options.apiKeys ?? [];
  const maxBodyBytes = options.maxBodyBytes ?? 32 * 1024 * 1024;
  const pageStream = new PageStream({ store, ingest, faults, now, elapsed: () => performance.now() });
  const onReport: AgentApiOptions['onReport'] = ({ cluster, kind, body }) => {
    if (kind === 'initData') {
      const text = describeInitData(body as InitDataReport);
      pageStream.note(cluster, { tone: 'good', kind: 'init data', text });
    }
    if (kind === 'event') {
      const text = describeInterruption(body as InterruptionReport);
      pageStream.note(cluster, { tone: 'warn', kind: 'interruption', text });
    }
  };
  const initData = new InitDataDeliveries(options.initDataKeys);
  const agentApi = new AgentApi({ store, ingest, initData, faults, now, maxBodyBytes, apiKeys, onReport });
  const controlApi = new ControlApi({ store, ingest, faults, agentApi, initData, counters });
  const pageApi = new PageApi(pageStream);
  faults.onShown = (type, call, cluster) =>
    pageStream.note(cluster, { tone: 'fault', kind: 'fault', text: `${type} on ${call}` });
  const server = createPlatformServer({
    agentApi,
    controlApi,
    pageApi,
    counters,
    onRefused: ({ code, message }, path) => {
      counters.refused(code);
      const cluster = agentRoute(path)?.cluster;
      if (cluster !== undefined && store.clusters.get(cluster)) {
        pageStream.note(cluster, { tone: 'bad', kind: 'refused', text: `${code}: ${message}` });
      }
    },
    onError: options.onError ?? ((error) => console.error(error)),
  });
  const staleCheck = setInterval(() => ingest.removeStale(), STALE_CHECK_MS);

  const host = options.host ?? '127.0.0.1';
  const closeStore = (): void => {
    clearInterval(staleCheck);
    store.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  }).catch((error: unknown) => {
    closeStore();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      pageApi.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      closeStore();
    },
  };
}
