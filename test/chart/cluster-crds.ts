import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import { ApiError, type ApiClient } from '../cluster/api-client.ts';
import type { ForeignKind } from './foreign-kinds.ts';

/** Defines kinds with their fields, or with any where none are told. Those that exist are left alone. Settles when all of them can be listed. */
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

function definition({ group, version, resource, kind, namespaced = true, fields, required = [] }: ForeignKind) {
  const known =
    fields === undefined ? { 'x-kubernetes-preserve-unknown-fields': true } : { properties: fields, required };
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
          schema: { openAPIV3Schema: { type: 'object', ...known } },
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
