/**
 * Kinds of other people's operators that the chart makes objects of, with the fields that their documentation names. Written by us,
 * and closed: a field that the operator would not know fails here. What we never write is left out or left open.
 */

/** A structural schema of a CustomResourceDefinition. */
export interface FieldSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema;
  readonly items?: FieldSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly nullable?: true;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
}

/** A kind that somebody else's operator brings. */
export interface ForeignKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  /** Its fields beside apiVersion, kind and metadata; any unless told. */
  readonly fields?: Readonly<Record<string, FieldSchema>>;
  /** Those that must be there. */
  readonly required?: readonly string[];
}

const text: FieldSchema = { type: 'string' };
const flag: FieldSchema = { type: 'boolean' };
const count: FieldSchema = { type: 'integer' };
const texts: FieldSchema = { type: 'array', items: text };
const textMap: FieldSchema = { type: 'object', additionalProperties: text };
const intOrText: FieldSchema = { 'x-kubernetes-int-or-string': true };
const open: FieldSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
/** Prometheus' own form, as in 1h30m. */
const duration: FieldSchema = { type: 'string', pattern: '^([0-9]+(ms|[smhdwy]))+$' };

function object(properties: Readonly<Record<string, FieldSchema>>, required: readonly string[] = []): FieldSchema {
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

function list(items: FieldSchema): FieldSchema {
  return { type: 'array', items };
}

const labelSelector = object({
  matchLabels: textMap,
  matchExpressions: list(object({ key: text, operator: text, values: texts }, ['key', 'operator'])),
});
const secretKey = object({ name: text, key: text, optional: flag }, ['key']);
const authorization = object({ type: text, credentials: secretKey });
const relabeling = object({
  sourceLabels: texts,
  separator: text,
  targetLabel: text,
  regex: text,
  modulus: count,
  replacement: text,
  action: text,
});
/** Bounds of a job, without which Azure's managed Prometheus drops it. */
const limits = {
  sampleLimit: count,
  targetLimit: count,
  labelLimit: count,
  labelNameLengthLimit: count,
  labelValueLengthLimit: count,
  keepDroppedTargets: count,
} as const;
const endpointFields = {
  port: text,
  targetPort: intOrText,
  path: text,
  scheme: text,
  params: { type: 'object', additionalProperties: texts },
  interval: duration,
  scrapeTimeout: duration,
  honorLabels: flag,
  honorTimestamps: flag,
  trackTimestampsStaleness: flag,
  followRedirects: flag,
  enableHttp2: flag,
  filterRunning: flag,
  proxyUrl: text,
  tlsConfig: open,
  basicAuth: open,
  oauth2: open,
  authorization,
  bearerTokenSecret: secretKey,
  relabelings: list(relabeling),
  metricRelabelings: list(relabeling),
} as const satisfies Record<string, FieldSchema>;
const monitorFields = {
  jobLabel: text,
  podTargetLabels: texts,
  selector: labelSelector,
  namespaceSelector: object({ any: flag, matchNames: texts }),
  attachMetadata: object({ node: flag }),
  scrapeClass: text,
  scrapeProtocols: texts,
  bodySizeLimit: text,
  ...limits,
} as const satisfies Record<string, FieldSchema>;

const podMonitor = {
  fields: {
    spec: object({ ...monitorFields, podMetricsEndpoints: list(object({ ...endpointFields, portNumber: count })) }, [
      'podMetricsEndpoints',
      'selector',
    ]),
  },
  required: ['spec'],
} as const;

const ruleGroup = object(
  {
    name: text,
    labels: textMap,
    interval: duration,
    query_offset: duration,
    limit: count,
    rules: list(
      object(
        {
          record: text,
          alert: text,
          expr: intOrText,
          for: duration,
          keep_firing_for: duration,
          labels: textMap,
          annotations: textMap,
        },
        ['expr'],
      ),
    ),
  },
  ['name'],
);

/** What the chart makes for operators of monitoring. */
export const MONITORING_KINDS: readonly ForeignKind[] = [
  { group: 'monitoring.coreos.com', version: 'v1', resource: 'podmonitors', kind: 'PodMonitor', ...podMonitor },
  {
    group: 'monitoring.coreos.com',
    version: 'v1',
    resource: 'servicemonitors',
    kind: 'ServiceMonitor',
    fields: {
      spec: object({ ...monitorFields, targetLabels: texts, endpoints: list(object(endpointFields)) }, [
        'endpoints',
        'selector',
      ]),
    },
    required: ['spec'],
  },
  {
    group: 'monitoring.coreos.com',
    version: 'v1',
    resource: 'prometheusrules',
    kind: 'PrometheusRule',
    fields: { spec: object({ groups: list(ruleGroup) }) },
    required: ['spec'],
  },
  {
    group: 'monitoring.coreos.com',
    version: 'v1alpha1',
    resource: 'scrapeconfigs',
    kind: 'ScrapeConfig',
    fields: {
      spec: object({
        jobName: text,
        staticConfigs: list(object({ targets: texts, labels: textMap })),
        scheme: { type: 'string', enum: ['HTTP', 'HTTPS'] },
        metricsPath: text,
        params: { type: 'object', additionalProperties: texts },
        scrapeInterval: duration,
        scrapeTimeout: duration,
        honorLabels: flag,
        honorTimestamps: flag,
        enableCompression: flag,
        authorization,
        tlsConfig: open,
        proxyUrl: text,
        noProxy: text,
        relabelings: list(relabeling),
        metricRelabelings: list(relabeling),
        ...limits,
      }),
    },
    required: ['spec'],
  },
  {
    group: 'monitoring.googleapis.com',
    version: 'v1',
    resource: 'podmonitorings',
    kind: 'PodMonitoring',
    fields: {
      spec: object(
        {
          selector: labelSelector,
          endpoints: list(
            object(
              {
                port: intOrText,
                scheme: text,
                path: text,
                params: { type: 'object', additionalProperties: texts },
                proxyUrl: text,
                interval: duration,
                timeout: duration,
                metricRelabeling: list(relabeling),
                tls: open,
                basicAuth: open,
                authorization: open,
                oauth2: open,
              },
              ['port'],
            ),
          ),
          targetLabels: object({ metadata: texts, fromPod: list(object({ from: text, to: text }, ['from'])) }),
          limits: object({ samples: count, labels: count, labelNameLength: count, labelValueLength: count }),
          filterRunning: flag,
        },
        ['selector', 'endpoints'],
      ),
    },
    required: ['spec'],
  },
];

const ENTITIES = [
  'all',
  'world',
  'cluster',
  'host',
  'init',
  'ingress',
  'unmanaged',
  'remote-node',
  'health',
  'none',
  'kube-apiserver',
];
const dnsName = object({ matchName: text, matchPattern: text });
const ciliumPorts = list(
  object({
    ports: list(
      object({ port: text, endPort: count, protocol: { type: 'string', enum: ['TCP', 'UDP', 'SCTP', 'ANY'] } }, [
        'port',
      ]),
    ),
    rules: object({ dns: list(dnsName), http: list(open) }),
    serverNames: texts,
  }),
);
const ciliumPeers = (direction: 'from' | 'to'): Record<string, FieldSchema> => ({
  [`${direction}Endpoints`]: list(labelSelector),
  [`${direction}Entities`]: list({ type: 'string', enum: ENTITIES }),
  [`${direction}CIDR`]: texts,
  [`${direction}CIDRSet`]: list(object({ cidr: text, except: texts })),
  toPorts: ciliumPorts,
});
const strategy = object({ type: text, ranges: list(object({ min: count, max: count })) });

/** What some shapes of the chart need besides. */
export const OTHER_KINDS: readonly ForeignKind[] = [
  { group: 'azmonitoring.coreos.com', version: 'v1', resource: 'podmonitors', kind: 'PodMonitor', ...podMonitor },
  {
    group: 'cilium.io',
    version: 'v2',
    resource: 'ciliumnetworkpolicies',
    kind: 'CiliumNetworkPolicy',
    fields: {
      spec: object({
        endpointSelector: labelSelector,
        ingress: list(object(ciliumPeers('from'))),
        egress: list(object({ ...ciliumPeers('to'), toFQDNs: list(dnsName) })),
        enableDefaultDeny: object({ ingress: flag, egress: flag }),
        description: text,
      }),
    },
  },
  {
    group: 'external-secrets.io',
    version: 'v1',
    resource: 'externalsecrets',
    kind: 'ExternalSecret',
    fields: {
      spec: object({
        refreshInterval: text,
        secretStoreRef: object({ name: text, kind: text }),
        target: object({ name: text, creationPolicy: text, deletionPolicy: text, template: open }),
        data: list(
          object({ secretKey: text, remoteRef: object({ key: text, property: text, version: text }, ['key']) }, [
            'secretKey',
            'remoteRef',
          ]),
        ),
        dataFrom: list(open),
      }),
    },
  },
  {
    group: 'security.openshift.io',
    version: 'v1',
    resource: 'securitycontextconstraints',
    kind: 'SecurityContextConstraints',
    namespaced: false,
    fields: {
      priority: { type: 'integer', nullable: true },
      users: texts,
      groups: texts,
      allowHostNetwork: flag,
      allowHostPorts: flag,
      allowHostDirVolumePlugin: flag,
      allowHostIPC: flag,
      allowHostPID: flag,
      allowPrivilegedContainer: flag,
      allowPrivilegeEscalation: flag,
      defaultAllowPrivilegeEscalation: flag,
      readOnlyRootFilesystem: flag,
      allowedCapabilities: texts,
      defaultAddCapabilities: texts,
      requiredDropCapabilities: texts,
      runAsUser: object({ type: text, uid: count, uidRangeMin: count, uidRangeMax: count }),
      seLinuxContext: object({ type: text, seLinuxOptions: open }),
      fsGroup: strategy,
      supplementalGroups: strategy,
      seccompProfiles: texts,
      volumes: texts,
    },
    required: [
      'allowHostNetwork',
      'allowHostPorts',
      'allowHostDirVolumePlugin',
      'allowHostIPC',
      'allowHostPID',
      'allowPrivilegedContainer',
      'readOnlyRootFilesystem',
      'allowedCapabilities',
      'defaultAddCapabilities',
      'requiredDropCapabilities',
      'volumes',
    ],
  },
];
