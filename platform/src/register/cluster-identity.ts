/**
 * Which cluster a registration names (facts: POST /v1/kubernetes/external-clusters is an idempotent upsert).
 *
 * Pure. Two registrations with the same identity are the same cluster and get the same id.
 */

import type { ClusterIdentity } from '../store/cluster-row.ts';

const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** Per provider: the fields whose values identify the cluster. All of them must be non-empty strings. */
const IDENTIFYING_FIELDS: Readonly<Record<string, readonly string[]>> = {
  eks: ['accountId', 'region', 'clusterName'],
  gke: ['projectId', 'region', 'clusterName'],
  aks: ['subscriptionId', 'nodeResourceGroup', 'region'],
  kops: ['cloud', 'region', 'clusterName'],
  openshift: ['internalId'],
  anywhere: ['kubeSystemNamespaceId'],
  self_hosted_with_ec2_nodes: ['accountId', 'region', 'clusterName'],
};

/** Reads the identity from a registration's body. Throws `RangeError` that says which field is missing. */
export function clusterIdentity(body: Readonly<Record<string, unknown>>): ClusterIdentity {
  const [provider, extra] = Object.keys(IDENTIFYING_FIELDS).filter((key) => isRecord(body[key]));
  if (provider === undefined) {
    throw new RangeError(`one of ${Object.keys(IDENTIFYING_FIELDS).join(', ')} must be an object`);
  }
  if (extra !== undefined) throw new RangeError(`only one provider may be set, found ${provider} and ${extra}`);
  const details = isRecord(body[provider]) ? body[provider] : {};
  const values = (IDENTIFYING_FIELDS[provider] ?? []).map((field) => {
    const value = details[field];
    if (typeof value !== 'string' || value === '')
      throw new RangeError(`${provider}.${field} must be a non-empty string`);
    return value;
  });
  const id = typeof body['id'] === 'string' && body['id'] !== ZERO_UUID ? [body['id']] : [];
  const given = [body['name'], details['clusterName'], details['nodeResourceGroup']];
  const name = given.find((value): value is string => typeof value === 'string' && value !== '');
  return { provider, identity: [provider, ...id, ...values].join('/'), name: name ?? provider };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
