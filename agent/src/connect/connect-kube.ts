import type { Clock } from '@castai/shared/async/clock.ts';
import type { CastaiError } from '@castai/shared/errors.ts';
import type { OnTrustProblem } from '@castai/shared/http/connection.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { DispatcherSource } from '@castai/shared/http/dispatcher.ts';
import { type KubeCredentials, inClusterCredentials } from '@castai/shared/kube/credentials.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import type { OnKubeAnswer } from '@castai/shared/kube/kube-answer.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeStream } from '@castai/shared/kube/kube-stream.ts';
import type { AgentConfig } from '../config.ts';

/** What both connections of the agent are made with. */
export interface ConnectOptions {
  readonly config: AgentConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly secrets: KnownSecrets;
  readonly onTrustProblem?: OnTrustProblem;
}

/** Of the options only which API server, and as whom. */
export interface KubeConnectOptions extends Omit<ConnectOptions, 'config'> {
  readonly config: Pick<AgentConfig, 'kubeconfig' | 'serviceAccountDir'>;
}

/** The API server: small JSON calls, and the streams of objects. */
export interface KubeConnection {
  /** Where the API server is. */
  readonly server: URL;
  readonly client: KubeClient;
  readonly stream: KubeStream;
  close(): Promise<void>;
}

/** Connects to the API server of the cluster that the agent runs in, or of a kubeconfig. Nothing is sent yet. */
export async function connectKube(options: KubeConnectOptions, onAnswer?: OnKubeAnswer): Promise<KubeConnection> {
  const { clock, userAgent, secrets, onTrustProblem } = options;
  const onProblem = (error: CastaiError | undefined): void => onTrustProblem?.('API server', error);
  const credentials = await credentialsOf(options);
  const agents = new HttpAgents(credentials.connection, { clock, secrets, onProblem });
  const dispatchers = new DispatcherSource(credentials.connection, { clock, secrets, onProblem });
  const common = { credentials, clock, userAgent, ...(onAnswer === undefined ? {} : { onAnswer }) };
  return {
    server: credentials.server,
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
  const { kubeconfigCredentials } = await import('@castai/shared/kube/kubeconfig-credentials.ts');
  return kubeconfigCredentials(kubeconfig, { environment, clock, secrets });
}
