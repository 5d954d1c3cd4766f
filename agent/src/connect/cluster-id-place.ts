import type { AgentConfig } from '../config.ts';
import type { ClusterIdPlace } from '../identity/cluster-id-map.ts';
import { namespaceFor } from './namespace-for.ts';

/** The ConfigMap that is to hold the cluster's id; undefined where none is. Throws `CONFIG_INVALID` when no namespace is known. */
export function clusterIdPlace(
  config: Pick<AgentConfig, 'clusterIdConfigMap' | 'podNamespace' | 'serviceAccountDir'>,
): ClusterIdPlace | undefined {
  const { clusterIdConfigMap } = config;
  if (clusterIdConfigMap === undefined) return undefined;
  const namespace = namespaceFor('CLUSTER_ID_CONFIG_MAP', config);
  const [name = '', key = 'CLUSTER_ID'] = clusterIdConfigMap.split('/');
  return { namespace, name, key };
}
