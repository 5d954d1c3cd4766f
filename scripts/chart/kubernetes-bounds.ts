/** A JSON schema, or a part of one. */
export type Json = Readonly<Record<string, unknown>>;

/** Text with a Helm template in it, which nobody can judge before it is rendered. */
const TEMPLATE = String.raw`|.*\{\{.*`;
const LABEL = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const SUBDOMAIN = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`;
const DNS_LABEL = { pattern: `^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?${TEMPLATE})$` };
const PORT = { minimum: 1, maximum: 65_535, pattern: `^([a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?${TEMPLATE})$` };
const ADDRESS = { pattern: String.raw`^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)$` };
const LABEL_KEY = { pattern: `^((${SUBDOMAIN}/)?${LABEL}${TEMPLATE})$` };
/** Labels as Kubernetes takes them. What does not fit is named with its path only this way, and not by propertyNames. */
export const LABELS = {
  additionalProperties: false,
  patternProperties: { [LABEL_KEY.pattern]: { type: 'string', pattern: `^((${LABEL})?${TEMPLATE})$` } },
};
const ID = { minimum: 0, maximum: 2_147_483_647 };
const NOT_EMPTY = { minLength: 1 };
const WEIGHT = { minimum: 1, maximum: 100 };
const COUNT = { minimum: 0 };
/** Annotations as Kubernetes takes them: any text, under a key of the form of a label's. */
export const ANNOTATIONS = {
  additionalProperties: false,
  patternProperties: { [String.raw`^([-A-Za-z0-9.]{1,253}/)?${LABEL}$`]: { type: 'string' } },
};
/** A quantity as Kubernetes reads it, but for negative ones, which no field of these types takes. */
export const QUANTITY = {
  type: ['string', 'number'],
  minimum: 0,
  pattern: String.raw`^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$`,
};
const RESOURCE = String.raw`^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMGTPE]i|${SUBDOMAIN}/.+)$`;
const AMOUNTS = { additionalProperties: false, patternProperties: { [RESOURCE]: QUANTITY } };
const NONE = { maxItems: 0 };

const [IF, THEN, ELSE] = ['if', 'then', 'else'] as const;

/** What holds where another does, and where it does not. */
function implied(condition: Json, consequence: Json, otherwise: Json = {}): Json {
  return { [IF]: condition, [THEN]: consequence, [ELSE]: otherwise };
}

/** Where a field has one of these values. */
function has(field: string, ...values: readonly unknown[]): Json {
  return { properties: { [field]: { enum: values } }, required: [field] };
}

/** A list of values fits its operator. */
const VALUES_FIT = [
  implied(has('operator', 'In', 'NotIn'), { required: ['values'], properties: { values: { minItems: 1 } } }),
  implied(has('operator', 'Exists', 'DoesNotExist'), { properties: { values: NONE } }),
  implied(has('operator', 'Gt', 'Lt'), { required: ['values'], properties: { values: { minItems: 1, maxItems: 1 } } }),
];
const PROFILE = [implied(has('type', 'Localhost'), { required: ['localhostProfile'] })];

/** More of a type than the API server publishes, though it refuses what does not keep to it. */
interface Bounds {
  /** More of a field. */
  readonly fields?: Readonly<Record<string, Json>>;
  /** More of the object as a whole. */
  readonly whole?: Json;
  /** Fields that have to be there. */
  readonly required?: readonly string[];
}

/**
 * What the API server checks of these types and says of them nowhere but in its answer (pkg/apis/core/validation). A value that its
 * answer would refuse is refused before anything is installed.
 */
export const KUBERNETES_BOUNDS: Readonly<Record<string, Bounds>> = {
  Container: { fields: { name: DNS_LABEL, image: NOT_EMPTY }, required: ['image'] },
  ContainerPort: { fields: { containerPort: PORT, hostPort: { ...COUNT, maximum: 65_535 } } },
  EnvVar: { fields: { name: NOT_EMPTY }, whole: { maxProperties: 2 } },
  EnvVarSource: { whole: { minProperties: 1, maxProperties: 1 } },
  EnvFromSource: { whole: { oneOf: [{ required: ['configMapRef'] }, { required: ['secretRef'] }] } },
  HTTPGetAction: { fields: { port: PORT } },
  TCPSocketAction: { fields: { port: PORT } },
  GRPCAction: { fields: { port: PORT } },
  HostAlias: { fields: { ip: ADDRESS } },
  LabelSelector: { fields: { matchLabels: LABELS } },
  LabelSelectorRequirement: {
    fields: { key: LABEL_KEY, operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] } },
    whole: { allOf: VALUES_FIT.slice(0, 2) },
  },
  NetworkPolicyPeer: {
    whole: { minProperties: 1, ...implied({ required: ['ipBlock'] }, { maxProperties: 1 }) },
  },
  NetworkPolicyPort: { fields: { port: PORT, protocol: { enum: ['TCP', 'UDP', 'SCTP'] } } },
  NodeSelector: { fields: { nodeSelectorTerms: { minItems: 1 } } },
  NodeSelectorRequirement: { fields: { key: LABEL_KEY }, whole: { allOf: VALUES_FIT } },
  PodAffinityTerm: { fields: { topologyKey: NOT_EMPTY } },
  PodDNSConfig: { fields: { nameservers: { maxItems: 3, items: ADDRESS }, searches: { maxItems: 32 } } },
  PodSecurityContext: { fields: { runAsUser: ID, runAsGroup: ID, fsGroup: ID } },
  PreferredSchedulingTerm: { fields: { weight: WEIGHT } },
  Probe: {
    fields: {
      failureThreshold: COUNT,
      initialDelaySeconds: COUNT,
      periodSeconds: COUNT,
      successThreshold: COUNT,
      timeoutSeconds: COUNT,
      terminationGracePeriodSeconds: { minimum: 1 },
    },
  },
  ResourceRequirements: { fields: { limits: AMOUNTS, requests: AMOUNTS } },
  SeccompProfile: { whole: { allOf: PROFILE } },
  AppArmorProfile: { whole: { allOf: PROFILE } },
  SecurityContext: {
    fields: { runAsUser: ID, runAsGroup: ID },
    whole: implied(has('privileged', true), { properties: { allowPrivilegeEscalation: { enum: [true, null] } } }),
  },
  Toleration: {
    fields: { operator: { enum: ['Exists', 'Equal', 'Lt', 'Gt', ''] } },
    whole: {
      allOf: [
        implied(
          has('operator', 'Exists'),
          { properties: { value: { enum: ['', null] } } },
          { required: ['key'], properties: { key: NOT_EMPTY } },
        ),
        implied(
          { required: ['tolerationSeconds'], properties: { tolerationSeconds: { type: 'integer' } } },
          { required: ['effect'], properties: { effect: { const: 'NoExecute' } } },
        ),
      ],
    },
  },
  TopologySpreadConstraint: { fields: { maxSkew: { minimum: 1 }, minDomains: { minimum: 1 }, topologyKey: NOT_EMPTY } },
  // Without any source it is an emptyDir; more than one beside the name are refused.
  Volume: { fields: { name: DNS_LABEL }, whole: { maxProperties: 2 } },
  VolumeMount: { fields: { name: DNS_LABEL, mountPath: NOT_EMPTY } },
  WeightedPodAffinityTerm: { fields: { weight: WEIGHT } },
};
