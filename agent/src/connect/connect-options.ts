import type { KubeConnectOptions } from '@castai/shared/kube/connect-kube.ts';
import type { AgentConfig } from '../config.ts';

/** What both connections of the agent are made with. */
export interface ConnectOptions extends KubeConnectOptions {
  readonly config: AgentConfig;
}
