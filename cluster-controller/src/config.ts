import { COMMON_OPTIONS } from '@castai/shared/config/common-options.ts';
import { type ConfigOf, defineOptions } from '@castai/shared/config/option-table.ts';
import { ACTION_KINDS, type ActionKind } from './poll/action.ts';
import type { Caps } from './claim/plan-admissions.ts';
import type { Bounds } from './do/plan-refusal.ts';

/** Every option of the program. The README's table is generated from this one. */
export const CONTROLLER_OPTIONS = defineOptions({
  apiKey: COMMON_OPTIONS.apiKey,
  apiUrl: COMMON_OPTIONS.apiUrl,
  clusterId: COMMON_OPTIONS.clusterId,
  caFile: COMMON_OPTIONS.caFile,
  actions: {
    kind: 'list',
    variable: 'ACTIONS',
    values: ACTION_KINDS,
    default: ACTION_KINDS.join(','),
    meaning: 'Kinds of actions that are carried out; the others are answered as unsupported.',
  },
  resources: {
    kind: 'list',
    variable: 'OBJECT_RESOURCES',
    form: {
      pattern: /^(?:\*\.[a-z\d.-]+|[a-z\d-]+(?:\.[a-z\d.-]+)?)$/u,
      todo: 'write things.example.com, configmaps, or *.example.com',
    },
    default: '*.autoscaling.cast.ai,*.live.cast.ai,*.pod-mutations.cast.ai',
    meaning:
      'Resources whose objects may be created, patched and deleted; `*.group` is all of a group. Nodes never are.',
  },
  mostActions: {
    kind: 'integer',
    variable: 'MAX_ACTIONS_IN_PROGRESS',
    default: '1000',
    min: 1,
    max: 10_000,
    meaning: 'Actions that are under way at once; those that only look have half of that.',
  },
  mostDrains: {
    kind: 'integer',
    variable: 'MAX_DRAINS_IN_PROGRESS',
    default: '200',
    min: 1,
    max: 10_000,
    meaning: 'Drains that are under way at once.',
  },
  forceMarked: {
    kind: 'boolean',
    variable: 'FORCE_REMOVAL_DISABLED',
    default: 'false',
    meaning: 'Whether a drain with force may delete pods that are marked to stay.',
  },
  dryRun: {
    kind: 'boolean',
    variable: 'DRY_RUN',
    default: 'false',
    meaning: 'Has the API server judge every write (`dryRun=All`) and store none; nothing is acknowledged.',
  },
  leaderElection: {
    kind: 'boolean',
    variable: 'LEADER_ELECTION',
    default: 'false',
    meaning: 'Whether replicas agree by a Lease which of them acts; the chart turns it on. Without it run one.',
  },
  leaseName: {
    kind: 'string',
    variable: 'LEASE_NAME',
    default: 'castai-cluster-controller',
    meaning: 'Lease of the election; replicas that share it take turns.',
  },
  podNamespace: {
    kind: 'string',
    variable: 'POD_NAMESPACE',
    required: true,
    meaning: 'Namespace of that Lease, of the records and of the ConfigMap that stops new actions.',
  },
  podName: COMMON_OPTIONS.podName,
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
    default: '9881',
    min: 0,
    max: 65_535,
    meaning: 'Port of /healthz, /readyz, /metrics and /statusz; 0 takes a free one.',
  },
  sendLogs: {
    kind: 'boolean',
    variable: 'SEND_LOGS',
    default: 'true',
    meaning:
      'Whether warnings and errors of the log are sent to the platform as well: our own sentences and codes, nothing that a server has said. Not in a dry run.',
  },
  logLevel: COMMON_OPTIONS.logLevel,
  logFormat: COMMON_OPTIONS.logFormat,
});

/** The program's config: frozen, every default filled in. */
export type ControllerConfig = ConfigOf<typeof CONTROLLER_OPTIONS>;

/** How many actions may be under way. */
export function capsOf({ mostActions, mostDrains }: ControllerConfig): Caps {
  return { all: mostActions, ofKind: { drainNode: mostDrains } };
}

/** What is carried out at all. */
export function boundsOf({ actions, resources }: ControllerConfig): Bounds {
  const kinds = ACTION_KINDS.filter((kind): kind is ActionKind => actions.includes(kind));
  return { kinds: new Set(kinds), resources };
}
