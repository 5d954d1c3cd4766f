import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import type { HelmMajor } from '../../scripts/tools/chart-binaries.ts';
import type { ApiObject } from '../cluster/api-client.ts';
import { createHelm, type Helm, parseObjects } from '../stages/chart/helm.ts';
import { workloadsIn } from '../stages/chart/rendered-objects.ts';

const helms = new Map<HelmMajor, Helm>();
let parent: string;

beforeAll(async () => {
  for (const major of [3, 4] as const) helms.set(major, await createHelm(major));
});
afterAll(() => {
  for (const helm of helms.values()) helm[Symbol.dispose]();
});
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'castai-parent-'));
  return () => rmSync(parent, { recursive: true });
});

/** Renders a parent chart that depends on this one, with both Helms, which have to agree. */
async function render(dependency: object, values: object): Promise<ApiObject[]> {
  const dependencies = [{ name: 'castai', version: '0.1.0', repository: `file://${CHART}`, ...dependency }];
  writeFileSync(
    join(parent, 'Chart.yaml'),
    stringify({ apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies }),
  );
  writeFileSync(join(parent, 'values.yaml'), stringify(values));
  const rendered: ApiObject[][] = [];
  for (const helm of helms.values()) {
    await helm.must('dependency', 'update', parent);
    rendered.push(parseObjects(await helm.must('template', 'shop', parent, '--kube-version', '1.37.2')));
  }
  expect(rendered[0]).toEqual(rendered[1]);
  return rendered[0] ?? [];
}

function environmentOf(objects: readonly ApiObject[]): Record<string, unknown> {
  const env = workloadsIn(objects)[0]?.spec.template.spec.containers[0]?.env ?? [];
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

test('a parent switches it on and off by a condition, under its own name or another', async () => {
  for (const alias of ['castai', 'costs']) {
    const dependency = { condition: `${alias}.enabled`, ...(alias === 'castai' ? {} : { alias }) };
    const values = { apiKeySecret: { name: 'k' }, image: { registry: 'registry.example' } };
    expect(await render(dependency, { [alias]: { enabled: false, ...values } })).toEqual([]);
    const [agent] = workloadsIn(await render(dependency, { [alias]: { enabled: true, ...values } }));
    expect(agent?.metadata?.name).toBe('castai-agent');
  }
});

test("globals of other charts are the parent's business, and change nothing", async () => {
  const values = { apiKeySecret: { name: 'k' }, image: { registry: 'registry.example' } };
  const plain = await render({}, { castai: values });
  const foreign = {
    tolerations: [{ key: 'a' }],
    azure: { images: {} },
    castai: 'a text',
    registry: { host: 'x' },
    storageClass: 'fast',
  };
  expect(await render({}, { global: foreign, castai: values })).toEqual(plain);
});

test('what the umbrella chart of the vendor says for all counts where nothing else is said', async () => {
  const shared = {
    apiKeySecretRef: 'castai-credentials',
    apiURL: 'https://api.eu.cast.ai',
    grpcURL: 'x',
    provider: 'eks',
  };
  const global = { castai: shared, registry: 'registry.example' };
  const taken = await render({}, { global });
  expect(environmentOf(taken)).toMatchObject({ API_URL: 'https://api.eu.cast.ai', PROVIDER: 'eks' });
  const pod = workloadsIn(taken)[0]?.spec.template.spec;
  expect(pod?.volumes.find(({ name }) => name === 'api-key')?.secret?.secretName).toBe('castai-credentials');
  expect(pod?.containers[0]?.image).toBe('registry.example/castai/agent:0.1.0');

  const own = { apiKeySecret: { name: 'mine' }, apiUrl: 'https://api.example', image: { registry: 'other.example' } };
  const kept = await render({}, { global, castai: own });
  expect(environmentOf(kept)).toMatchObject({ API_URL: 'https://api.example', PROVIDER: 'eks' });
  const ownPod = workloadsIn(kept)[0]?.spec.template.spec;
  expect(ownPod?.volumes.find(({ name }) => name === 'api-key')?.secret?.secretName).toBe('mine');
  expect(ownPod?.containers[0]?.image).toBe('other.example/castai/agent:0.1.0');
});
