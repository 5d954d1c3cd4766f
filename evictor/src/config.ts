import { COMMON_OPTIONS } from '@castai/shared/config/common-options.ts';
import { type ConfigOf, defineOptions } from '@castai/shared/config/option-table.ts';

/** Every option of the program. The README's table is generated from this one. */
export const EVICTOR_OPTIONS = defineOptions({
  reports: {
    kind: 'list',
    variable: 'REPORTS',
    values: ['removal', 'drift', 'age', 'budgets'],
    default: 'removal,drift,age,budgets',
    meaning: 'What is reported: only the collections that it needs are read.',
  },
  aggressiveMode: {
    kind: 'boolean',
    variable: 'AGGRESSIVE_MODE',
    default: 'false',
    meaning: 'Whether pods whose interruption shows may move: single replicas, bare pods, Jobs, StatefulSets.',
  },
  scopedMode: {
    kind: 'boolean',
    variable: 'SCOPED_MODE',
    default: 'false',
    meaning: 'Whether only nodes with the label `provisioner.cast.ai/managed-by=cast.ai` are looked at.',
  },
  nodeGraceMinutes: {
    kind: 'integer',
    variable: 'NODE_GRACE_PERIOD_MINUTES',
    default: '5',
    min: 0,
    max: 525_600,
    unit: 'minutes',
    meaning: 'Nodes younger than this are left alone.',
  },
  headroomPercent: {
    kind: 'integer',
    variable: 'HEADROOM_PERCENT',
    default: '5',
    min: 0,
    max: 90,
    unit: 'percent',
    meaning: "Share of every node's cores and memory that pods which move do not take.",
  },
  rulesFile: {
    kind: 'file',
    variable: 'RULES_FILE',
    meaning: 'YAML file with rules for pods and nodes, as the existing evictor takes them (`evictionConfig`).',
  },
  pricesFile: {
    kind: 'file',
    variable: 'PRICES_FILE',
    meaning:
      'YAML or JSON file with what machines cost in an hour, for the money that would be saved; without it that is not known.',
  },
  maintenanceFile: {
    kind: 'file',
    variable: 'MAINTENANCE_FILE',
    meaning:
      'YAML or JSON file with maintenance windows as AKS has them, such as `az aks maintenanceconfiguration list` writes it.',
  },
  maintenanceConfigMap: {
    kind: 'string',
    variable: 'MAINTENANCE_CONFIG_MAP',
    meaning:
      'ConfigMap (`namespace/name`) that tells the next window for node images, as Karpenter for Azure is told it; asked every five minutes.',
  },
  cycleIntervalMs: {
    kind: 'duration',
    variable: 'CYCLE_INTERVAL',
    default: '1m',
    minMs: 1_000,
    maxMs: 3_600_000,
    meaning:
      'Shortest pause between two looks; while nothing that matters changes only ages are looked at, once a minute.',
  },
  passMs: {
    kind: 'durationSeconds',
    variable: 'PASS_SECONDS',
    default: '10',
    minMs: 100,
    maxMs: 600_000,
    meaning: 'Longest time of one look; what was found by then is reported.',
  },
  nodeMaxAgeDays: {
    kind: 'integer',
    variable: 'NODE_MAX_AGE_DAYS',
    default: '0',
    min: 0,
    max: 3_650,
    unit: 'days',
    meaning: 'Nodes older than this are reported as too old; 0: none is.',
  },
  imageMaxAgeDays: {
    kind: 'integer',
    variable: 'IMAGE_MAX_AGE_DAYS',
    default: '30',
    min: 0,
    max: 3_650,
    unit: 'days',
    meaning:
      'Node images older than this are reported, where their name tells a date, of Windows 15 days later; 0: none is.',
  },
  poolGraceMs: {
    kind: 'duration',
    variable: 'POOL_GRACE',
    default: '24h',
    minMs: 0,
    maxMs: 2_592_000_000,
    meaning: 'For so long the nodes of a pool may be on different versions: an upgrade takes its time.',
  },
  nodeEvents: {
    kind: 'boolean',
    variable: 'NODE_EVENTS',
    default: 'false',
    meaning:
      'Whether Kubernetes Events are written on nodes when something new is found of them: once a day for a node and a reason, at most 100 an hour.',
  },
  leaderElection: {
    kind: 'boolean',
    variable: 'LEADER_ELECTION',
    default: 'false',
    meaning:
      'Whether replicas agree by a Lease which of them looks at the cluster; the others hold nothing of it. Without it run one evictor.',
  },
  leaseName: {
    kind: 'string',
    variable: 'LEASE_NAME',
    default: 'castai-evictor',
    meaning: 'Lease of the election; replicas that share it take turns.',
  },
  podNamespace: {
    kind: 'string',
    variable: 'POD_NAMESPACE',
    meaning: "Namespace of that Lease; otherwise the service account's.",
  },
  podName: COMMON_OPTIONS.podName,
  apiUrl: {
    kind: 'url',
    variable: 'API_URL',
    meaning: 'Address of the platform that is told of the report; API_KEY and CLUSTER_ID belong to it.',
  },
  apiKey: {
    kind: 'secret',
    variable: 'API_KEY',
    meaning: "The platform's key of this organisation; a file is followed when it changes.",
  },
  clusterId: { kind: 'string', variable: 'CLUSTER_ID', meaning: 'Id of this cluster at the platform.' },
  caFile: COMMON_OPTIONS.caFile,
  skipNamespaces: {
    kind: 'list',
    variable: 'SKIP_NAMESPACES',
    // A name that none can have would leave open what was meant to be closed.
    form: {
      pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u,
      todo: 'name namespaces, each in full',
    },
    meaning: 'Namespaces whose pods are not named to it, as for the agent.',
  },
  pageSize: {
    kind: 'integer',
    variable: 'PAGE_SIZE',
    default: '500',
    min: 1,
    max: 10_000,
    meaning: 'Objects per page of a list.',
  },
  readEncoding: {
    kind: 'enum',
    variable: 'READ_ENCODING',
    values: ['auto', 'json'],
    default: 'auto',
    meaning: 'In what objects are read: protobuf where the API server has it, or always JSON.',
  },
  kubeconfig: COMMON_OPTIONS.kubeconfig,
  serviceAccountDir: COMMON_OPTIONS.serviceAccountDir,
  drainMs: {
    kind: 'durationSeconds',
    variable: 'DRAIN_SECONDS',
    default: '5',
    minMs: 1000,
    maxMs: 600_000,
    meaning: "Time to end after SIGTERM; keep it below the pod's termination grace period.",
  },
  adminHost: COMMON_OPTIONS.adminHost,
  adminPort: {
    kind: 'integer',
    variable: 'ADMIN_PORT',
    default: '9880',
    min: 0,
    max: 65_535,
    meaning: 'Port of /healthz, /readyz, /metrics, /statusz and /report; 0 takes a free one.',
  },
  logLevel: COMMON_OPTIONS.logLevel,
  logFormat: COMMON_OPTIONS.logFormat,
});

/**
 * What is wrong with options that each are right: a platform is told of all that it takes to reach it, or of none of it. And what a text alone does
 * not say: a ConfigMap without its namespace would be looked for where none is, and never be missed.
 */
export function checkEvictorConfig(config: Partial<EvictorConfig>): string[] {
  const { apiUrl, apiKey, clusterId, maintenanceConfigMap } = config;
  const problems: string[] = [];
  const parts = { API_URL: apiUrl, API_KEY: apiKey, CLUSTER_ID: clusterId };
  const missing = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length === 1 || missing.length === 2)
    problems.push(
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set: the platform is told of the report with API_URL, API_KEY and CLUSTER_ID, or with none of them`,
    );
  if (maintenanceConfigMap !== undefined && !/^[a-z0-9-]+\/[a-z0-9][a-z0-9.-]*$/u.test(maintenanceConfigMap))
    problems.push(`MAINTENANCE_CONFIG_MAP=${maintenanceConfigMap} is no ConfigMap: write namespace/name`);
  return problems;
}

/** The program's config: frozen, every default filled in. */
export type EvictorConfig = ConfigOf<typeof EVICTOR_OPTIONS>;
