import type { Clock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import type { ConnectionSettings, OnTrustProblem } from '@castai/shared/http/connection.ts';
import { TheirClock } from '@castai/shared/http/their-clock.ts';
import { inClusterCredentials } from '@castai/shared/kube/credentials.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import type { Partners } from '@castai/shared/http/their-times.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { PodToken } from '@castai/shared/wire/pod-token.ts';
import type { InitDataConfig } from '../config.ts';

/** What both connections are made with. */
export interface ConnectOptions extends Pick<
  ProgramContext<InitDataConfig>,
  'config' | 'environment' | 'clock' | 'userAgent' | 'secrets'
> {
  readonly onTrustProblem: OnTrustProblem;
}

/** The API server and the platform. Nothing is sent before it is asked for. */
export interface Connections {
  readonly kube: KubeClient;
  /** Where the API server is. */
  readonly server: URL;
  /** The time of day by the API server: for what is written down for the pods of other nodes, and what they have written. */
  readonly serverTime: Clock;
  readonly platform: JsonClient;
  readonly apiKey: ApiKey;
  /** Whose clocks are heard by the way. */
  readonly partners: Partners;
  close(): void;
}

/** A request a minute at most: connections are not worth keeping. */
const TIMEOUTS = { connectTimeoutMs: 10_000, headersTimeoutMs: 30_000, keepAliveMs: 5_000 } as const;
/** For a whole attempt, 200 kB over a slow line included; well below the duration of the lease. */
const DELIVERY_MS = 30_000;

/** Makes the connections. Throws `CONFIG_INVALID` and `CONFIG_FILE_UNREADABLE` for what cannot work. */
export function connect({
  config,
  environment,
  clock,
  userAgent,
  secrets,
  onTrustProblem,
}: ConnectOptions): Connections {
  const { apiUrl: baseUrl, caFile, serviceAccountDir } = config;
  const credentials = inClusterCredentials({ dir: serviceAccountDir, environment, clock, secrets });
  const kubeAgents = new HttpAgents(
    { ...credentials.connection, keepAliveMs: TIMEOUTS.keepAliveMs },
    { clock, secrets, onProblem: (error) => onTrustProblem('API server', error) },
  );
  const settings: ConnectionSettings = { baseUrl, caFile, proxy: 'environment', environment, ...TIMEOUTS };
  const agents = new HttpAgents(settings, { clock, secrets, onProblem: (error) => onTrustProblem('platform', error) });
  const apiKey = new ApiKey(config.apiKey, secrets);
  const podToken = new PodToken(config.podTokenFile, secrets);
  const [ofServer, ofPlatform] = [new TheirClock(clock), new TheirClock(clock)];
  const common = { userAgent, clock };
  return {
    server: credentials.server,
    serverTime: ofServer.time,
    partners: {
      apiServer: { address: credentials.server.href, theirClock: ofServer },
      platform: { address: baseUrl.href, theirClock: ofPlatform },
    },
    kube: new KubeClient({ ...common, credentials, agents: kubeAgents, theirClock: ofServer }),
    platform: new JsonClient({
      ...common,
      baseUrl,
      apiKey,
      podToken,
      agents,
      theirClock: ofPlatform,
      timeoutMs: DELIVERY_MS,
    }),
    apiKey,
    close: () => {
      kubeAgents.close();
      agents.close();
    },
  };
}
