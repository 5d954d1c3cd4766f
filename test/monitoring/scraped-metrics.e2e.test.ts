/** Rules and dashboards may only ask for what the programs really export: names, labels and known values of labels. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startFakeCluster } from '../stages/agent/fake-cluster.ts';
import { ActionsHub } from '../fakes/actions-hub.ts';
import { startMortalPlatform } from '../stages/agent/staged-platform.ts';
import { SpotStage } from '../stages/spot-handler/spot-stage.ts';
import { AgentStage } from '../stages/agent/agent-stage.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { startProgram } from '../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type MetricSample, parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { checkMetrics } from '@castai/shared/testing/check-metrics.ts';
import { queriesOf, readDashboards, readRules } from './monitoring-files.ts';
import { type Matcher, type Selector, selectorsOf } from './promql-query.ts';

const SPOT_HANDLER = join(import.meta.dirname, '../../spot-handler/src/main.ts');
const AKS_INIT_DATA = join(import.meta.dirname, '../../aks-init-data/src/main.ts');

/** From other programs, or from Prometheus itself, as their documentation names them. */
const FOREIGN: ReadonlySet<string> = new Set([
  'ALERTS',
  'cluster_autoscaler_scaled_up_nodes_total',
  'kube_daemonset_status_desired_number_scheduled',
  'kube_daemonset_status_number_ready',
  'kube_deployment_spec_replicas',
  'kube_pod_container_info',
  'kube_pod_created',
  'kube_pod_status_phase',
  'kube_pod_status_reason',
  'kube_pod_status_unschedulable',
  'up',
]);

/** Labels that Prometheus gives a target. */
const TARGET_LABELS: ReadonlySet<string> = new Set(['cluster', 'instance', 'job', 'namespace', 'pod']);

const QUERIES = [
  ...readRules().flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr }))),
  ...Object.entries(readDashboards()).flatMap(([file, dashboard]) =>
    queriesOf(dashboard).map(({ title, expr }) => ({ where: `${file}: ${title}`, expr })),
  ),
];

describe('a scrape of the running programs', () => {
  const texts: Record<string, string> = {};
  let samples: MetricSample[] = [];

  beforeAll(async () => {
    Object.assign(texts, await scrapeAgentAndPlatform(), await scrapeSpotHandler(), await scrapeInitData());
    Object.assign(texts, await scrapeEvictor(), await scrapeController());
    samples = Object.values(texts).flatMap(parseMetrics);
  });

  it('has every metric, label and value that rules and dashboards ask for', () => {
    const wrong = QUERIES.flatMap(({ where, expr }) =>
      selectorsOf(expr).flatMap((selector) => problemsOf(selector, samples).map((problem) => `${where}: ${problem}`)),
    );
    expect(wrong).toEqual([]);
  });

  it('has the documented counters from both sides under the same id', () => {
    const ids = ['agent', 'platform'].map((program) =>
      parseMetrics(texts[program] ?? '')
        .filter(({ name, value }) => name === 'castai_autoscaler_agent_snapshots_received_total' && value > 0)
        .map(({ labels }) => labels),
    );
    expect(ids[0]).toEqual([expect.stringContaining('castai_cluster="')]);
    expect(ids[1]).toEqual(ids[0]);
  });

  it('is what promtool likes', () => {
    const complaints = Object.entries(texts).map(([program, text]) => ({ program, complaint: checkMetrics(text) }));
    expect(complaints).toEqual(Object.keys(texts).map((program) => ({ program, complaint: '' })));
  });
});

describe('the comparison', () => {
  const samples = parseMetrics('castai_things_total{result="ok"} 1\n');
  it.each([
    ['castai_other_total', 'castai_other_total is not exported'],
    ['castai_things_total{reason="x"}', 'castai_things_total has no label reason'],
    ['castai_things_total{result="no"}', 'castai_things_total has no result no'],
    ['castai_things_total{result!~"ok|no"}', 'castai_things_total has no result no'],
    ['{result="ok"}', 'a selector without a name'],
  ])('finds what is wrong with %s', (expr, problem) => {
    expect(selectorsOf(expr).flatMap((selector) => problemsOf(selector, samples))).toEqual([problem]);
  });

  it('finds nothing wrong with what is there', () => {
    const expr = 'castai_things_total{result=~"ok", job="x", result!~"$variable"}';
    expect(selectorsOf(expr).flatMap((selector) => problemsOf(selector, samples))).toEqual([]);
  });
});

/** What is asked for and not there. */
function problemsOf({ metric, matchers }: Selector, samples: readonly MetricSample[]): string[] {
  if (metric === '') return ['a selector without a name'];
  if (FOREIGN.has(metric)) return [];
  const series = samples.filter(({ name }) => name === metric);
  if (series.length === 0) return [`${metric} is not exported`];
  return matchers
    .filter(({ label, value }) => !TARGET_LABELS.has(label) && value !== '' && !value.startsWith('$'))
    .flatMap((matcher) => problemOf(metric, matcher, series));
}

function problemOf(metric: string, { label, value }: Matcher, series: readonly MetricSample[]): string[] {
  const has = (start: string): boolean => series.some(({ labels }) => `,${labels}`.includes(`,${start}`));
  if (!has(`${label}="`)) return [`${metric} has no label ${label}`];
  return value
    .split('|')
    .filter((one) => !has(`${label}="${one}"`))
    .map((one) => `${metric} has no ${label} ${one}`);
}

async function scrapeAgentAndPlatform(): Promise<Record<string, string>> {
  await using stage = new AgentStage({ cluster: await startFakeCluster(), platform: await startMortalPlatform() });
  const agent = await stage.startReadyAgent();
  await eventually({
    what: 'the agent has a batch confirmed',
    look: () => agent.metric('castai_autoscaler_agent_snapshots_received_total'),
    until: (count) => count > 0,
  });
  return { agent: (await agent.page('/metrics')).text, platform: await textOf(`${stage.platform.url}/metrics`) };
}

async function scrapeSpotHandler(): Promise<Record<string, string>> {
  await using stage = await SpotStage.start({ cloud: 'azure' });
  await using handler = startProgram({ entry: SPOT_HANDLER, name: 'the spot handler', env: stage.environment });
  const { port } = await handler.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const spotHandler = await eventually({
    what: 'the spot handler knows its cloud',
    look: () => textOf(`http://127.0.0.1:${port}/metrics`),
    until: (text) => text.includes('castai_spot_handler_interruptions_total{'),
  });
  // In good order, before its metadata service and API server go.
  await handler.stop();
  return { spotHandler };
}

async function scrapeInitData(): Promise<Record<string, string>> {
  await using cluster = await startFakeCluster();
  await using platform = await startMortalPlatform();
  // Without the Azure agent's files nothing is delivered; every figure is there from the start all the same.
  const emptyDirectory = await mkdtemp(join(tmpdir(), 'castai-waagent-'));
  try {
    await using program = startProgram({
      entry: AKS_INIT_DATA,
      name: 'the init data program',
      env: {
        ...cluster.agentEnv,
        API_KEY: 'key',
        API_URL: platform.url,
        CLUSTER_ID: 'a-cluster',
        NODE_NAME: 'a-node',
        POD_NAMESPACE: 'castai-agent',
        INIT_DATA_FORMAT: 'cleartext-compatibility',
        WAAGENT_DIR: emptyDirectory,
        ADMIN_PORT: '0',
      },
    });
    const { port } = await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
    const initData = await textOf(`http://127.0.0.1:${port}/metrics`);
    await program.stop();
    return { initData };
  } finally {
    await rm(emptyDirectory, { recursive: true });
  }
}

async function scrapeEvictor(): Promise<Record<string, string>> {
  await using cluster = await startFakeCluster();
  const [node] = cluster.fake.objects('nodes');
  // Of a pool without a date in the name of its image no age is told.
  cluster.fake.update({ apiVersion: 'v1', kind: 'Node', name: node?.metadata.name ?? '' }, ({ metadata }) => {
    const image = { 'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2containerd-202501.12.0' };
    metadata['labels'] = { ...(metadata['labels'] as object | undefined), ...image };
  });
  const entry = sourceOf(findProgram('evictor'));
  const env = { ...cluster.agentEnv, ADMIN_PORT: '0' };
  await using program = startProgram({ entry, name: 'the evictor', env });
  const { port } = await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const evictor = await eventually({
    what: 'the evictor has looked at the cluster, and knows the version of the control plane',
    look: () => textOf(`http://127.0.0.1:${port}/metrics`),
    until: (text) => text.includes('castai_evictor_oldest_image_age_seconds{'),
  });
  await program.stop();
  return { evictor };
}

/** Every series is there from its start on: nothing has to be asked of it. */
async function scrapeController(): Promise<Record<string, string>> {
  await using cluster = await startFakeCluster();
  await using hub = await ActionsHub.start();
  const entry = sourceOf(findProgram('cluster-controller'));
  const own = { API_KEY: 'key-0001', API_URL: hub.url.href, CLUSTER_ID: 'c-1', POD_NAMESPACE: 'castai-agent' };
  const env = { ...cluster.agentEnv, ...own, ADMIN_PORT: '0' };
  await using program = startProgram({ entry, name: 'the cluster controller', env });
  const { port } = await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const controller = await textOf(`http://127.0.0.1:${port}/metrics`);
  await program.stop();
  return { controller };
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}
