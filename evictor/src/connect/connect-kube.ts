import type { Clock } from '@castai/shared/async/clock.ts';
import { DispatcherSource } from '@castai/shared/http/dispatcher.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { type KubeCredentials, inClusterCredentials } from '@castai/shared/kube/credentials.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeStream } from '@castai/shared/kube/kube-stream.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import type { EvictorConfig } from '../config.ts';

/** What the connection is made with. */
export interface ConnectOptions {
  readonly config: EvictorConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly secrets: KnownSecrets;
}

/** The API server: small calls, and the streams of objects. It is all that this program talks to. */
export interface KubeConnection {
  readonly client: KubeClient;
  readonly stream: KubeStream;
  close(): Promise<void>;
}

/** Connects to the API server of the cluster that this runs in, or of a kubeconfig. Nothing is sent yet. */
export async function connectKube({
  config,
  environment,
  clock,
  userAgent,
  secrets,
}: ConnectOptions): Promise<KubeConnection> {
  const credentials = await credentialsOf({ config, environment, clock, userAgent, secrets });
  const agents = new HttpAgents(credentials.connection, { clock, secrets });
  const dispatchers = new DispatcherSource(credentials.connection, { clock, secrets });
  const common = { credentials, clock, userAgent };
  return {
    client: new KubeClient({ ...common, agents }),
    stream: new KubeStream({ ...common, dispatchers }),
    close: async () => {
      agents.close();
      await dispatchers.close();
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
