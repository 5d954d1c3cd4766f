import { type JsonCall, textOf } from '@castai/shared/wire/json-call.ts';
import type { ClusterRegistration } from './registration.ts';

/** What the platform knows a cluster by. */
export interface RegisteredCluster {
  readonly id: string;
  /** Empty when the platform did not say. */
  readonly organizationId: string;
}

/** The platform derives the id from the provider's identity; the field itself has always been sent. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Registers a cluster, or finds it again: the same identity gets the same id. */
export function registerCall({ id: ownId = NO_ID, name, provider }: ClusterRegistration): JsonCall<RegisteredCluster> {
  const { kind, ...identity } = provider;
  return {
    path: '/v1/kubernetes/external-clusters',
    // Providers that do not apply are sent as null, as the platform has always got them.
    body: {
      id: ownId,
      name,
      eks: null,
      gke: null,
      kops: null,
      aks: null,
      openshift: null,
      anywhere: null,
      self_hosted_with_ec2_nodes: null,
      [kind]: identity,
    },
    parse: (fields) => {
      const id = textOf(fields.get('id')) ?? '';
      if (id === '') return { valid: false, problem: 'a registration without a cluster id' };
      return { valid: true, value: { id, organizationId: textOf(fields.get('organizationId')) ?? '' } };
    },
  };
}
