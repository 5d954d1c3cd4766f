import { expect, test } from 'vitest';
import type { AgentConfig } from './config.ts';
import { readAgentConfig, readDumpConfig } from './read-agent-config.ts';

const NEEDED = { API_URL: 'https://api.example.com', API_KEY: 'key' };

const read = (environment: Readonly<Record<string, string>>) =>
  readAgentConfig({ environment: { ...NEEDED, ...environment }, readFile: () => 'text' });

function problemOf(environment: Readonly<Record<string, string>>): string {
  try {
    read(environment);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no problem';
}

test.each<readonly [variable: string, value: string, key: keyof AgentConfig, expected: unknown]>([
  ['KUBECONFIG', '/k', 'kubeconfig', '/k'],
  ['PROVIDER', 'selfhostedec2', 'provider', 'selfhostedec2'],
  ['EKS_ACCOUNT_ID', '1', 'eksAccountId', '1'],
  ['EKS_REGION', 'r', 'eksRegion', 'r'],
  ['EKS_CLUSTER_NAME', 'n', 'eksClusterName', 'n'],
  ['SELFHOSTEDEC2_ACCOUNT_ID', '1', 'selfhostedec2AccountId', '1'],
  ['SELFHOSTEDEC2_REGION', 'r', 'selfhostedec2Region', 'r'],
  ['SELFHOSTEDEC2_CLUSTER_NAME', 'n', 'selfhostedec2ClusterName', 'n'],
  ['GKE_REGION', 'r', 'gkeRegion', 'r'],
  ['GKE_PROJECT_ID', 'p', 'gkeProjectId', 'p'],
  ['GKE_CLUSTER_NAME', 'n', 'gkeClusterName', 'n'],
  ['GKE_LOCATION', 'l', 'gkeLocation', 'l'],
  ['KOPS_CSP', 'aws', 'kopsCsp', 'aws'],
  ['KOPS_REGION', 'r', 'kopsRegion', 'r'],
  ['KOPS_CLUSTER_NAME', 'n', 'kopsClusterName', 'n'],
  ['KOPS_STATE_STORE', 's', 'kopsStateStore', 's'],
  ['AKS_NODE_RESOURCE_GROUP', 'g', 'aksNodeResourceGroup', 'g'],
  ['AKS_LOCATION', 'l', 'aksLocation', 'l'],
  ['AKS_SUBSCRIPTION_ID', 's', 'aksSubscriptionId', 's'],
  ['OPENSHIFT_CSP', 'aws', 'openshiftCsp', 'aws'],
  ['OPENSHIFT_REGION', 'r', 'openshiftRegion', 'r'],
  ['OPENSHIFT_CLUSTER_NAME', 'n', 'openshiftClusterName', 'n'],
  ['OPENSHIFT_INTERNAL_ID', 'i', 'openshiftInternalId', 'i'],
  ['ANYWHERE_CLUSTER_NAME', 'n', 'anywhereClusterName', 'n'],
  ['TLS_CA_CERT_FILE', '/ca.pem', 'caFile', '/ca.pem'],
  ['LOG_LEVEL', '0', 'logLevel', 'info'],
  ['LOG_LEVEL', '2', 'logLevel', 'error'],
  ['LOG_LEVEL', '3', 'logLevel', 'warn'],
  ['LOG_LEVEL', '5', 'logLevel', 'debug'],
])('%s=%s means the same as with the existing agent', (variable, value, key, expected) => {
  const { config, warnings } = read({ [variable]: value });
  expect({ value: config[key], warnings }).toEqual({ value: expected, warnings: [] });
});

test.each<readonly [variable: string, value: string, ours: string, key: keyof AgentConfig, expected: unknown]>([
  ['STATIC_CLUSTER_ID', 'c', 'CLUSTER_ID', 'clusterId', 'c'],
  ['CONTROLLER_CONFIG_MAP_NAMESPACES', 'a,b', 'CONFIG_MAP_NAMESPACES', 'configMapNamespaces', ['a', 'b']],
  ['CONTROLLER_PAGE_SIZE', '500', 'PAGE_SIZE', 'pageSize', 500],
  ['METRICS_PORT', '9900', 'ADMIN_PORT', 'adminPort', 9900],
  ['LEADER_ELECTION_ENABLED', 'true', 'LEADER_ELECTION', 'leaderElection', true],
  ['LEADER_ELECTION_LOCK_NAME', 'lock', 'LEASE_NAME', 'leaseName', 'lock'],
  ['LEADER_ELECTION_NAMESPACE', 'ns', 'POD_NAMESPACE', 'podNamespace', 'ns'],
  ['SELF_POD_NAMESPACE', 'ns', 'POD_NAMESPACE', 'podNamespace', 'ns'],
  ['SELF_POD_NAME', 'p', 'POD_NAME', 'podName', 'p'],
])('%s=%s is taken for %s, and says so', (variable, value, ours, key, expected) => {
  const { config, warnings } = read({ [variable]: value });
  expect({ value: config[key], warnings }).toEqual({
    value: expected,
    warnings: [`${variable} is taken for ${ours}: write that`],
  });
});

test.each([
  ['API_HOST_HEADER_OVERRIDE', 'h'],
  ['API_TIMEOUT', '10s'],
  ['API_DELTA_READ_TIMEOUT', '2m'],
  ['API_TOTAL_SEND_DELTA_TIMEOUT', '5m'],
  ['EKS_API_TIMEOUT', '120s'],
  ['EKS_API_NODE_LIFECYCLE_DISCOVERY_ENABLED', 'true'],
  ['SELFHOSTEDEC2_API_TIMEOUT', '120s'],
  ['SELFHOSTEDEC2_API_NODE_LIFECYCLE_DISCOVERY_ENABLED', 'true'],
  ['CONTROLLER_INTERVAL', '15s'],
  ['CONTROLLER_MEMORY_PRESSURE_INTERVAL', '3s'],
  ['CONTROLLER_PREP_TIMEOUT', '10m'],
  ['CONTROLLER_INITIAL_SLEEP_DURATION', '30s'],
  ['CONTROLLER_HEALTHY_SNAPSHOT_INTERVAL_LIMIT', '12m'],
  ['CONTROLLER_INITIALIZATION_TIMEOUT_EXTENSION', '5m'],
  ['CONTROLLER_REMOVE_ANNOTATIONS_PREFIXES', 'a'],
  ['CONTROLLER_ANNOTATIONS_MAX_LENGTH', '2Ki'],
  ['CONTROLLER_FORCE_PAGINATION', 'true'],
  ['CONTROLLER_FILTER_EMPTY_REPLICA_SETS', 'true'],
  ['CONTROLLER_DISABLED_INFORMERS', '*v1.Job'],
  ['HEALTHZ_PORT', '9876'],
  ['PPROF_PORT', '6060'],
  ['METADATA_STORE_ENABLED', 'true'],
  ['METADATA_STORE_CONFIG_MAP_NAME', 'm'],
  ['METADATA_STORE_CONFIG_MAP_NAMESPACE', 'n'],
  ['KUBERNETES_CLIENT_RATE_LIMITER_QPS', '5'],
  ['KUBERNETES_CLIENT_RATE_LIMITER_BURST', '10'],
  ['LOG_EXPORTER_TIMEOUT', '15s'],
  ['LOG_PRINT_MEMORY_USAGE_EVERY', '1m'],
  ['MONITOR_METADATA', '/agent-metadata/metadata'],
  ['SELF_POD_NODE', 'n'],
  ['GOMEMLIMIT', '1GiB'],
  ['GOMEMLIMIT_RATIO', '0.8'],
])('%s is answered by one warning that says why it has no effect', (variable, value) => {
  const { warnings } = read({ [variable]: value });
  expect(warnings).toEqual([
    expect.stringMatching(new RegExp(`^${variable} is set and has no effect here: \\w.{20,}`, 'u')),
  ]);
});

test('what is standard in a pod is not remarked upon', () => {
  expect(read({ MODE: 'agent', AWS_REGION: 'r', HTTPS_PROXY: 'http://p:1', STATIC_CLUSTER_ID: ' ' }).warnings).toEqual(
    [],
  );
});

test('of two names for one thing ours is kept, and two values are an error', () => {
  expect(read({ CLUSTER_ID: 'c', STATIC_CLUSTER_ID: 'c' })).toMatchObject({ config: { clusterId: 'c' }, warnings: [] });
  expect(problemOf({ CLUSTER_ID: 'c', STATIC_CLUSTER_ID: 'd' })).toContain(
    'STATIC_CLUSTER_ID and CLUSTER_ID are both set: keep CLUSTER_ID',
  );
  const { config } = read({ SELF_POD_NAMESPACE: 'pod', LEADER_ELECTION_NAMESPACE: 'lease' });
  expect(config.podNamespace).toBe('lease');
});

test('what may not be ignored is an error, and none of a certificate is shown', () => {
  expect(problemOf({ MODE: 'monitor' })).toContain(
    'MODE names another program: there is no second container, take it out',
  );
  expect(problemOf({ CONFIG_PATH: '/config.yaml' })).toContain(
    'CONFIG_PATH is set, but options are read from the environment only',
  );
  const pem = problemOf({ TLS_CA_CERT_FILE: '-----BEGIN CERTIFICATE-----\nMIIB\n' });
  expect(pem).toContain('TLS_CA_CERT_FILE holds a certificate itself: mount it as a file and give its path');
  expect(pem).not.toContain('MIIB');
});

test('a wrong value is a clear error, with the name that was written', () => {
  const text = problemOf({ CONTROLLER_PAGE_SIZE: 'many' });
  expect(text).toContain('PAGE_SIZE="many" is not a whole number');
  expect(text).toContain('CONTROLLER_PAGE_SIZE is taken for PAGE_SIZE');
});

test('a mask of labels needs a secret that nobody guesses, as a value or in a file', () => {
  const labels = { LABELS_MASKED: 'owner' };
  const longEnough = 'sixteen bytes or';
  expect(problemOf(labels)).toContain('neither MASK_KEY nor MASK_KEY_FILE is');
  expect(problemOf({ ...labels, MASK_KEY: 'short' })).toMatch(/MASK_KEY has less than 16 bytes/u);
  expect(problemOf({ ...labels, MASK_KEY_FILE: '/k' })).toMatch(/MASK_KEY has less than 16 bytes/u);
  expect(problemOf({ LABELS_MASKED: '*' })).toContain('not all labels can be masked');
  expect(read({}).config.labelMask).toBeUndefined();
  const { labelMask } = read({ ...labels, MASK_KEY: longEnough }).config;
  expect([labelMask?.isMasked('owner'), labelMask?.isMasked('app')]).toEqual([true, false]);
  const source = { environment: { ...NEEDED, ...labels, MASK_KEY_FILE: '/k' }, readFile: () => `${longEnough}\n` };
  expect(readAgentConfig(source).config.labelMask?.mask('owner', 'a')).toBe(labelMask?.mask('owner', 'a'));
});

test('a dump needs no platform, and takes no part of how one is reached for a mistake', () => {
  const readFile = (): string => '';
  const { config, warnings } = readDumpConfig({ environment: { API_KEY_FILE: '/gone', API_URL: 'no url' }, readFile });
  expect(config.pageSize).toBe(250);
  expect(warnings).toEqual([]);
});
