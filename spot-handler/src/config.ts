import { COMMON_OPTIONS } from '@castai/shared/config/common-options.ts';
import { type ConfigOf, defineOptions } from '@castai/shared/config/option-table.ts';
import type { DecidePolicy } from './decide/interruption-signals.ts';
import { type Cloud, NOTICE_KINDS } from './poll/notice.ts';

/** Every option of the spot handler. The README's table is generated from this one. */
export const SPOT_HANDLER_OPTIONS = defineOptions({
  apiKey: COMMON_OPTIONS.apiKey,
  apiUrl: COMMON_OPTIONS.apiUrl,
  clusterId: COMMON_OPTIONS.clusterId,
  nodeName: {
    kind: 'string',
    variable: 'NODE_NAME',
    required: true,
    meaning: 'Name of the node that this process runs on (downward API, `spec.nodeName`).',
  },
  caFile: COMMON_OPTIONS.caFile,
  provider: {
    kind: 'enum',
    variable: 'PROVIDER',
    values: ['azure', 'aws', 'gcp', 'aks', 'eks', 'gke'],
    meaning: 'Whose metadata service to ask; otherwise found out.',
  },
  mode: {
    kind: 'enum',
    variable: 'MODE',
    values: ['report', 'mark', 'evict'],
    meaning:
      'What is done about a notice: tell the platform only, also cordon, label and taint the node, or also evict its pods. Default mark.',
  },
  phase2Permissions: {
    kind: 'boolean',
    variable: 'PHASE2_PERMISSIONS',
    meaning: 'Older name of the same choice, used when MODE is not set: true is mark, false is report.',
  },
  eventTypes: {
    kind: 'list',
    variable: 'EVENT_TYPES',
    values: NOTICE_KINDS,
    default: 'preempt,stop,hibernate,terminate,redeploy,reboot,retire,rebalance',
    meaning: 'Kinds of notices that are acted on; the others are shown and counted. A rebalance is only ever reported.',
  },
  dryRun: {
    kind: 'boolean',
    variable: 'DRY_RUN',
    default: 'false',
    meaning: 'Decides and logs, but writes nothing to the node and tells the platform nothing.',
  },
  markAheadMs: {
    kind: 'durationSeconds',
    variable: 'MARK_AHEAD_SECONDS',
    default: '900',
    minMs: 0,
    maxMs: 86_400_000,
    meaning: 'How long before its time a notice that comes days ahead marks the node; it is reported at once.',
  },
  acknowledgeEvents: {
    kind: 'boolean',
    variable: 'ACKNOWLEDGE_EVENTS',
    default: 'false',
    meaning:
      'Azure: approves a Terminate, Redeploy or Reboot of this machine alone once its pods are gone (MODE=evict).',
  },
  kubernetesEvents: {
    kind: 'boolean',
    variable: 'KUBERNETES_EVENTS',
    default: 'true',
    meaning: 'Whether each step is shown as a Kubernetes Event on the node.',
  },
  pollMs: {
    kind: 'durationSeconds',
    variable: 'POLL_INTERVAL_SECONDS',
    default: '1',
    minMs: 1000,
    maxMs: 60_000,
    meaning: 'Azure, AWS: from one look at the metadata service to the next. GCP tells by itself.',
  },
  azureApiVersion: {
    kind: 'string',
    variable: 'AZURE_API_VERSION',
    default: '2020-07-01',
    meaning: 'Azure: version of Scheduled Events; one that is refused falls back to the default.',
  },
  imdsUrl: {
    kind: 'url',
    variable: 'IMDS_URL',
    schemes: ['http'],
    default: 'http://169.254.169.254',
    meaning: 'Address of the metadata service; never reached through a proxy.',
  },
  serviceAccountDir: COMMON_OPTIONS.serviceAccountDir,
  podTokenFile: COMMON_OPTIONS.podTokenFile,
  drainMs: {
    kind: 'durationSeconds',
    variable: 'DRAIN_SECONDS',
    default: '25',
    minMs: 1000,
    maxMs: 600_000,
    meaning: "How long it keeps watching after SIGTERM; keep it below the pod's termination grace period.",
  },
  adminHost: COMMON_OPTIONS.adminHost,
  adminPort: {
    kind: 'integer',
    variable: 'ADMIN_PORT',
    default: '9878',
    min: 0,
    max: 65_535,
    meaning:
      'Port of /healthz, /readyz, /metrics and /statusz, on the host network that of the node; 0 takes a free one.',
  },
  logLevel: COMMON_OPTIONS.logLevel,
  logFormat: COMMON_OPTIONS.logFormat,
});

/** The options as they are used. */
export type SpotHandlerConfig = ConfigOf<typeof SPOT_HANDLER_OPTIONS>;

/** What is done about a notice. */
export type Mode = 'report' | 'mark' | 'evict';

/** Combinations of options that cannot be meant. */
export function checkSpotHandlerConfig(config: Partial<SpotHandlerConfig>): string[] {
  const mode = modeOf(config);
  if (config.acknowledgeEvents !== true || mode === 'evict') return [];
  return [
    `ACKNOWLEDGE_EVENTS=true needs MODE=evict, but MODE is ${mode}: an event may only be approved when nothing runs on the ` +
      'machine any more; set MODE=evict or leave it out',
  ];
}

/** The mode that MODE says, or its older name, or the default. */
export function modeOf({ mode, phase2Permissions }: Partial<SpotHandlerConfig>): Mode {
  return mode ?? (phase2Permissions === false ? 'report' : 'mark');
}

/** What is decided by. */
export function policyOf(config: SpotHandlerConfig): DecidePolicy {
  const mode = modeOf(config);
  return {
    actOn: new Set(NOTICE_KINDS.filter((kind) => config.eventTypes.includes(kind))),
    marks: mode !== 'report',
    evicts: mode === 'evict',
    acknowledges: config.acknowledgeEvents,
    markAheadMs: config.markAheadMs,
  };
}

const CLOUD_OF = { azure: 'azure', aks: 'azure', aws: 'aws', eks: 'aws', gcp: 'gcp', gke: 'gcp' } as const;

/** The cloud that PROVIDER names, by its own name or by that of its Kubernetes service. */
export function cloudOf({ provider }: Pick<SpotHandlerConfig, 'provider'>): Cloud | undefined {
  return provider === undefined ? undefined : CLOUD_OF[provider];
}
