import type { AgentConfig } from '../config.ts';
import type { PointPlace } from '../deliver/deltas/config-map-memory.ts';
import { namespaceFor } from './namespace-for.ts';

/** The ConfigMap that keeps where deltas go on; undefined where none does. Throws `CONFIG_INVALID` when no namespace is known. */
export function deltasPlace(
  config: Pick<AgentConfig, 'deltasConfigMap' | 'podNamespace' | 'serviceAccountDir'>,
): PointPlace | undefined {
  const { deltasConfigMap: name } = config;
  return name === undefined ? undefined : { namespace: namespaceFor('DELTAS_CONFIG_MAP', config), name };
}
