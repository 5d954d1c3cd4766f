import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import type { ApiClient } from '../../cluster/api-client.ts';
import { startCluster } from '../../cluster/cluster.ts';
import { ApiWitness } from '../../fakes/api-witness.ts';
import { startBenchFake } from '../agent/servers.ts';
import { atMost, type Figure, shown } from '../figure.ts';
import { type MeasuredServer, startMeasuredController } from './measured-controller.ts';

const NODES = 200;
/** A real API server takes tens of milliseconds of CPU for an eviction: two hundred drains are minutes of a machine of which the controller has nothing. */
const NODES_OF_REAL = 20;
const PODS_OF_NODE = 30;
const AT_ONCE = 16;
const LONG_MS = 540_000;

/** What all drains are done on: where it is, who may write there, and how objects get there. */
interface Drained extends MeasuredServer {
  readonly request: ApiClient['request'];
  readonly load: (objects: readonly Loaded[]) => Promise<unknown>;
  readonly nodes: number;
}

interface Loaded {
  readonly kind: 'Node' | 'Pod';
  readonly metadata: { readonly name: string };
}

/** Against the fake, which takes a pod away at once. */
export async function drainFigures(report: (line: string) => void): Promise<Figure[]> {
  await using fake = await startBenchFake({ pods: 0 });
  const ca = await readFile(join(fake.serviceAccountDir, 'ca.crt'), 'utf8');
  const { url, token, client } = fake;
  const load = (objects: readonly Loaded[]): Promise<unknown> => fake.steer('load', objects);
  // Awaited: the fake ends when this does.
  return await measured('the fake', { url, ca, token, request: client.request, load, nodes: NODES }, report);
}

/** Against a real API server. */
export async function realDrainFigures(report: (line: string) => void): Promise<Figure[]> {
  const cluster = await startCluster();
  try {
    const { url, adminToken: token, request } = cluster;
    const ca = await readFile(cluster.caFile, 'utf8');
    const load = (objects: readonly Loaded[]): Promise<unknown> =>
      forEachAtOnce(objects, AT_ONCE, async (object) => {
        await request('POST', object.kind === 'Node' ? '/api/v1/nodes' : '/api/v1/namespaces/default/pods', object);
      });
    return await measured('a real API server', { url, ca, token, request, load, nodes: NODES_OF_REAL }, report);
  } finally {
    await cluster.stop();
  }
}

async function measured(on: string, server: Drained, report: (line: string) => void): Promise<Figure[]> {
  report(`controller: ${server.nodes} drains of ${PODS_OF_NODE} pods each at once, on ${on}`);
  const names = Array.from({ length: server.nodes }, (_, index) => `drained-${index}`);
  await server.load(names.map(nodeOf));
  await server.load(names.flatMap(podsOf));
  report('controller: all are there');
  using authority = new TestAuthority();
  const tls = authority.issue({ commonName: 'kube-apiserver' });
  // In between, so that every answer is known.
  await using witness = await ApiWitness.start({ tls, url: server.url, ca: server.ca });
  const own = { url: `https://127.0.0.1:${witness.port}`, ca: authority.certPem, token: server.token };
  await using controller = await startMeasuredController(own);
  const { hub, program } = controller;
  const [startMs, cpuBeforeMs] = [performance.now(), program.usage()?.cpuMs ?? Number.NaN];
  for (const nodeName of names) {
    hub.ask(nodeName, { actionDrainNode: { nodeName, nodeId: `id-${nodeName}`, drainTimeoutSeconds: 3600 } });
  }
  await eventually({
    what: 'every drain is acknowledged',
    look: () => hub.openIds,
    until: (open) => open.length === 0,
    timeoutMs: LONG_MS,
  });
  const tookMs = performance.now() - startMs;
  const left = ((await server.request('GET', '/api/v1/namespaces/default/pods')).items ?? []).length;
  const errors = witness.requests.filter(({ status }) => status === 429 || status >= 500 || status === 0).length;
  const [said] = hub.acks.flatMap(({ error }) => (error === null ? [] : [error]));
  if (said !== undefined) report(`controller: a drain failed: ${said}`);
  const evictions = witness.requests.filter(({ path }) => path.endsWith('/eviction')).length;
  const usage = program.usage();
  const row = (figure: string, value: number, unit: string) => ({ figure: `${on}: ${figure}`, value, unit });
  return [
    atMost(0, row('answers 429 or 5xx, or none', errors, 'answers')),
    atMost(0, row('drains that failed', hub.acks.filter(({ error }) => error !== null).length, 'drains')),
    atMost(0, row('pods that are left', left, 'pods')),
    atMost(160, row('peak RSS', (usage?.peakRssBytes ?? Number.NaN) / 2 ** 20, 'MiB')),
    shown(row('evictions asked for', evictions, 'requests')),
    shown(row('all requests', witness.requests.length, 'requests')),
    shown(row('until all are acknowledged', tookMs / 1000, 's')),
    shown(row('CPU for it', ((usage?.cpuMs ?? Number.NaN) - cpuBeforeMs) / 1000, 's')),
  ];
}

function nodeOf(name: string): Loaded {
  const labels = { 'provisioner.cast.ai/node-id': `id-${name}` };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {} } as const;
  return node;
}

/** Pods of nobody's budget that end at once: there is no kubelet. */
function podsOf(nodeName: string): Loaded[] {
  return Array.from({ length: PODS_OF_NODE }, (_, index) => {
    const name = `${nodeName}-${index}`;
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: nodeName, uid: nodeName, controller: true };
    const containers = [{ name: 'main', image: 'registry.example.com/app:1' }];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', ownerReferences: [owner] },
      spec: { nodeName, containers, terminationGracePeriodSeconds: 0 },
    } as const;
    return pod;
  });
}
