/** A real Prometheus with what the chart says: it scrapes the running programs and evaluates the rules. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../cluster/free-port.ts';
import { writeKubeconfig } from '../cluster/cluster-files.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { InitDataStage } from '../stages/aks-init-data/init-data-stage.ts';
import { startAzureImds } from '../fakes/imds.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { startProgram } from '../stages/child-program.ts';
import { startAgentProgram, startFakeProgram, startPlatformProgram } from '../stages/start-programs.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { findObject, workloadsIn } from '../stages/chart/rendered-objects.ts';
import { startPrometheus } from './start-prometheus.ts';
import type { ApiObject } from '../cluster/api-client.ts';

/** Fewer seconds than in production, set through the chart's own values, so that the test does not take ten minutes. */
const QUICK = [
  'monitoring.podMonitor.enabled=true',
  'monitoring.platformScrape.enabled=true',
  'monitoring.rules.enabled=true',
  'monitoring.rules.thresholds.agentNotDeliveringSeconds=18',
  'monitoring.rules.alerts.CastaiAgentNotDelivering.for=0s',
  'monitoring.rules.alerts.CastaiPlatformMetricsDown.for=0s',
];
const KEY = 'the-key-of-the-organisation';
const EXPECTED = ['CastaiAgentNotDelivering', 'CastaiPlatformMetricsDown'];

let helm: Helm;
let folder: string;

beforeAll(async () => {
  helm = await createHelm(4);
  folder = await mkdtemp(join(tmpdir(), 'castai-monitoring-'));
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** What an operator reads of the ScrapeConfig. */
interface PlatformScrape {
  readonly jobName: string;
  readonly metricsPath: string;
  readonly scheme: string;
  readonly authorization: {
    readonly type: string;
    readonly credentials: { readonly name: string; readonly key: string };
  };
}

/** The scrape configurations that an operator makes of the chart's objects, with these addresses in place of discovery. */
function scrapeConfigs(objects: readonly ApiObject[], addresses: { agent: string; platform: string }): unknown[] {
  const monitor = findObject(objects, 'PodMonitor', 'castai-agent');
  const [endpoint] = (monitor.spec?.['podMetricsEndpoints'] ?? []) as { path: string }[];
  // `jobLabel` names the label of the pod whose value is the job.
  const jobLabel = String(monitor.spec?.['jobLabel']);
  const deployment = findObject(objects, 'Deployment', 'castai-agent');
  const { labels } = (deployment.spec as unknown as { template: { metadata: { labels: Record<string, string> } } })
    .template.metadata;
  const { jobName, metricsPath, scheme, authorization } = findObject(objects, 'ScrapeConfig', 'castai-platform')
    .spec as unknown as PlatformScrape;
  const { name, key } = authorization.credentials;
  const secret = findObject(objects, 'Secret', name)['stringData'] as Readonly<Record<string, string>>;
  return [
    { job_name: labels[jobLabel], metrics_path: endpoint?.path, static_configs: [{ targets: [addresses.agent] }] },
    {
      job_name: jobName,
      metrics_path: metricsPath,
      scheme: scheme.toLowerCase(),
      authorization: { type: authorization.type, credentials: secret[key] },
      static_configs: [{ targets: [addresses.platform] }],
    },
  ];
}

test('the platform stops and the alerts fire, it starts and they clear', async () => {
  const port = String(await findFreePort());
  const url = `http://127.0.0.1:${port}`;
  // The figures are given to whoever has the key, which the ScrapeConfig names.
  const args = ['--port', port, '--db', join(folder, 'platform.sqlite'), '--api-key', KEY];
  const platform = await startPlatformProgram(args);
  await using kube = await startFakeProgram(['--nodes', '2', '--pods', '5']);
  const kubeconfig = await writeKubeconfig(folder, { url: kube.url, token: kube.token });
  await using agent = await startAgentProgram({ env: { API_URL: url, API_KEY: KEY, KUBECONFIG: kubeconfig } });
  const objects = await helm.template(...[`apiUrl=${url}`, `apiKey=${KEY}`, ...QUICK].flatMap((set) => ['--set', set]));
  const { groups } = findObject(objects, 'PrometheusRule', 'castai-rules').spec as unknown as { groups: unknown[] };
  const addresses = { agent: new URL(agent.url).host, platform: `127.0.0.1:${port}` };
  await using prometheus = await startPrometheus({ scrapeConfigs: scrapeConfigs(objects, addresses), groups });

  await eventually({
    what: 'Prometheus scrapes agent and platform',
    look: () => prometheus.targets(),
    until: (targets) => targets.get('castai-agent') === 'up' && targets.get('castai-platform') === 'up',
  });
  await eventually({
    what: 'the agent is ready and nothing fires',
    look: async () => ({
      status: (await fetch(`${agent.url}/readyz`)).status,
      firing: [...(await prometheus.firing()).keys()],
    }),
    until: ({ status, firing }) => status === 200 && firing.length === 0,
  });

  await platform.process.kill();
  const fired = await eventually({
    what: `${EXPECTED.join(' and ')} fire`,
    look: () => prometheus.firing(),
    until: (firing) => EXPECTED.every((name) => firing.has(name)),
  });
  expect(fired.get('CastaiAgentNotDelivering')).toMatchObject({ severity: 'critical', job: 'castai-agent' });
  expect(fired.get('CastaiPlatformMetricsDown')).toMatchObject({ severity: 'warning', job: 'castai-platform' });

  await using again = await startPlatformProgram(args);
  expect(again.url).toBe(url);
  await eventually({
    what: 'the alerts clear',
    look: async () => [...(await prometheus.firing()).keys()],
    until: (firing) => EXPECTED.every((name) => !firing.includes(name)),
    timeoutMs: 120_000,
  });
});

/**
 * What Prometheus' configurations for pods have in common: follow the annotations prometheus.io/scrape, path and port. A file stands
 * for its discovery by the API server, with the same labels for it to work on.
 */
function annotatedPods(file: string): unknown {
  const annotation = (name: string): string => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  return {
    job_name: 'pods',
    file_sd_configs: [{ files: [file] }],
    relabel_configs: [
      { source_labels: [annotation('scrape')], action: 'keep', regex: 'true' },
      { source_labels: [annotation('path')], target_label: '__metrics_path__', regex: '(.+)' },
      {
        source_labels: ['__address__', annotation('port')],
        target_label: '__address__',
        regex: '([^:]+)(?::[0-9]+)?;([0-9]+)',
        replacement: '$1:$2',
      },
      { source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_name'], target_label: 'job' },
    ],
  };
}

/** A pod as the discovery of Prometheus describes it. */
function discovered({ labels, annotations = {} }: PodMetadata): unknown {
  const metaLabels = (kind: string, map: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(map).map(([key, value]) => [
      `__meta_kubernetes_pod_${kind}_${key.replaceAll(/[^a-zA-Z0-9_]/gu, '_')}`,
      value,
    ]);
  const all = [...metaLabels('label', labels), ...metaLabels('annotation', annotations)];
  return { targets: ['127.0.0.1'], labels: Object.fromEntries(all) };
}

interface PodMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

test('a Prometheus that follows annotations scrapes every program whose pods have them', async () => {
  const ports = [await findFreePort(), await findFreePort(), await findFreePort()].map(String);
  const [agentPort = '', spotPort = '', dataPort = ''] = ports;
  await using stage = await InitDataStage.start();
  await stage.putNode('a-node');
  using data = new FakeWaagent();
  await using imds = await startAzureImds();
  const { url, token, caFile } = stage.fake;
  const kubeconfig = await writeKubeconfig(folder, { url, token, ...(caFile === undefined ? {} : { caFile }) });
  const { hostname, port } = new URL(url);
  await using agent = await startAgentProgram({
    env: { API_URL: stage.platform.url, KUBECONFIG: kubeconfig, ADMIN_PORT: agentPort },
  });
  const handler = findProgram('spot-handler');
  await using spotHandler = startProgram({
    entry: sourceOf(handler),
    name: 'the spot handler',
    env: {
      API_KEY: 'test',
      API_URL: stage.platform.url,
      CLUSTER_ID: stage.clusterId,
      NODE_NAME: 'a-node',
      IMDS_URL: imds.url,
      SERVICE_ACCOUNT_DIR: stage.worldReadableServiceAccount(),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ADMIN_PORT: spotPort,
    },
  });
  await using reader = await stage.startProgram({
    nodeName: 'a-node',
    waagentDir: data.root,
    env: { ADMIN_PORT: dataPort },
  });
  expect([agent.url, reader.url]).toEqual([`http://127.0.0.1:${agentPort}`, `http://127.0.0.1:${dataPort}`]);

  const podsOf = async (...sets: string[]): Promise<PodMetadata[]> => {
    const components =
      'spotHandler.enabled=true,aksInitData.enabled=true,aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=},clusterId=c';
    const at = `agent.port=${agentPort},spotHandler.port=${spotPort},aksInitData.port=${dataPort}`;
    const all = ['apiKey=test,provider=aks', components, at, ...sets].flatMap((set) => ['--set', set]);
    return workloadsIn(await helm.template(...all)).map(({ spec }) => spec.template.metadata as PodMetadata);
  };
  // Pods that nobody annotated are left alone.
  const pods = [...(await podsOf('monitoring.annotations=true')), ...(await podsOf('fullnameOverride=quiet'))];
  const file = join(folder, 'pods.json');
  await writeFile(file, JSON.stringify(pods.map(discovered)));
  await using prometheus = await startPrometheus({ scrapeConfigs: [annotatedPods(file)], groups: [] });
  const jobs = ['castai-agent', 'castai-aks-init-data', 'castai-spot-handler'];
  await eventually({
    what: 'Prometheus has the figures of all three',
    look: () => prometheus.series('{__name__=~"castai_(agent|spot_handler|aks_init_data)_build_info"}'),
    until: (found) => found.length === jobs.length,
  });
  expect(await prometheus.targets()).toEqual(new Map(jobs.map((job) => [job, 'up'])));
  expect(spotHandler.lines.length).toBeGreaterThan(0);
});
