import { COMMON_OPTIONS } from '@castai/shared/config/common-options.ts';
import { type ConfigOf, defineOptions } from '@castai/shared/config/option-table.ts';
import { extraKindForm, skippableFeeds } from './feeds/feeds.ts';
import type { LabelMask } from './scrub/label-mask.ts';
import { IDENTITY_OPTIONS } from './identity/identity-options.ts';
import { SCRUB_SWITCHES } from './scrub/rules.ts';

/** Every option of the agent. The README's table is generated from this one. */
export const AGENT_OPTIONS = defineOptions({
  apiKey: COMMON_OPTIONS.apiKey,
  apiUrl: COMMON_OPTIONS.apiUrl,
  caFile: COMMON_OPTIONS.caFile,
  platformWire: {
    kind: 'enum',
    variable: 'PLATFORM_WIRE',
    values: ['ingest', 'agent-deltas', 'auto'],
    default: 'ingest',
    meaning:
      'What is spoken with the platform: its own protocol, the public API that other receivers have, or whichever of the two it takes; see docs/wires.md.',
  },
  clusterId: {
    kind: 'string',
    variable: 'CLUSTER_ID',
    meaning: 'Id that the platform gave this cluster; the agent does not register then.',
  },
  clusterIdConfigMap: {
    kind: 'string',
    variable: 'CLUSTER_ID_CONFIG_MAP',
    meaning:
      "ConfigMap of the agent's namespace, as `name` or `name/key`, into which it writes the id (key `CLUSTER_ID` unless told), for the other components.",
  },
  deltasConfigMap: {
    kind: 'string',
    variable: 'DELTAS_CONFIG_MAP',
    meaning:
      "ConfigMap of the agent's namespace in which it keeps where `PLATFORM_WIRE=agent-deltas` goes on after a restart. Only without `LEADER_ELECTION`, which keeps it on its Lease.",
  },
  ...IDENTITY_OPTIONS,
  kubeconfig: {
    kind: 'file',
    variable: 'KUBECONFIG',
    meaning: 'Kubeconfig for running outside of the cluster; inside, the service account is used.',
  },
  serviceAccountDir: COMMON_OPTIONS.serviceAccountDir,
  configMapNamespaces: {
    kind: 'list',
    variable: 'CONFIG_MAP_NAMESPACES',
    meaning: 'Namespaces whose ConfigMaps are read (names, keys and sizes; no values). None unless named.',
  },
  readRbac: {
    kind: 'boolean',
    variable: 'READ_RBAC',
    default: 'true',
    meaning: 'Whether roles and their bindings are read; users and groups of a binding are only counted.',
  },
  readIngress: {
    kind: 'boolean',
    variable: 'READ_INGRESS',
    default: 'true',
    meaning: 'Whether ingresses, network policies and gateway routes are read.',
  },
  skipFeeds: {
    kind: 'list',
    variable: 'SKIP_FEEDS',
    // A name that is none would leave something open that was meant to be closed.
    form: {
      pattern: new RegExp(
        `^(?:${skippableFeeds()
          .map((name) => RegExp.escape(name))
          .join('|')})$`,
        'u',
      ),
      todo: 'name feeds as /statusz shows them; nodes and pods are always read, ConfigMaps only where CONFIG_MAP_NAMESPACES says so',
    },
    meaning: 'Feeds that are not read, by the names that `/statusz` shows, such as `events/oom` or `services`.',
  },
  extraKinds: {
    kind: 'list',
    variable: 'EXTRA_KINDS',
    form: {
      pattern: extraKindForm(),
      todo: 'write group/version/resource:metadata, or :workload, such as apps.kruise.io/v1alpha1/clonesets:workload; kinds of the core group, and those that are read anyway, cannot be named',
    },
    meaning:
      'Further kinds to read, as `group/version/resource:metadata` (that it exists, and its conditions) or `…:workload` (replicas, selector and pod template, too).',
  },
  scrubReenable: {
    kind: 'list',
    variable: 'SCRUB_REENABLE',
    values: Object.keys(SCRUB_SWITCHES),
    meaning:
      'What the scrub policy drops and you want to send all the same; see "What leaves the cluster" for the names.',
  },
  annotationPrefixes: {
    kind: 'list',
    variable: 'ANNOTATION_PREFIXES',
    // `*` looks like "all of them" and would let out nothing; all of them is what the policy does not give.
    form: {
      pattern: /^(?:\*\.)?[^*]*[^*.\s][^*]*$/u,
      todo: 'name prefixes of keys, or *.domain/ for a domain and all below it; all annotations cannot be let out',
    },
    meaning: 'Further annotations to send: a prefix of their keys, or `*.domain/` for a domain and all below it.',
  },
  skipNamespaces: {
    kind: 'list',
    variable: 'SKIP_NAMESPACES',
    // A name that none can have would leave open what was meant to be closed.
    form: {
      pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u,
      todo: 'name namespaces, each in full',
    },
    meaning:
      'Namespaces whose content stays: of their objects only identity leaves, and what they take of the cluster, so that capacity still adds up.',
  },
  labelsMasked: {
    kind: 'list',
    variable: 'LABELS_MASKED',
    form: {
      pattern: /^[A-Za-z0-9][\w./-]*\*?$/u,
      todo: 'name keys of labels, or their beginnings with a star behind, such as hub.jupyter.org/*; not all labels can be masked',
    },
    meaning:
      'Labels whose values leave as keyed hashes, wherever their keys stand; equal values stay equal. Needs `MASK_KEY`.',
  },
  maskKey: {
    kind: 'secret',
    variable: 'MASK_KEY',
    meaning: 'The secret of `LABELS_MASKED`, of at least 16 bytes; another one gives other hashes.',
  },
  compatFullObjects: {
    kind: 'boolean',
    variable: 'COMPAT_FULL_OBJECTS',
    default: 'false',
    meaning:
      'Sends nearly all of every object, as the existing agent does, instead of what the scrub policy names; see "What leaves the cluster".',
  },
  lint: {
    kind: 'boolean',
    variable: 'LINT',
    default: 'true',
    meaning:
      'Whether workloads, roles and disruption budgets are judged by the rules of the manifest lint; the ids of those that an object breaks are sent with it. Not on the wire `agent-deltas`.',
  },
  leaderElection: {
    kind: 'boolean',
    variable: 'LEADER_ELECTION',
    default: 'false',
    meaning: 'Whether replicas agree by a Lease which of them sends; the chart turns it on. Without it run one agent.',
  },
  leaseName: {
    kind: 'string',
    variable: 'LEASE_NAME',
    default: 'castai-agent',
    meaning: 'Lease of the election; replicas that share it take turns.',
  },
  podNamespace: {
    kind: 'string',
    variable: 'POD_NAMESPACE',
    meaning:
      "Namespace of that Lease, of `CLUSTER_ID_CONFIG_MAP`, `DELTAS_CONFIG_MAP` and Events; otherwise the service account's.",
  },
  podName: {
    kind: 'string',
    variable: 'POD_NAME',
    meaning:
      'Name of the pod, told in the Lease and in Events; a container that starts anew in the same pod then need not wait.',
  },
  kubernetesEvents: {
    kind: 'boolean',
    variable: 'KUBERNETES_EVENTS',
    default: 'true',
    meaning:
      'Whether registration, delivery that is lost and regained, a refused key and a second agent are shown as Kubernetes Events on the own Deployment; needs `POD_NAME`.',
  },
  pendingLimitBytes: {
    kind: 'bytes',
    variable: 'PENDING_LIMIT',
    default: '32Mi',
    minBytes: 1024 * 1024,
    maxBytes: 1024 * 1024 * 1024,
    meaning:
      'Bound on changes that wait while the platform is away; over it those of the largest feeds are dropped and read again later.',
  },
  pageSize: {
    kind: 'integer',
    variable: 'PAGE_SIZE',
    default: '250',
    min: 10,
    max: 5000,
    unit: 'objects',
    meaning: 'Objects per page of a list: the unit of memory and of load on the API server.',
  },
  readEncoding: {
    kind: 'enum',
    variable: 'READ_ENCODING',
    values: ['auto', 'json'],
    default: 'auto',
    meaning:
      "In what Kubernetes' own kinds are read: protobuf where the API server has it and it comes through, JSON otherwise; or always JSON. Protobuf is a third fewer bytes and takes a quarter less CPU; what is sent is the same.",
  },
  pollMs: {
    kind: 'durationSeconds',
    variable: 'POLL_SECONDS',
    default: '60',
    minMs: 15_000,
    maxMs: 3_600_000,
    meaning: 'Pause between two reads of what cannot be watched (PodMetrics).',
  },
  drainMs: {
    kind: 'durationSeconds',
    variable: 'DRAIN_SECONDS',
    default: '20',
    minMs: 1000,
    maxMs: 600_000,
    meaning: "Time to finish the batch in hand after SIGTERM; keep it below the pod's termination grace period.",
  },
  adminHost: COMMON_OPTIONS.adminHost,
  adminPort: {
    kind: 'integer',
    variable: 'ADMIN_PORT',
    default: '9877',
    min: 0,
    max: 65_535,
    meaning: 'Port of /healthz, /readyz, /metrics and /statusz; 0 takes a free one.',
  },
  sendLogs: {
    kind: 'boolean',
    variable: 'SEND_LOGS',
    default: 'true',
    meaning:
      'Whether warnings and errors of the log are sent to the platform as well: our own sentences and codes, nothing that a server has said.',
  },
  logLevel: COMMON_OPTIONS.logLevel,
  logFormat: COMMON_OPTIONS.logFormat,
});

/** The agent's config: frozen, every default filled in. */
export type AgentConfig = ConfigOf<typeof AGENT_OPTIONS> & {
  /** What `LABELS_MASKED` and `MASK_KEY` make together. */
  readonly labelMask?: LabelMask;
};
