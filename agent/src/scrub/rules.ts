/**
 * The scrub policy: everything of every object that may leave the cluster. What is not written here stays.
 *
 * Chosen for what a cost optimiser needs: identity and ownership, what a workload asks for and where it may run, what it
 * is doing (phases, reasons, times, counts), and what capacity exists. Not here, on purpose: values of environment
 * variables, arguments, commands, prose written by programs, ConfigMap values, user data, cloud tags, names of people, IP
 * addresses and host names (but for those that are part of a node's name and labels), security contexts, image pull secrets, volume
 * mounts, opaque parameters and driver configuration.
 * `apiVersion`, `kind` and `metadata.resourceVersion` are not in the body either: the feed and the upsert carry them, and
 * list items of built-in kinds do not have the first two, so that a list and a watch would tell one object differently.
 */
import { CAPACITY_RULES } from './capacity-rules.ts';
import { WORKLOAD_RULES } from './workload-rules.ts';
import { STORAGE_RULES } from './storage-rules.ts';
import { AUTOSCALER_RULES } from './autoscaler-rules.ts';
import { NODE_RULES } from './node-rules.ts';
import { DEVICE_RULES } from './device-rules.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { REPORT_RULES } from './report-rules.ts';
import { quantities } from './rule-parts.ts';
import { plain, policy, withSpec } from './rule-frames.ts';
import {
  each,
  fields,
  flag,
  list,
  longText,
  map,
  message,
  number,
  reason,
  sizes,
  text,
  time,
  when,
  type ScrubSwitch,
} from './shape.ts';

/** What each switch lets out; the option table and the README are made of this. */
export const SCRUB_SWITCHES: Readonly<Record<ScrubSwitch, string>> = {
  accountsAndPaths: 'names of service accounts of pods, paths of their mounts and of directories of the node',
  args: 'arguments of containers',
  commands: 'commands of containers and of exec probes',
  conditionMessages: 'prose in conditions and in the status of pods',
  configMapValues: 'values of ConfigMaps (otherwise their sizes)',
  envValues:
    'values of environment variables and names of the objects they come from (otherwise only the names of the variables)',
  eventMessages: 'prose in events',
  externalMetricNames: 'whole names of external metrics (otherwise only which scaler of KEDA made them)',
  lifecycleHooks: 'what containers run or call after start and before stop',
  nodeImages: 'names and sizes of the container images on nodes',
  probeRequests: 'paths, hosts and headers of HTTP probes, services of gRPC probes',
  securityContexts: 'security contexts of pods and containers: flags, numbers, capabilities and types of profiles',
  terminationMessages: 'what containers write when they end or cannot start',
  userData: "scripts and settings that node classes hand to a machine's first start",
};

/** The policy, by the name that the table of feeds uses. */
export const RULES = policy({
  /** For kinds whose content nobody has named: that the object exists, and its conditions. */
  metadataOnly: withSpec({}),
  ...WORKLOAD_RULES,
  ...CAPACITY_RULES,
  ...STORAGE_RULES,
  ...AUTOSCALER_RULES,
  ...NODE_RULES,
  ...DEVICE_RULES,
  ...NETWORK_RULES,
  ...REPORT_RULES,
  configMap: plain({
    immutable: flag,
    ...each(when('configMapValues', map(longText(1_048_576)), sizes), 'data binaryData'),
  }),
  event: plain({
    involvedObject: fields(each(text, 'apiVersion kind namespace name uid fieldPath')),
    ...each(reason, 'type reason action'),
    ...each(text, 'reportingComponent reportingInstance'),
    source: fields(each(text, 'component host')),
    count: number,
    ...each(time, 'firstTimestamp lastTimestamp eventTime'),
    series: fields({ count: number, lastObservedTime: time }),
    message: when('eventMessages', message),
  }),
  nodeMetrics: fields({ metadata: fields(each(text, 'name')), timestamp: time, window: text, usage: quantities }),
  podMetrics: fields({
    metadata: fields(each(text, 'name namespace')),
    timestamp: time,
    window: text,
    containers: list(fields({ name: text, usage: quantities })),
  }),
});

/** Names a part of the policy. */
export type ScrubRuleName = keyof typeof RULES;
