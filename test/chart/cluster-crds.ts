import type { FeedSpec } from '@castai/agent/watch/feeds.ts';
import { ApiError, type ApiClient } from '../cluster/api-client.ts';

/** A kind that somebody else's operator brings. */
interface ForeignKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced?: boolean;
}

/** What the chart makes for operators of monitoring. */
export const MONITORING_KINDS: readonly ForeignKind[] = [
  { group: 'monitoring.coreos.com', version: 'v1', resource: 'podmonitors', kind: 'PodMonitor' },
  { group: 'monitoring.coreos.com', version: 'v1', resource: 'servicemonitors', kind: 'ServiceMonitor' },
  { group: 'monitoring.coreos.com', version: 'v1', resource: 'prometheusrules', kind: 'PrometheusRule' },
  { group: 'monitoring.coreos.com', version: 'v1alpha1', resource: 'scrapeconfigs', kind: 'ScrapeConfig' },
  { group: 'monitoring.googleapis.com', version: 'v1', resource: 'podmonitorings', kind: 'PodMonitoring' },
];

/** What some shapes of the chart need besides. */
export const OTHER_KINDS: readonly ForeignKind[] = [
  { group: 'azmonitoring.coreos.com', version: 'v1', resource: 'podmonitors', kind: 'PodMonitor' },
  { group: 'cilium.io', version: 'v2', resource: 'ciliumnetworkpolicies', kind: 'CiliumNetworkPolicy' },
  { group: 'external-secrets.io', version: 'v1', resource: 'externalsecrets', kind: 'ExternalSecret' },
  {
    group: 'security.openshift.io',
    version: 'v1',
    resource: 'securitycontextconstraints',
    kind: 'SecurityContextConstraints',
    namespaced: false,
  },
];

/** Defines kinds that take any fields. Those that exist are left alone. Settles when all of them can be listed. */
export async function defineKinds(client: Pick<ApiClient, 'request'>, kinds: readonly ForeignKind[]): Promise<void> {
  for (const kind of kinds) {
    await client
      .request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition(kind))
      .catch(passExisting);
  }
  for (const { group, version, resource } of kinds) await untilListed(client, `/apis/${group}/${version}/${resource}`);
}

/** Defines every kind of a feed that the server does not serve by itself, metrics.k8s.io included. */
export async function defineFeeds(client: Pick<ApiClient, 'request'>, feeds: readonly FeedSpec[]): Promise<void> {
  const missing: ForeignKind[] = [];
  for (const { group, versions, resource, kind } of feeds) {
    if (group === '' || (await isServed(client, group, resource))) continue;
    missing.push({ group, version: versions[0], resource, kind });
  }
  await defineKinds(client, missing);
}

async function isServed(client: Pick<ApiClient, 'request'>, group: string, resource: string): Promise<boolean> {
  const found = (await client.request('GET', `/apis/${group}`).catch(() => ({}))) as {
    versions?: { groupVersion: string }[];
  };
  for (const { groupVersion } of found.versions ?? []) {
    const list = (await client.request('GET', `/apis/${groupVersion}`)) as { resources?: { name: string }[] };
    if (list.resources?.some(({ name }) => name === resource) === true) return true;
  }
  return false;
}

function definition({ group, version, resource, kind, namespaced = true }: ForeignKind) {
  return {
    metadata: {
      name: `${resource}.${group}`,
      // Groups of Kubernetes itself are protected; this is the documented way to say that one means it.
      ...(group.endsWith('.k8s.io') ? { annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } } : {}),
    },
    spec: {
      group,
      names: { plural: resource, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

async function untilListed(client: Pick<ApiClient, 'request'>, path: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await client.request('GET', path);
      return;
    } catch (error) {
      // 404 until discovery knows it, 429 while its cache starts.
      if (!(error instanceof ApiError)) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  }
  throw new Error(`${path} cannot be listed 10 s after it was defined`);
}

function passExisting(error: unknown): void {
  if (!(error instanceof ApiError) || error.status !== 409) throw error;
}
