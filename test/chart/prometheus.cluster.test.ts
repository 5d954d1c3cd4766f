/** A real Prometheus with what the chart says: it scrapes the running programs and evaluates the rules. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../cluster/free-port.ts';
import { writeKubeconfig } from '../cluster/cluster-files.ts';
import { eventually } from '../support/eventually.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgentProgram, startFakeProgram, startPlatformProgram } from '../support/start-programs.ts';
import { createHelm, type Helm } from './helm.ts';
import { findObject } from './rendered-objects.ts';
import { startPrometheus } from './start-prometheus.ts';
import type { ApiObject } from '../cluster/api-client.ts';

/** Fewer seconds than in production, set through the chart's own values, so that the test does not take ten minutes. */
const QUICK = [
  'monitoring.podMonitor.enabled=true',
  'monitoring.platformScrape.enabled=true',
  // The reference platform has them where every program of ours has them.
  'monitoring.platformScrape.path=/metrics',
  'monitoring.rules.enabled=true',
  'monitoring.rules.thresholds.agentNotDeliveringSeconds=18',
  'monitoring.rules.alerts.CastaiAgentNotDelivering.for=0s',
  'monitoring.rules.alerts.CastaiPlatformMetricsDown.for=0s',
];
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
    .spec as unknown as { jobName: string; metricsPath: string; scheme: string; authorization: { type: string } };
  return [
    { job_name: labels[jobLabel], metrics_path: endpoint?.path, static_configs: [{ targets: [addresses.agent] }] },
    {
      job_name: jobName,
      metrics_path: metricsPath,
      scheme: scheme.toLowerCase(),
      authorization: { type: authorization.type, credentials: 'test' },
      static_configs: [{ targets: [addresses.platform] }],
    },
  ];
}

test('the platform stops and the alerts fire, it starts and they clear', async () => {
  const port = String(await findFreePort());
  const url = `http://127.0.0.1:${port}`;
  const args = ['--port', port, '--db', join(folder, 'platform.sqlite')];
  const platform = await startPlatformProgram(args);
  await using kube = await startFakeProgram(['--nodes', '2', '--pods', '5']);
  const kubeconfig = await writeKubeconfig(folder, { url: kube.url, token: kube.token });
  await using agent = await startAgentProgram({ env: { API_URL: url, KUBECONFIG: kubeconfig } });
  const objects = await helm.template(...[`apiUrl=${url}`, 'apiKey=test', ...QUICK].flatMap((set) => ['--set', set]));
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
