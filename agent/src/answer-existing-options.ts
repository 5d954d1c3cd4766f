/**
 * What the environment of the existing agent means here (facts: agent configuration), so that a manifest can be taken over as it is:
 * what has a counterpart is taken for it, everything else is answered with the reason why it has no effect. Pure.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** An environment in our own words, and what the operator has to hear about it. */
export interface AnsweredOptions {
  readonly environment: Environment;
  /** One for each variable that is called otherwise here, or has no effect. */
  readonly warnings: readonly string[];
  /** What must not be ignored: what is wrong, and behind a colon what to do. */
  readonly problems: readonly string[];
}

/** Ours by theirs. Of two that mean one thing the first counts. */
const RENAMED: Readonly<Record<string, string>> = {
  STATIC_CLUSTER_ID: 'CLUSTER_ID',
  CONTROLLER_CONFIG_MAP_NAMESPACES: 'CONFIG_MAP_NAMESPACES',
  CONTROLLER_PAGE_SIZE: 'PAGE_SIZE',
  METRICS_PORT: 'ADMIN_PORT',
  LEADER_ELECTION_ENABLED: 'LEADER_ELECTION',
  LEADER_ELECTION_LOCK_NAME: 'LEASE_NAME',
  LEADER_ELECTION_NAMESPACE: 'POD_NAMESPACE',
  SELF_POD_NAMESPACE: 'POD_NAMESPACE',
  SELF_POD_NAME: 'POD_NAME',
};

const NO_CLOUD = 'no cloud is asked; nodes say themselves whether they are spot';
const OWN_DEADLINES = 'each attempt has a deadline of its own, and another follows it';
const AT_ONCE = 'nothing is collected first, so there is nothing to wait for';
const LOCAL_LIVENESS = 'liveness does not depend on the platform';
const NO_CONFIG_MAP = 'CLUSTER_ID_CONFIG_MAP names a ConfigMap that the agent writes the id into';
const NAMED_ANNOTATIONS = 'annotations leave only when ANNOTATION_PREFIXES names them';
const NO_MONITOR = 'there is no second container';
const FLAT_MEMORY = 'memory does not grow with the cluster, and its limit is that of the container';
const OWN_PACE = 'the API server paces its clients';
const LOG_STAYS = 'the log stays in the container';

/** Why a variable has no effect. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  API_HOST_HEADER_OVERRIDE: 'requests bear the host of API_URL',
  API_TIMEOUT: OWN_DEADLINES,
  API_DELTA_READ_TIMEOUT: OWN_DEADLINES,
  API_TOTAL_SEND_DELTA_TIMEOUT: OWN_DEADLINES,
  EKS_API_TIMEOUT: NO_CLOUD,
  EKS_API_NODE_LIFECYCLE_DISCOVERY_ENABLED: NO_CLOUD,
  SELFHOSTEDEC2_API_TIMEOUT: NO_CLOUD,
  SELFHOSTEDEC2_API_NODE_LIFECYCLE_DISCOVERY_ENABLED: NO_CLOUD,
  CONTROLLER_INTERVAL: 'changes are sent as they come, or as often as the platform permits',
  CONTROLLER_MEMORY_PRESSURE_INTERVAL: FLAT_MEMORY,
  CONTROLLER_PREP_TIMEOUT: AT_ONCE,
  CONTROLLER_INITIAL_SLEEP_DURATION: AT_ONCE,
  CONTROLLER_HEALTHY_SNAPSHOT_INTERVAL_LIMIT: LOCAL_LIVENESS,
  CONTROLLER_INITIALIZATION_TIMEOUT_EXTENSION: LOCAL_LIVENESS,
  CONTROLLER_REMOVE_ANNOTATIONS_PREFIXES: NAMED_ANNOTATIONS,
  CONTROLLER_ANNOTATIONS_MAX_LENGTH: NAMED_ANNOTATIONS,
  CONTROLLER_FORCE_PAGINATION: 'lists are always read in pages',
  CONTROLLER_FILTER_EMPTY_REPLICA_SETS: 'ReplicaSets are small after the scrub policy, and all of them are told',
  CONTROLLER_DISABLED_INFORMERS:
    'what may not be read holds nothing up; take the right away, or use READ_RBAC and READ_INGRESS',
  HEALTHZ_PORT: 'health stands beside the metrics on ADMIN_PORT',
  PPROF_PORT: 'there is no profiler to open',
  METADATA_STORE_ENABLED: NO_CONFIG_MAP,
  METADATA_STORE_CONFIG_MAP_NAME: NO_CONFIG_MAP,
  METADATA_STORE_CONFIG_MAP_NAMESPACE: NO_CONFIG_MAP,
  KUBERNETES_CLIENT_RATE_LIMITER_QPS: OWN_PACE,
  KUBERNETES_CLIENT_RATE_LIMITER_BURST: OWN_PACE,
  LOG_EXPORTER_TIMEOUT: LOG_STAYS,
  LOG_PRINT_MEMORY_USAGE_EVERY: 'memory is among the metrics',
  MONITOR_METADATA: NO_MONITOR,
  SELF_POD_NODE: NO_MONITOR,
  GOMEMLIMIT: FLAT_MEMORY,
  GOMEMLIMIT_RATIO: FLAT_MEMORY,
};

/** Levels of the existing agent's log; ours are words. */
const LOG_LEVELS: Readonly<Record<string, string | undefined>> = {
  '0': 'info',
  '1': 'error',
  '2': 'error',
  '3': 'warn',
  '4': 'info',
  '5': 'debug',
};

/** Every variable that is answered here, so that nobody else warns about it. */
export const EXISTING_VARIABLES: readonly string[] = [
  ...Object.keys(RENAMED),
  ...Object.keys(WITHOUT_EFFECT),
  'MODE',
  'CONFIG_PATH',
];

/** Reads what the existing agent's variables mean. */
export function answerExistingOptions(given: Environment): AnsweredOptions {
  const environment: Record<string, string | undefined> = { ...given };
  const renamed = Object.entries(RENAMED).flatMap(([theirs, ours]) => {
    const value = setValue(given, theirs);
    if (value === undefined) return [];
    if (setValue(environment, ours) === undefined) environment[ours] = value;
    return [{ theirs, ours, value, own: setValue(given, ours) }];
  });
  const level = LOG_LEVELS[setValue(given, 'LOG_LEVEL') ?? ''];
  if (level !== undefined) environment['LOG_LEVEL'] = level;
  if (holdsCertificate(given)) delete environment['TLS_CA_CERT_FILE'];
  return {
    environment,
    warnings: [
      ...renamed
        .filter(({ own }) => own === undefined)
        .map(({ theirs, ours }) => `${theirs} is taken for ${ours}: write that`),
      ...Object.entries(WITHOUT_EFFECT)
        .filter(([variable]) => setValue(given, variable) !== undefined)
        .map(([variable, reason]) => `${variable} is set and has no effect here: ${reason}`),
    ],
    problems: [
      ...renamed
        .filter(({ own, value }) => own !== undefined && own !== value)
        .map(({ theirs, ours }) => `${theirs} and ${ours} are both set: keep ${ours}`),
      ...problemsOf(given),
    ],
  };
}

/** What must not be ignored. */
function problemsOf(given: Environment): string[] {
  const problems: string[] = [];
  // A second agent in place of the monitor that somebody meant to start.
  if ((setValue(given, 'MODE') ?? 'agent') !== 'agent') {
    problems.push(`MODE names another program: ${NO_MONITOR}, take it out`);
  }
  // It may hold anything, the key too: to start without it would be another configuration.
  if (setValue(given, 'CONFIG_PATH') !== undefined) {
    problems.push('CONFIG_PATH is set, but options are read from the environment only: set there what the file says');
  }
  if (holdsCertificate(given)) {
    problems.push('TLS_CA_CERT_FILE holds a certificate itself: mount it as a file and give its path');
  }
  return problems;
}

function holdsCertificate(given: Environment): boolean {
  return /-----BEGIN /u.test(given['TLS_CA_CERT_FILE'] ?? '');
}

/** Empty and blank count as unset, as everywhere. */
function setValue(environment: Environment, variable: string): string | undefined {
  const text = environment[variable]?.trim();
  return text === '' ? undefined : text;
}
