import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import type { OnTrustProblem } from '@castai/shared/http/connection.ts';
import { touchPlatform } from '@castai/shared/http/touch-platform.ts';
import { TheirClock } from '@castai/shared/http/their-clock.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import type { EvictorConfig } from '../config.ts';

/** What the evictor says to the platform. */
export interface PlatformConnection {
  /** One attempt. Rejects with the signal's reason only. */
  send(report: EvictorReport, signal: AbortSignal): Promise<Outcome<undefined>>;
  /** Whether there is a way to it; the key is not sent. Throws `PLATFORM_UNREACHABLE` with what to do. */
  touch(signal: AbortSignal): Promise<void>;
  readonly address: string;
  /** Its clock, as far as it has answered. */
  readonly theirClock: TheirClock;
  close(): void;
}

type Context = Pick<ProgramContext<EvictorConfig>, 'config' | 'environment' | 'clock' | 'userAgent' | 'secrets'>;

const TIMEOUTS = { connectTimeoutMs: 10_000, headersTimeoutMs: 30_000, keepAliveMs: 10_000 } as const;
/** For two megabytes over a poor line. */
const ATTEMPT_MS = 60_000;

/**
 * Makes the connection, where a platform is configured; nothing is sent yet. Throws `CONFIG_INVALID` and `CONFIG_FILE_UNREADABLE` for a key or a
 * CA file that cannot work.
 */
export function connectPlatform(
  { config, environment, clock, userAgent, secrets }: Context,
  onTrustProblem: OnTrustProblem,
): PlatformConnection | undefined {
  const { apiUrl, apiKey, clusterId, caFile } = config;
  if (apiUrl === undefined || apiKey === undefined || clusterId === undefined) return undefined;
  const agents = new HttpAgents(
    { baseUrl: apiUrl, caFile, proxy: 'environment', environment, ...TIMEOUTS },
    { clock, secrets, onProblem: (error) => onTrustProblem('platform', error) },
  );
  const key = new ApiKey(apiKey, secrets);
  const theirClock = new TheirClock(clock);
  const common = { baseUrl: apiUrl, apiKey: key, agents, userAgent, clock, theirClock };
  const client = new JsonClient({ ...common, timeoutMs: ATTEMPT_MS });
  return {
    address: apiUrl.href,
    theirClock,
    send: async (report, signal) => client.call(evictorReportCall(clusterId, report), signal),
    touch: async (signal) => touchPlatform({ agents, apiUrl, userAgent, clock, theirClock }, signal),
    close: () => agents.close(),
  };
}

/** Tells what the evictor found (see `evictor-report.ts` of shared). */
function evictorReportCall(clusterId: string, report: EvictorReport): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/evictor-report`,
    body: report,
    parse: parseNothing,
  };
}
