import type { SampleObject } from './sample-object.ts';

/** What a custom resource definition is made from. */
interface CustomResourceSpec {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope: 'Cluster' | 'Namespaced';
}

/** A definition that takes any fields and has a status of its own. */
function customResourceDefinition(spec: CustomResourceSpec): SampleObject {
  const { group, version, plural, kind, scope } = spec;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          subresources: { status: {} },
        },
      ],
    },
  };
}

/** The two definitions of the node autoscaler whose objects the sample contains. */
export function sampleCustomResourceDefinitions(): SampleObject[] {
  const karpenter = { group: 'karpenter.sh', version: 'v1', scope: 'Cluster' } as const;
  return [
    customResourceDefinition({ ...karpenter, plural: 'nodepools', kind: 'NodePool' }),
    customResourceDefinition({ ...karpenter, plural: 'nodeclaims', kind: 'NodeClaim' }),
  ];
}

/** A pool of nodes that the autoscaler may buy. */
export function sampleNodePool(name: string): SampleObject {
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name },
    spec: {
      template: {
        spec: {
          requirements: [{ key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot', 'on-demand'] }],
          nodeClassRef: { group: 'karpenter.azure.com', kind: 'AKSNodeClass', name: 'default' },
        },
      },
      limits: { cpu: '1000' },
      disruption: { consolidationPolicy: 'WhenEmptyOrUnderutilized', consolidateAfter: '1m' },
    },
    status: { resources: { cpu: '40', memory: '160Gi' }, conditions: [ready('NodePoolReady')] },
  };
}

/** The claim that a node came from. */
export function sampleNodeClaim(node: SampleObject, pool: SampleObject): SampleObject {
  const spec = node['spec'] as { providerID: string };
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodeClaim',
    metadata: {
      name: `${pool.metadata.name}-${(node.metadata.uid ?? '').slice(0, 5)}`,
      labels: { 'karpenter.sh/nodepool': pool.metadata.name },
      ownerReferences: [
        {
          apiVersion: pool.apiVersion,
          kind: pool.kind,
          name: pool.metadata.name,
          uid: pool.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { nodeClassRef: { group: 'karpenter.azure.com', kind: 'AKSNodeClass', name: 'default' }, requirements: [] },
    status: { nodeName: node.metadata.name, providerID: spec.providerID, conditions: [ready('Launched')] },
  };
}

function ready(reason: string): unknown {
  return { type: 'Ready', status: 'True', reason, message: '', lastTransitionTime: '2026-10-01T06:05:00Z' };
}
