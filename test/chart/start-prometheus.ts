import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { findFreePort } from '../cluster/free-port.ts';
import { ProcessGroup } from '../cluster/process-group.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';

/** The package that brings promtool brings the server as well. */
function prometheusBinary(): string {
  const promtool = process.env['PROMTOOL'] ?? 'promtool';
  return promtool.includes('/') ? join(dirname(promtool), 'prometheus') : 'prometheus';
}

/** What it scrapes and which rules it evaluates, each as in Prometheus' own files. */
export interface PrometheusSettings {
  readonly scrapeConfigs: readonly unknown[];
  readonly groups: readonly unknown[];
}

/** A Prometheus that runs until it is disposed of. */
export interface Prometheus extends AsyncDisposable {
  /** The alerts that fire, by name, with their labels. */
  firing(): Promise<Map<string, Readonly<Record<string, string>>>>;
  /** Job → health of its targets. */
  targets(): Promise<Map<string, string>>;
  /** Labels of the series that a query gives now. */
  series(query: string): Promise<Readonly<Record<string, string>>[]>;
}

/** Starts a Prometheus on a free port that looks once a second. Throws with its words when it does not start. */
export async function startPrometheus({ scrapeConfigs, groups }: PrometheusSettings): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'castai-prometheus-'));
  const port = await findFreePort();
  const rules = join(directory, 'rules.yaml');
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: scrapeConfigs,
  };
  await writeFile(rules, stringify({ groups }));
  await writeFile(join(directory, 'prometheus.yaml'), stringify(config));
  // Ends with this process, however it ends, and takes its folder along.
  const processes = new ProcessGroup(directory);
  const server = processes.start({
    name: 'prometheus',
    program: prometheusBinary(),
    args: [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  try {
    await eventually({ what: 'Prometheus answers', look: () => get('status/buildinfo'), until: () => true });
  } catch (error) {
    const said = await server.lastLines();
    await processes.stop();
    throw new Error(`Prometheus did not start: ${said}`, { cause: error });
  }
  return {
    firing: async () => {
      const { alerts } = (await get('alerts')) as { alerts: { state: string; labels: Record<string, string> }[] };
      const now = alerts.filter(({ state }) => state === 'firing');
      return new Map(now.map(({ labels }) => [labels['alertname'] ?? '', labels]));
    },
    targets: async () => {
      const { activeTargets } = (await get('targets')) as {
        activeTargets: { health: string; labels: Record<string, string> }[];
      };
      return new Map(activeTargets.map(({ health, labels }) => [labels['job'] ?? '', health]));
    },
    series: async (query) => {
      const { result } = (await get(`query?query=${encodeURIComponent(query)}`)) as {
        result: { metric: Record<string, string> }[];
      };
      return result.map(({ metric }) => metric);
    },
    [Symbol.asyncDispose]: () => processes.stop(),
  };
}
