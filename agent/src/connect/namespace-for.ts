import { CastaiError } from '@castai/shared/errors.ts';
import { type OwnPlaceConfig, ownNamespace } from '@castai/shared/kube/own-namespace.ts';

/** Where the ConfigMap is that an option names: in the pod's own namespace. Throws `CONFIG_INVALID` when nothing tells it. */
export function namespaceFor(variable: string, config: OwnPlaceConfig): string {
  const namespace = ownNamespace(config);
  if (namespace !== '') return namespace;
  throw new CastaiError('CONFIG_INVALID', `${variable} is set and no namespace is known for it`, {
    hint: 'set POD_NAMESPACE, in a pod from the field metadata.namespace',
  });
}
