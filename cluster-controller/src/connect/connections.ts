import type { Clock } from '@castai/shared/async/clock.ts';
import type { ConnectionSettings, OnTrustProblem } from '@castai/shared/http/connection.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { TheirClock } from '@castai/shared/http/their-clock.ts';
import { inClusterCredentials, type KubeCredentials } from '@castai/shared/kube/credentials.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import type { Partners } from '@castai/shared/http/their-times.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { ControllerConfig } from '../config.ts';

/** What all connections are made with. */
export interface ConnectOptions {
  readonly config: ControllerConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly secrets: KnownSecrets;
  readonly onTrustProblem?: OnTrustProblem;
}

/** Everything that this program talks to. Nothing is sent before it is asked for. */
export interface Connections {
  readonly kube: KubeClient;
  /** For polls, which the platform may hold for minutes. */
  readonly polls: JsonClient;
  readonly acks: JsonClient;
  readonly apiKey: ApiKey;
  /** Where the API server is. */
  readonly server: URL;
  /** The time of day by the API server: for what records say, which another machine may have written, and what stands beside what others tell. */
  readonly serverTime: Clock;
  /** Whose clocks are heard by the way. */
  readonly partners: Partners;
  close(): void;
}

/** Idle connections are closed before the usual load balancers drop them without a word (AWS: 60 s). */
const TIMEOUTS = { connectTimeoutMs: 10_000, keepAliveMs: 50_000 } as const;
/** The existing controller's: as long as the platform may hold a poll. */
const POLL_MS = 300_000;
const ACK_MS = 30_000;
/** A thousand actions with a manifest of some kB each. */
const MOST_POLL_BYTES = 16 * 1024 * 1024;

/** Makes the connections. Throws `CONFIG_INVALID` and `CONFIG_FILE_UNREADABLE` for what cannot work. */
export async function connect(options: ConnectOptions): Promise<Connections> {
  const { config, environment, clock, userAgent, secrets, onTrustProblem } = options;
  const credentials = await credentialsOf(options);
  const kubeAgents = new HttpAgents(credentials.connection, {
    clock,
    secrets,
    onProblem: (error) => onTrustProblem?.('API server', error),
  });
  const apiKey = new ApiKey(config.apiKey, secrets);
  const agentsFor = (headersTimeoutMs: number): HttpAgents => {
    const { apiUrl: baseUrl, caFile } = config;
    const settings: ConnectionSettings = {
      baseUrl,
      caFile,
      proxy: 'environment',
      environment,
      ...TIMEOUTS,
      headersTimeoutMs,
    };
    return new HttpAgents(settings, { clock, secrets, onProblem: (error) => onTrustProblem?.('platform', error) });
  };
  // A poll that is held must not keep an acknowledgement from its connection's timeouts.
  const [pollAgents, ackAgents] = [agentsFor(POLL_MS), agentsFor(ACK_MS)];
  const [ofServer, ofPlatform] = [new TheirClock(clock), new TheirClock(clock)];
  const platform = { baseUrl: config.apiUrl, apiKey, userAgent, clock, theirClock: ofPlatform };
  return {
    apiKey,
    server: credentials.server,
    partners: {
      apiServer: { address: credentials.server.href, theirClock: ofServer },
      platform: { address: config.apiUrl.href, theirClock: ofPlatform },
    },
    serverTime: ofServer.time,
    kube: new KubeClient({ credentials, agents: kubeAgents, clock, theirClock: ofServer, userAgent }),
    polls: new JsonClient({ ...platform, agents: pollAgents, timeoutMs: POLL_MS, mostBytes: MOST_POLL_BYTES }),
    acks: new JsonClient({ ...platform, agents: ackAgents, timeoutMs: ACK_MS }),
    close: () => {
      for (const agents of [kubeAgents, pollAgents, ackAgents]) agents.close();
    },
  };
}

async function credentialsOf({ config, environment, clock, secrets }: ConnectOptions): Promise<KubeCredentials> {
  const { kubeconfig, serviceAccountDir } = config;
  if (kubeconfig === undefined) return inClusterCredentials({ dir: serviceAccountDir, environment, clock, secrets });
  // Loaded only here: the library that reads kubeconfigs costs 85 MB, which a pod must not pay.
  const { kubeconfigCredentials } = await import('@castai/shared/kube/kubeconfig-credentials.ts');
  return kubeconfigCredentials(kubeconfig, { environment, clock, secrets });
}
