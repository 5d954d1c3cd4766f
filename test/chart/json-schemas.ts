import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient, ApiObject } from '../cluster/api-client.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';

type Json = Readonly<Record<string, unknown>>;
type Components = Readonly<Record<string, Json>>;

/** Where kubeconform finds what `writeJsonSchemas` wrote, inside of the folder. */
export const SCHEMA_LOCATION = '{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json';

const REFERENCE = '#/components/schemas/';

/**
 * Writes a JSON schema (draft-07) for the kind of each object, made from what the API server says of it at /openapi/v3, and closed:
 * a field that is not described is wrong. Throws when the server does not describe a kind, also after a wait: definitions are
 * published some moments after they are made.
 */
export async function writeJsonSchemas(
  client: Pick<ApiClient, 'request'>,
  objects: readonly ApiObject[],
  directory: string,
): Promise<void> {
  const kinds = new Map(
    objects.map(({ apiVersion = '', kind = '' }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]),
  );
  for (const { apiVersion, kind } of kinds.values()) {
    const { components, name } = await eventually({
      what: `the API server describes ${apiVersion} ${kind}`,
      look: async () => findKind(await componentsOf(client, apiVersion), { apiVersion, kind }),
      until: (found) => found.name !== undefined,
    });
    const [group = '', version = group] = apiVersion.split('/');
    await mkdir(join(directory, group), { recursive: true });
    const file = join(directory, group, `${kind.toLowerCase()}_${version}.json`);
    await writeFile(file, JSON.stringify(toJsonSchema(components, name ?? '')));
  }
}

async function componentsOf(client: Pick<ApiClient, 'request'>, apiVersion: string): Promise<Components> {
  const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const document = await client.request('GET', `/openapi/v3/${path}`).catch(() => ({}));
  return (document as { components?: { schemas?: Components } }).components?.schemas ?? {};
}

function findKind(
  components: Components,
  wanted: { apiVersion: string; kind: string },
): { components: Components; name: string | undefined } {
  const name = Object.entries(components).find(([, schema]) => {
    const served = (schema['x-kubernetes-group-version-kind'] ?? []) as {
      group: string;
      version: string;
      kind: string;
    }[];
    // Options of a deletion are of every group; no object is one.
    return (
      served.length === 1 &&
      served.some(({ group, version, kind }) => {
        const apiVersion = group === '' ? version : `${group}/${version}`;
        return apiVersion === wanted.apiVersion && kind === wanted.kind;
      })
    );
  })?.[0];
  return { components, name };
}

/** One schema with everything that it refers to. */
function toJsonSchema(components: Components, name: string): Json {
  const definitions: Record<string, unknown> = {};
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next in definitions) continue;
    definitions[next] = close(components[next] ?? {}, (referred) => waiting.push(referred));
  }
  return { $schema: 'http://json-schema.org/draft-07/schema#', definitions, $ref: `#/definitions/${name}` };
}

/** Keeps what tells right from wrong. `onReference` is told of every schema that this one refers to. */
function close(schema: Json, onReference: (name: string) => void): Json {
  const inner = (value: unknown): unknown => close(value as Json, onReference);
  const { $ref: reference } = schema;
  if (typeof reference === 'string') {
    const name = reference.slice(REFERENCE.length);
    onReference(name);
    return { $ref: `#/definitions/${name}` };
  }
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const { type, properties, items, additionalProperties } = schema;
  const closed: Record<string, unknown> = {};
  for (const key of ['required', 'enum', 'pattern', 'minimum', 'maximum']) if (key in schema) closed[key] = schema[key];
  if (type !== undefined) closed['type'] = schema['nullable'] === true ? [type, 'null'] : type;
  for (const key of ['allOf', 'anyOf', 'oneOf']) {
    const parts = schema[key];
    if (Array.isArray(parts)) closed[key] = parts.map(inner);
  }
  if (items !== undefined) closed['items'] = inner(items);
  if (typeof additionalProperties === 'object') closed['additionalProperties'] = inner(additionalProperties);
  if (properties !== undefined) {
    const fields = Object.entries(properties as Json).map(([key, value]) => [key, inner(value)]);
    closed['properties'] = Object.fromEntries(fields);
    const isOpen = additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (!isOpen) closed['additionalProperties'] = false;
  }
  return closed;
}
