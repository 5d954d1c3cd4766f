import { expect, test } from 'vitest';
import { type SampleObject, sampleCluster } from '../sample-cluster.ts';

interface Manager {
  readonly fieldsV1: Fields;
}
type Fields = { readonly [key: string]: Fields };

/** Paths of a field set that lead nowhere in the object that it is of. */
function astray(fields: Fields, value: unknown, path: string): string[] {
  return Object.entries(fields).flatMap(([key, inner]) => {
    if (key === '.') return [];
    const found = key.startsWith('f:') ? fieldOf(value, key.slice(2)) : itemOf(value, JSON.parse(key.slice(2)));
    return found === undefined ? [`${path}/${key}`] : astray(inner, found, `${path}/${key}`);
  });
}

const fieldOf = (value: unknown, name: string): unknown => (value as Record<string, unknown> | undefined)?.[name];

function itemOf(value: unknown, key: Record<string, unknown>): unknown {
  return (value as Record<string, unknown>[]).find((item) =>
    Object.entries(key).every(([name, wanted]) => item[name] === wanted),
  );
}

const fieldSets = ({ metadata }: SampleObject) => (metadata.managedFields as Manager[]).map(({ fieldsV1 }) => fieldsV1);

test('what the managers of an object own is there, whatever was remembered of others like it', () => {
  for (const object of sampleCluster({ seed: 3, nodes: 8, pods: 200 })) {
    const lost = fieldSets(object).flatMap((fields) => astray(fields, object, ''));
    expect([object.metadata.name, lost]).toEqual([object.metadata.name, []]);
  }
});

test('and all of it is owned: every address, condition and label of a pod has its field', () => {
  for (const object of sampleCluster({ seed: 3, nodes: 8, pods: 200 })) {
    if (object.kind !== 'Pod') continue;
    const [owned, reported] = fieldSets(object);
    const { conditions, podIPs = [] } = object['status'] as {
      conditions: { type: string }[];
      podIPs?: { ip: string }[];
    };
    const status = reported?.['f:status'] ?? {};
    const addresses = podIPs.map(({ ip }) => `k:{"ip":"${ip}"}`);
    expect(Object.keys(status['f:podIPs'] ?? { '.': {} })).toEqual(['.', ...addresses]);
    const types = conditions.map(({ type }) => `k:{"type":"${type}"}`);
    expect(Object.keys(status['f:conditions'] ?? {})).toEqual(['.', ...types]);
    const labels = Object.keys(object.metadata.labels ?? {}).map((label) => `f:${label}`);
    expect(Object.keys(owned?.['f:metadata']?.['f:labels'] ?? {})).toEqual(['.', ...labels]);
    const spec = Object.keys(object['spec'] as object).map((field) => `f:${field}`);
    expect(Object.keys(owned?.['f:spec'] ?? {})).toEqual(['.', ...spec]);
  }
});
