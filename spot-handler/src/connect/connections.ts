import type { Clock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import type { ConnectionSettings, OnTrustProblem } from '@castai/shared/http/connection.ts';
import { TheirClock } from '@castai/shared/http/their-clock.ts';
import { inClusterCredentials } from '@castai/shared/kube/credentials.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import type { Partners } from '@castai/shared/http/their-times.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { PodToken } from '@castai/shared/wire/pod-token.ts';
import { REPORT_PATIENCE_MS } from '../act/report-attempt.ts';
import type { SpotHandlerConfig } from '../config.ts';
import { NodeWatch } from '../node/node-watch.ts';
import { ImdsClient } from '../poll/imds-client.ts';
import { touchPlatform } from '@castai/shared/http/touch-platform.ts';

/** What all connections are made with. */
export interface ConnectOptions {
  readonly config: SpotHandlerConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly secrets: KnownSecrets;
  readonly onTrustProblem?: OnTrustProblem;
}

/** Everything that this program talks to. Nothing is sent before it is asked for. */
export interface Connections {
  readonly imds: ImdsClient;
  readonly kube: KubeClient;
  /** Where the API server is. */
  readonly server: URL;
  readonly nodeWatch: NodeWatch;
  readonly platform: JsonClient;
  readonly apiKey: ApiKey;
  /** The time of day by the API server: for what stands beside what others tell. */
  readonly serverTime: Clock;
  /** Whose clocks are heard by the way. */
  readonly partners: Partners;
  /** Sends something that means nothing, so that a connection is open when a notice comes. Throws when nobody answers. */
  readonly touch: { kube(signal: AbortSignal): Promise<void>; platform(signal: AbortSignal): Promise<void> };
  close(): void;
}

/**
 * Longer than the pause between two touches, so that there is always an open connection; shorter than the patience of the usual
 * load balancers (AWS: 60 s) and of the API server (90 s).
 */
const KEEP_ALIVE_MS = 58_000;
const TIMEOUTS = { connectTimeoutMs: 3000, headersTimeoutMs: 3000, keepAliveMs: KEEP_ALIVE_MS } as const;

/** Makes the connections. Throws `CONFIG_INVALID` and `CONFIG_FILE_UNREADABLE` for what cannot work. */
export function connect({
  config,
  environment,
  clock,
  userAgent,
  secrets,
  onTrustProblem,
}: ConnectOptions): Connections {
  const { apiUrl, caFile, imdsUrl, serviceAccountDir } = config;
  const direct = { proxy: 'none', environment, ...TIMEOUTS } as const;
  const imdsAgents = new HttpAgents({ baseUrl: imdsUrl, ...direct }, { clock, secrets });

  const credentials = inClusterCredentials({ dir: serviceAccountDir, environment, clock, secrets });
  const kubeAgents = new HttpAgents(
    { ...credentials.connection, keepAliveMs: KEEP_ALIVE_MS },
    { clock, secrets, onProblem: (error) => onTrustProblem?.('API server', error) },
  );
  const [ofServer, ofPlatform] = [new TheirClock(clock), new TheirClock(clock)];
  const kube = new KubeClient({ credentials, agents: kubeAgents, clock, theirClock: ofServer, userAgent });

  const settings: ConnectionSettings = { baseUrl: apiUrl, caFile, proxy: 'environment', environment, ...TIMEOUTS };
  const platformAgents = new HttpAgents(settings, {
    clock,
    secrets,
    onProblem: (error) => onTrustProblem?.('platform', error),
  });
  const apiKey = new ApiKey(config.apiKey, secrets);
  const podToken = new PodToken(config.podTokenFile, secrets);
  return {
    imds: new ImdsClient({ baseUrl: imdsUrl, agents: imdsAgents, clock }),
    kube,
    server: credentials.server,
    serverTime: ofServer.time,
    nodeWatch: new NodeWatch({ credentials, agents: kubeAgents, clock, userAgent }),
    platform: new JsonClient({
      baseUrl: apiUrl,
      apiKey,
      podToken,
      agents: platformAgents,
      userAgent,
      clock,
      theirClock: ofPlatform,
      timeoutMs: REPORT_PATIENCE_MS,
    }),
    apiKey,
    partners: {
      apiServer: { address: credentials.server.href, theirClock: ofServer },
      platform: { address: apiUrl.href, theirClock: ofPlatform },
    },
    touch: {
      kube: async (signal) => void (await kube.send({ method: 'GET', path: '/version' }, signal)),
      platform: (signal) =>
        touchPlatform({ agents: platformAgents, apiUrl, userAgent, clock, theirClock: ofPlatform }, signal),
    },
    close: () => {
      for (const agents of [imdsAgents, kubeAgents, platformAgents]) agents.close();
    },
  };
}
