import type { ApiClient } from '../cluster/api-client.ts';

/** A cluster that the demo shows: what the agent, the comparison and the changes need of it. */
export interface DemoCluster extends AsyncDisposable {
  /** For people: which one it is. */
  readonly title: string;
  /** How the agent reaches it. */
  readonly agentEnv: Readonly<Record<string, string>>;
  /** How the comparison reads it. */
  readonly client: Pick<ApiClient, 'request'>;
  /** Whether others change it too: then it is never at rest. */
  readonly isLive: boolean;
  /** Whether it is ours, and pods that are asked to end do: where nobody plays their kubelets a drain waits in vain. */
  readonly endsPods: boolean;
  /** Settles with what happened when it ends on its own. Never rejects. */
  readonly ended: Promise<string>;
  /** Changes it at this pace, per second, until told otherwise; 0 stops, and what was begun is done then. */
  churn(perSecond: number): Promise<void>;
  /** Makes so many random changes now. */
  change(count: number): Promise<void>;
  /** Stops its API server for so long; missing: it is not ours to stop. */
  readonly stopApiServer?: (forMs: number) => Promise<void>;
}

/** How large, from which number, and who hears what takes long. */
export interface DemoClusterOptions {
  readonly nodes: number;
  readonly pods: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}
