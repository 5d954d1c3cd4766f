import { expect, test } from 'vitest';
import { lintPolicy } from './lint-policy.ts';
import { LINT_RULES } from './lint-rules.ts';

type Content = Record<string, unknown>;
interface Examples {
  readonly broken: Record<string, Sample>;
  readonly kept: Record<string, Sample>;
}
interface Sample {
  readonly group: string;
  readonly kind: string;
  readonly content: Content;
}

const deployment = (spec: Content): Sample => ({
  group: 'apps',
  kind: 'Deployment',
  content: { spec: { template: { spec } } },
});
const withContainer = (container: Content, spec: Content = {}): Sample =>
  deployment({ ...spec, containers: [{ name: 'app', ...container }] });
const withContext = (securityContext: unknown, ofPod?: unknown): Sample =>
  withContainer({ securityContext }, { securityContext: ofPod });
const inInit = (container: Content): Sample => deployment({ initContainers: [container], containers: [] });
const mounting = (path: string, mount: Content = {}): Sample =>
  withContainer(
    { volumeMounts: [{ name: 'host', mountPath: '/host', ...mount }] },
    { volumes: [{ name: 'host', hostPath: { path } }] },
  );
const unmounted = (path: string): Sample =>
  withContainer({ volumeMounts: [{ name: 'other' }] }, { volumes: [{ name: 'host', hostPath: { path } }] });
const role = (...rules: Content[]): Sample => ({
  group: 'rbac.authorization.k8s.io',
  kind: 'Role',
  content: { rules },
});
const clusterRole = (...rules: Content[]): Sample => ({ ...role(...rules), kind: 'ClusterRole' });
const rule = (apiGroups: string[], resources: string[], verbs: string[], resourceNames?: string[]): Content => ({
  apiGroups,
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});
const RBAC = 'rbac.authorization.k8s.io';
const binding = (roleRef: Content): Sample => ({ group: RBAC, kind: 'ClusterRoleBinding', content: { roleRef } });
const budget = (spec: Content, status?: Content): Sample => ({
  group: 'policy',
  kind: 'PodDisruptionBudget',
  content: { spec, status },
});
const requests = (cpu: unknown): Sample => withContainer({ resources: { requests: { cpu } } });
const limits = (memory: unknown): Sample => withContainer({ resources: { limits: { memory } } });
const image = (of: string): Sample => withContainer({ image: of });

/** Those of kube-linter's documentation and tests, made anew, and what its source says at the edges. */
const EXAMPLES: Record<string, Examples> = {
  'privileged-container': {
    broken: {
      said: withContext({ privileged: true }),
      'before the others': inInit({ securityContext: { privileged: true } }),
    },
    kept: { denied: withContext({ privileged: false }), 'not said': withContext({}), 'no context': withContext(null) },
  },
  'privilege-escalation-container': {
    broken: { said: withContext({ allowPrivilegeEscalation: true }) },
    kept: { 'not said': withContext({}), denied: withContext({ allowPrivilegeEscalation: false }) },
  },
  'drop-net-raw-capability': {
    broken: {
      'drops another': withContext({ capabilities: { drop: ['SYS_ADMIN'] } }),
      'adds it': withContext({ capabilities: { add: ['NET_RAW'], drop: ['ALL'] } }),
      'adds all': withContext({ capabilities: { add: ['all'], drop: ['NET_RAW'] } }),
      'names none': withContext({ capabilities: {} }),
    },
    kept: {
      'drops it': withContext({ capabilities: { drop: ['NET_RAW'] } }),
      'drops all': withContext({ capabilities: { drop: ['all'] } }),
      'says nothing': withContext({}),
    },
  },
  'capabilities-beyond-baseline': {
    broken: {
      'administers the system': withContext({ capabilities: { add: ['SYS_ADMIN'] } }),
      "the kernel's name": withContext({ capabilities: { add: ['CAP_SYS_PTRACE'] } }),
      all: withContext({ capabilities: { add: ['ALL'] } }),
      'not even of the list': withContext({ capabilities: { add: ['CHOWN', 'NET_RAW'] } }),
    },
    kept: {
      listed: withContext({ capabilities: { add: ['NET_BIND_SERVICE', 'cap_chown'] } }),
      'only drops': withContext({ capabilities: { drop: ['SYS_ADMIN'] } }),
    },
  },
  'run-as-non-root': {
    broken: {
      'says nothing': withContext({}),
      'no context': withContext(undefined),
      root: withContext({ runAsUser: 0 }),
      'root all the same': withContext({ runAsNonRoot: true, runAsUser: 0 }),
      "the group's": withContext({ runAsUser: 1000, runAsGroup: 0 }),
      'against the pod': withContext({ runAsNonRoot: false }, { runAsNonRoot: true }),
      'one of two': deployment({ containers: [{ securityContext: { runAsUser: 1 } }, {}] }),
    },
    kept: {
      said: withContext({ runAsNonRoot: true }),
      'of the pod': withContext({}, { runAsNonRoot: true }),
      user: withContext({ runAsUser: 1001 }),
      'user and group': withContext({ runAsUser: 1001, runAsGroup: 3000 }),
      'against the pod': withContext({ runAsUser: 1001 }, { runAsUser: 0 }),
      'no containers': deployment({}),
    },
  },
  'no-read-only-root-fs': {
    broken: { 'not said': withContext({}), denied: withContext({ readOnlyRootFilesystem: false }) },
    kept: { said: withContext({ readOnlyRootFilesystem: true }) },
  },
  'unsafe-proc-mount': {
    broken: {
      unmasked: withContext({ procMount: 'Unmasked' }),
      'small letters': withContext({ procMount: 'unmasked' }),
    },
    kept: { masked: withContext({ procMount: 'Default' }), 'not said': withContext({}) },
  },
  'unsafe-sysctls': {
    broken: {
      kernel: withContext({}, { sysctls: [{ name: 'kernel.msgmax', value: '1' }] }),
      net: withContext({}, { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] }),
    },
    kept: { other: withContext({}, { sysctls: [{ name: 'kernel.pid_max', value: '1' }] }), none: withContext({}, {}) },
  },
  'host-network': {
    broken: { said: deployment({ hostNetwork: true }) },
    kept: { denied: deployment({ hostNetwork: false }) },
  },
  'host-pid': { broken: { said: deployment({ hostPID: true }) }, kept: { 'not said': deployment({}) } },
  'host-ipc': { broken: { said: deployment({ hostIPC: true }) }, kept: { 'not said': deployment({}) } },
  'sensitive-host-mounts': {
    broken: { root: mounting('/'), etc: mounting('/etc', { readOnly: true }), proc: mounting('/proc') },
    kept: { below: mounting('/etc/ssl'), log: mounting('/var/log'), 'not mounted': unmounted('/etc') },
  },
  'writable-host-mount': {
    broken: { 'not said': mounting('/data'), denied: mounting('/data', { readOnly: false }) },
    kept: { 'to read': mounting('/data', { readOnly: true }), 'not mounted': unmounted('/data') },
  },
  'docker-sock': {
    broken: { run: mounting('/var/run/docker.sock') },
    kept: { other: mounting('/run/containerd/containerd.sock'), beside: mounting('/var/run/docker.sock.d') },
  },
  'container-runtime-sock': {
    broken: {
      docker: mounting('/var/run/docker.sock'),
      crio: mounting('/run/crio/crio.sock'),
      containerd: mounting('/run/containerd/containerd.sock'),
    },
    kept: { other: mounting('/run/app.sock') },
  },
  'unset-cpu-requirements': {
    broken: {
      'not said': withContainer({}),
      nothing: requests('0'),
      'nothing, with a unit': requests('0m'),
      number: requests(0),
      'only a limit': withContainer({ resources: { limits: { cpu: '1' } } }),
      'before the others': inInit({}),
    },
    kept: {
      text: requests('250m'),
      number: requests(2),
      small: requests('0.1'),
      'of the pod': withContainer({}, { resources: { requests: { cpu: '1' } } }),
    },
  },
  'unset-memory-requirements': {
    broken: {
      'not said': withContainer({}),
      nothing: limits('0Mi'),
      'only a request': withContainer({ resources: { requests: { memory: '1Gi' } } }),
    },
    kept: { said: limits('1Gi'), 'of the pod': withContainer({}, { resources: { limits: { memory: '1Gi' } } }) },
  },
  'no-liveness-probe': {
    broken: { 'not said': withContainer({}), 'only ready': withContainer({ readinessProbe: {} }) },
    kept: { said: withContainer({ livenessProbe: { exec: {} } }), 'before the others': inInit({}) },
  },
  'no-readiness-probe': {
    broken: { 'not said': withContainer({}), 'only alive': withContainer({ livenessProbe: {} }) },
    kept: { said: withContainer({ readinessProbe: { exec: {} } }), 'before the others': inInit({}) },
  },
  'latest-tag': {
    broken: {
      latest: image('nginx:latest'),
      'no tag': image('nginx'),
      'a port is no tag': image('registry.example:5000/shop/nginx'),
      'not said': withContainer({}),
      'before the others': inInit({ image: 'busybox' }),
    },
    kept: {
      tag: image('registry.example:5000/nginx:1.29'),
      digest: image(`nginx@sha256:${'0'.repeat(64)}`),
      'tag and digest': image(`shop/nginx:latest@sha256:${'0'.repeat(64)}`),
    },
  },
  'default-service-account': {
    broken: {
      'not said': deployment({}),
      named: deployment({ serviceAccountName: 'default' }),
      'by the old name': deployment({ serviceAccount: 'default' }),
    },
    kept: {
      own: deployment({ serviceAccountName: 'shop' }),
      'by the old name': deployment({ serviceAccount: 'shop' }),
      'no token': deployment({ automountServiceAccountToken: false }),
    },
  },
  'automount-service-account-token': {
    broken: { 'not said': deployment({}), said: deployment({ automountServiceAccountToken: true }) },
    kept: { denied: deployment({ automountServiceAccountToken: false }) },
  },
  'cluster-admin-role-binding': {
    broken: { bound: binding({ kind: 'ClusterRole', name: 'cluster-admin' }) },
    kept: {
      other: binding({ kind: 'ClusterRole', name: 'view' }),
      'a role called so': binding({ kind: 'Role', name: 'cluster-admin' }),
    },
  },
  'wildcard-in-rules': {
    broken: {
      resources: role(rule([''], ['*'], ['get'])),
      verbs: clusterRole(rule([''], ['pods'], ['get']), rule([''], ['pods'], ['*'])),
    },
    kept: {
      groups: role(rule(['*'], ['pods'], ['get'])),
      'no rules': clusterRole(),
      'rules are null': { ...role(), content: { rules: null } },
    },
  },
  'escalation-verbs-in-rules': {
    broken: {
      bind: role(rule([RBAC], ['roles'], ['bind'])),
      escalate: clusterRole(rule([RBAC], ['clusterroles'], ['escalate'])),
      everything: clusterRole(rule(['*'], ['*'], ['*'])),
      impersonate: clusterRole(rule([''], ['users'], ['impersonate'])),
      'extra fields': clusterRole(rule(['authentication.k8s.io'], ['userextras/scopes'], ['impersonate'])),
    },
    kept: {
      'of another group': role(rule(['apps'], ['*'], ['*'])),
      'other verbs': role(rule([RBAC], ['roles'], ['get'])),
      'one account': role(rule([''], ['serviceaccounts'], ['impersonate'], ['deployer'])),
      'no resource': clusterRole({ nonResourceURLs: ['/metrics'], verbs: ['get'] }),
    },
  },
  'secret-access-in-rules': {
    broken: { list: role(rule([''], ['secrets'], ['list'])), everything: clusterRole(rule(['*'], ['*'], ['*'])) },
    kept: {
      'by name': role(rule([''], ['secrets'], ['get'], ['tls'])),
      'to write': role(rule([''], ['secrets'], ['create'])),
      other: role(rule(['apps'], ['secrets'], ['get'])),
    },
  },
  'pdb-max-unavailable': {
    broken: {
      none: budget({ maxUnavailable: 0 }),
      'no part': budget({ maxUnavailable: '0%' }),
      invalid: budget({ maxUnavailable: '0' }),
    },
    kept: { one: budget({ maxUnavailable: 1 }), part: budget({ maxUnavailable: '50%' }), 'not said': budget({}) },
  },
  'pdb-min-available': {
    broken: {
      all: budget({ minAvailable: '100%' }),
      'as many as there are': budget({ minAvailable: 2 }, { expectedPods: 2, desiredHealthy: 2 }),
      'a part of one': budget({ minAvailable: '50%' }, { expectedPods: 1, desiredHealthy: 1 }),
      invalid: budget({ minAvailable: 'all' }),
    },
    kept: {
      'fewer than there are': budget({ minAvailable: 1 }, { expectedPods: 2, desiredHealthy: 1 }),
      'of no pods': budget({ minAvailable: 1 }, { expectedPods: 0, desiredHealthy: 0 }),
      'not counted yet': budget({ minAvailable: 1 }),
      'not said': budget({ maxUnavailable: 1 }, { expectedPods: 1, desiredHealthy: 1 }),
    },
  },
};

function verdict(id: string, { group, kind, content }: Sample): unknown {
  const errors: string[] = [];
  const policy = lintPolicy({ specs: [], onError: (ruleId) => errors.push(ruleId) });
  const object = { ...content, metadata: { name: 'a' } };
  return { isBroken: policy.judge({ group, kind })?.(object)?.includes(id), errors };
}

test('every rule has examples that break it and such that keep it', () => {
  expect(Object.keys(EXAMPLES)).toEqual(LINT_RULES.map(({ id }) => id));
});

for (const [id, { broken, kept }] of Object.entries(EXAMPLES)) {
  test(`${id} is broken by these and kept by those`, () => {
    const verdicts = (samples: Record<string, Sample>): unknown =>
      Object.fromEntries(Object.entries(samples).map(([name, sample]) => [name, verdict(id, sample)]));
    const expected = (samples: Record<string, Sample>, isBroken: boolean): unknown =>
      Object.fromEntries(Object.keys(samples).map((name) => [name, { isBroken, errors: [] }]));
    expect({ broken: verdicts(broken), kept: verdicts(kept) }).toEqual({
      broken: expected(broken, true),
      kept: expected(kept, false),
    });
  });
}
