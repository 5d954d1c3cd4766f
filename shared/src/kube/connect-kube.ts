import type { Clock } from '../async/clock.ts';
import type { CastaiError } from '../errors.ts';
import type { OnTrustProblem } from '../http/connection.ts';
import { HttpAgents } from '../http/http-agents.ts';
import { DispatcherSource } from '../http/dispatcher.ts';
import { TheirClock } from '../http/their-clock.ts';
import { HOLDS_BACK } from './body-gathers.ts';
import { type KubeCredentials, inClusterCredentials } from './credentials.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';
import type { OnKubeAnswer } from './kube-answer.ts';
import { KubeClient } from './kube-client.ts';
import { KubeStream } from './kube-stream.ts';

/** Which API server, as whom, and what it is reached with. */
export interface KubeConnectOptions {
  readonly config: {
    /** Outside of a cluster; left out, the service account is used. */
    readonly kubeconfig?: string | undefined;
    readonly serviceAccountDir: string;
  };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly secrets: KnownSecrets;
  readonly onTrustProblem?: OnTrustProblem;
  /** Whether watches are read in gathers (`WatchRequest.gatherMs`): then a connection that is left unread wakes nobody. */
  readonly gathers?: boolean;
}

/** The API server: small JSON calls, and the streams of objects. */
export interface KubeConnection {
  /** Where the API server is. */
  readonly server: URL;
  /** Its clock, as far as it has answered. */
  readonly theirClock: TheirClock;
  readonly client: KubeClient;
  readonly stream: KubeStream;
  close(): Promise<void>;
}

/** Connects to the API server of the cluster that this runs in, or of a kubeconfig. Nothing is sent yet. */
export async function connectKube(options: KubeConnectOptions, onAnswer?: OnKubeAnswer): Promise<KubeConnection> {
  const { clock, userAgent, secrets, onTrustProblem, gathers = false } = options;
  const onProblem = (error: CastaiError | undefined): void => onTrustProblem?.('API server', error);
  const credentials = await credentialsOf(options);
  const agents = new HttpAgents(credentials.connection, { clock, secrets, onProblem });
  const streaming = { ...credentials.connection, ...(gathers ? { readAheadBytes: HOLDS_BACK } : {}) };
  const dispatchers = new DispatcherSource(streaming, { clock, secrets, onProblem });
  const theirClock = new TheirClock(clock);
  const common = { credentials, clock, theirClock, userAgent, ...(onAnswer === undefined ? {} : { onAnswer }) };
  return {
    server: credentials.server,
    theirClock,
    client: new KubeClient({ ...common, agents }),
    stream: new KubeStream({ ...common, dispatchers }),
    close: async () => {
      agents.close();
      await dispatchers.close();
    },
  };
}

async function credentialsOf({ config, environment, clock, secrets }: KubeConnectOptions): Promise<KubeCredentials> {
  const { kubeconfig, serviceAccountDir } = config;
  if (kubeconfig === undefined) return inClusterCredentials({ dir: serviceAccountDir, environment, clock, secrets });
  // Loaded only here: the library that reads kubeconfigs costs 85 MB, which a pod must not pay.
  const { kubeconfigCredentials } = await import('./kubeconfig-credentials.ts');
  return kubeconfigCredentials(kubeconfig, { environment, clock, secrets });
}
