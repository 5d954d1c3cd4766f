import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { ALL_VERBS, type ResourceType } from './resource-type.ts';

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly plural: string; readonly kind: string };
  readonly scope: 'Cluster' | 'Namespaced';
  readonly versions: readonly {
    readonly name: string;
    readonly served: boolean;
    readonly storage: boolean;
    readonly subresources?: { readonly status?: unknown };
  }[];
}

/** The resource type that a custom resource definition asks for; undefined when no version is served. */
export function typeOfDefinition(definition: KubeObject): ResourceType | undefined {
  const { group, names, scope, versions } = definition['spec'] as DefinitionSpec;
  const served = versions.filter((version) => version.served);
  const preferred = served.find((version) => version.storage) ?? served[0];
  if (preferred === undefined) return undefined;
  return {
    group,
    version: preferred.name,
    otherVersions: served.filter((version) => version !== preferred).map((version) => version.name),
    resource: names.plural,
    kind: names.kind,
    namespaced: scope === 'Namespaced',
    hasStatus: preferred.subresources?.status !== undefined,
    hasBookmarks: true,
    isCustom: true,
    verbs: ALL_VERBS,
    selectableFields: [],
  };
}

/** The definition with the status that its controller gives it: accepted and served. */
export function asEstablished(definition: KubeObject): KubeObject {
  const { names, versions } = definition['spec'] as DefinitionSpec;
  const lastTransitionTime = definition.metadata['creationTimestamp'];
  const condition = (type: string, reason: string) => ({
    type,
    status: 'True',
    reason,
    message: '',
    lastTransitionTime,
  });
  return {
    ...definition,
    status: {
      conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
      acceptedNames: names,
      storedVersions: versions.filter((version) => version.storage).map((version) => version.name),
    },
  };
}
