import { COMMON_OPTIONS } from '@castai/shared/config/common-options.ts';
import { type ConfigOf, defineOptions } from '@castai/shared/config/option-table.ts';
import { platformKeyProblems } from './seal/platform-keys.ts';

/** Every option of the program. The README's table is generated from this one. */
export const INIT_DATA_OPTIONS = defineOptions({
  apiKey: COMMON_OPTIONS.apiKey,
  apiUrl: {
    kind: 'url',
    variable: 'API_URL',
    required: true,
    meaning: "The platform's address. Plain http is refused, except on this machine itself.",
  },
  clusterId: COMMON_OPTIONS.clusterId,
  nodeName: {
    kind: 'string',
    variable: 'NODE_NAME',
    required: true,
    meaning: 'Name of the node that this process runs on (downward API, `spec.nodeName`).',
  },
  namespace: {
    kind: 'string',
    variable: 'POD_NAMESPACE',
    required: true,
    meaning:
      'Namespace of this pod (downward API, `metadata.namespace`): leases and the record of deliveries are kept there.',
  },
  caFile: COMMON_OPTIONS.caFile,
  platformKeys: {
    kind: 'list',
    variable: 'PLATFORM_KEYS',
    meaning:
      "The platform's public keys, `id:base64` of 32 bytes each (X25519): the one that data is sealed to, and the one that follows it.",
  },
  format: {
    kind: 'enum',
    variable: 'INIT_DATA_FORMAT',
    values: ['sealed', 'cleartext-compatibility'],
    default: 'sealed',
    meaning:
      'sealed: only the owner of the private key can open what is sent. cleartext-compatibility: the older call, protected by TLS alone.',
  },
  isCustomDataOptional: {
    kind: 'boolean',
    variable: 'INIT_DATA_WITHOUT_CUSTOM_DATA',
    default: 'false',
    meaning: 'Whether a node without CustomData sends its settings alone; otherwise it is reported as not ready.',
  },
  waagentDir: {
    kind: 'string',
    variable: 'WAAGENT_DIR',
    default: '/var/lib/waagent',
    meaning: "The Azure agent's folder of the node, as mounted into this pod (read-only).",
  },
  serviceAccountDir: COMMON_OPTIONS.serviceAccountDir,
  podTokenFile: COMMON_OPTIONS.podTokenFile,
  clusterPollMs: {
    kind: 'durationSeconds',
    variable: 'CLUSTER_POLL_SECONDS',
    default: '300',
    minMs: 1_000,
    maxMs: 3_600_000,
    meaning: "Pause between two looks at this node, the control plane's version and the record of deliveries.",
  },
  filesPollMs: {
    kind: 'durationSeconds',
    variable: 'FILES_POLL_SECONDS',
    default: '60',
    minMs: 1_000,
    maxMs: 3_600_000,
    meaning:
      'Pause between two looks at sizes and times of the files; content is read when they change, and once an hour.',
  },
  periodMs: {
    kind: 'duration',
    variable: 'REFRESH_PERIOD',
    default: '720h',
    minMs: 60_000,
    maxMs: 8_760 * 3_600_000,
    meaning: 'Time after a delivery at which the next is due although nothing has changed.',
  },
  sendOnLivePatch: {
    kind: 'boolean',
    variable: 'SEND_ON_LIVE_PATCH',
    default: 'false',
    meaning:
      'Whether a security patch of a running node image is a reason to send; bootstrap data does not change with it.',
  },
  drainMs: {
    kind: 'durationSeconds',
    variable: 'DRAIN_SECONDS',
    default: '10',
    minMs: 1000,
    maxMs: 600_000,
    meaning: "Time to end after SIGTERM; keep it below the pod's termination grace period.",
  },
  adminHost: COMMON_OPTIONS.adminHost,
  adminPort: {
    kind: 'integer',
    variable: 'ADMIN_PORT',
    default: '9879',
    min: 0,
    max: 65_535,
    meaning: 'Port of /healthz, /readyz, /metrics and /statusz; 0 takes a free one.',
  },
  logLevel: COMMON_OPTIONS.logLevel,
  logFormat: COMMON_OPTIONS.logFormat,
});

/** The program's config: frozen, every default filled in. */
export type InitDataConfig = ConfigOf<typeof INIT_DATA_OPTIONS>;

/** Combinations of options that cannot be used. */
export function checkInitDataConfig({ apiUrl, format, platformKeys = [] }: Partial<InitDataConfig>): string[] {
  const problems: string[] = [];
  if (apiUrl !== undefined && apiUrl.protocol !== 'https:' && !isThisMachine(apiUrl.hostname)) {
    problems.push(
      `API_URL=${JSON.stringify(apiUrl.href)} is not encrypted: give an https address, or the API key and the description of ` +
        'the data would be readable on the way',
    );
  }
  if (format === 'sealed') problems.push(...platformKeyProblems(platformKeys));
  return problems;
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/u.test(hostname);
}
