import { CastaiError } from '@castai/shared/errors.ts';
import { ownNamespace } from '@castai/shared/kube/own-namespace.ts';
import type { AgentConfig } from '../config.ts';
import type { PointPlace } from '../deliver/deltas/config-map-memory.ts';

/** The ConfigMap that keeps where deltas go on; undefined where none does. Throws `CONFIG_INVALID` when no namespace is known. */
export function deltasPlace(
  config: Pick<AgentConfig, 'deltasConfigMap' | 'podNamespace' | 'serviceAccountDir'>,
): PointPlace | undefined {
  const { deltasConfigMap: name } = config;
  if (name === undefined) return undefined;
  const namespace = ownNamespace(config);
  if (namespace === '') {
    throw new CastaiError('CONFIG_INVALID', 'DELTAS_CONFIG_MAP is set and no namespace is known for it', {
      hint: 'set POD_NAMESPACE, in a pod from the field metadata.namespace',
    });
  }
  return { namespace, name };
}
