import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { PlainClient } from './plain-client.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function run(...args: string[]): Promise<{ child: ChildProcess; client: PlainClient }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  return { child, client: new PlainClient({ url, token }) };
}

test('it runs as a process of its own, changes by itself, and is steered over HTTP', async () => {
  const { child, client } = await run(
    '--nodes',
    '3',
    '--pods',
    '20',
    '--others',
    '150',
    '--churn',
    '50/s',
    '--provider',
    'aws',
  );
  const { items, metadata } = await client.list('/api/v1/nodes');
  expect(items.map((node) => (node['spec'] as { providerID: string }).providerID)).toEqual([
    expect.stringMatching(/^aws:\/\//u),
    expect.stringMatching(/^aws:\/\//u),
    expect.stringMatching(/^aws:\/\//u),
  ]);
  const watch = await client.watch(`/api/v1/pods?resourceVersion=${metadata.resourceVersion}`);
  await watch.take(3);
  await client.must('POST', '/_fake/churn', { perSecond: 0 });
  expect(await client.must('POST', '/_fake/change', { count: 10 })).toEqual({ changed: 10 });
  expect(await client.must('GET', '/_fake/summary')).toMatchObject({ objects: { Node: 3, Namespace: 7 } });
  const { objects } = await client.must<{ objects: Record<string, number> }>('GET', '/_fake/summary');
  // Namespaces that every cluster has, of which the sample makes its own, are counted as all.
  expect(Object.values(objects).reduce((sum, of) => sum + of, 0) - 3 - (objects['Pod'] ?? 0)).toBeGreaterThan(140);
  expect(await client.must('GET', '/_fake/requests?verb=list')).toMatchObject([{ resource: 'nodes' }]);
  expect(await client.must('GET', '/_fake/dump?resource=nodes')).toMatchObject([{ kind: 'Node' }, {}, {}]);

  const fault = { match: { verb: 'list' }, action: { type: 'respond', status: 503 } };
  await client.must('POST', '/_fake/faults', [fault]);
  expect((await client.call('GET', '/api/v1/pods')).status).toBe(503);
  expect(await client.must('GET', '/_fake/faults')).toEqual([{ fault, times: 1 }]);
  await client.must('POST', '/_fake/faults', []);
  await client.must('POST', '/_fake/deny', [{ resource: 'pods' }]);
  expect((await client.call('GET', '/api/v1/pods')).status).toBe(403);
  await client.must('POST', '/_fake/deny', []);

  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'loaded', namespace: 'default' } };
  await client.must('POST', '/_fake/backup', {});
  expect(await client.must('POST', '/_fake/load', [map])).toEqual({ loaded: 1 });
  await client.must('GET', '/api/v1/namespaces/default/configmaps/loaded');
  await client.must('POST', '/_fake/rewind', {});
  expect(await watch.ended).toBe('broken');
  expect((await client.call('GET', '/api/v1/namespaces/default/configmaps/loaded')).status).toBe(404);
  expect((await client.call('POST', '/_fake/rewind', { body: { name: 'none' } })).status).toBe(400);
  expect((await client.call('POST', '/_fake/nonsense')).status).toBe(404);

  await client.close();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
