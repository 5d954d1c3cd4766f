import type { CastaiError } from '@castai/shared/errors.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import type { ConnectionSettings } from '@castai/shared/http/connection.ts';
import { DispatcherSource } from '@castai/shared/http/dispatcher.ts';
import { TheirClock } from '@castai/shared/http/their-clock.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { DeltasClient } from '@castai/shared/wire/deltas/deltas-client.ts';
import { IngestClient } from '@castai/shared/wire/ingest/ingest-client.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { ConnectOptions } from './connect-options.ts';

/** The platform: registration, and what is sent over one wire or the other. */
export interface PlatformConnection {
  readonly rest: JsonClient;
  readonly ingest: IngestClient;
  readonly deltas: DeltasClient;
  readonly apiKey: ApiKey;
  /** Its clock, as far as it has answered. */
  readonly theirClock: TheirClock;
  close(): Promise<void>;
}

/** Idle connections are closed before the usual load balancers drop them without a word (AWS: 60 s). */
const TIMEOUTS = { connectTimeoutMs: 10_000, headersTimeoutMs: 60_000, keepAliveMs: 50_000 } as const;

/** Connects to the platform, through a proxy where the environment names one. Nothing is sent yet. */
export function connectPlatform(options: ConnectOptions): PlatformConnection {
  const { config, environment, clock, userAgent, secrets, onTrustProblem } = options;
  const onProblem = (error: CastaiError | undefined): void => onTrustProblem?.('platform', error);
  const { apiUrl: baseUrl, caFile } = config;
  const settings: ConnectionSettings = { baseUrl, caFile, proxy: 'environment', environment, ...TIMEOUTS };
  const apiKey = new ApiKey(config.apiKey, secrets);
  const agents = new HttpAgents(settings, { clock, secrets, onProblem });
  const dispatchers = new DispatcherSource(settings, { clock, secrets, onProblem });
  const theirClock = new TheirClock(clock);
  const common = { baseUrl, apiKey, userAgent, clock, theirClock };
  return {
    rest: new JsonClient({ ...common, agents }),
    ingest: new IngestClient({ ...common, dispatchers }),
    deltas: new DeltasClient({ ...common, dispatchers }),
    apiKey,
    theirClock,
    close: async () => {
      agents.close();
      await dispatchers.close();
    },
  };
}
