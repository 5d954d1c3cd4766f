/** The parts of a node's `spec.providerID` that tell which cluster it belongs to. */
export type ProviderId =
  | { readonly cloud: 'azure'; readonly subscriptionId: string; readonly resourceGroup: string }
  | { readonly cloud: 'aws'; readonly zone: string }
  | { readonly cloud: 'gcp'; readonly projectId: string; readonly zone: string };

/**
 * Reads a providerID as the clouds' controllers write it; undefined for any other, such as `kind://…`.
 *
 * - `azure:///subscriptions/<id>/resourceGroups/<node resource group>/providers/Microsoft.Compute/…`, in any case of
 *   letters: Azure's resource ids are not case-sensitive and come in several spellings;
 * - `aws:///<zone>/<instance>`;
 * - `gce://<project>/<zone>/<instance>`.
 */
export function parseProviderId(providerId: string): ProviderId | undefined {
  const azure = AZURE.exec(providerId)?.groups;
  if (azure?.['subscription'] !== undefined && azure['group'] !== undefined) {
    return { cloud: 'azure', subscriptionId: azure['subscription'].toLowerCase(), resourceGroup: azure['group'] };
  }
  const aws = AWS.exec(providerId)?.groups;
  if (aws?.['zone'] !== undefined) return { cloud: 'aws', zone: aws['zone'] };
  const gcp = GCP.exec(providerId)?.groups;
  if (gcp?.['project'] !== undefined && gcp['zone'] !== undefined) {
    return { cloud: 'gcp', projectId: gcp['project'], zone: gcp['zone'] };
  }
  return undefined;
}

const AZURE = /^azure:\/\/\/subscriptions\/(?<subscription>[^/]+)\/resourceGroups\/(?<group>[^/]+)\/providers\//i;
const AWS = /^aws:\/\/\/(?<zone>[a-z0-9-]+)\/i-/;
const GCP = /^gce:\/\/(?<project>[^/]+)\/(?<zone>[^/]+)\/[^/]+$/;
