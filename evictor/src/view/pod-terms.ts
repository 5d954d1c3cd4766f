import { readNodeRequirements, readSelector, type Requirement, type Selector } from './label-selector.ts';
import { recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { type Labels, textsIn } from './parts.ts';

/** One way in which a node may be wanted: all requirements on its labels, and on its name. */
export interface NodeTerm {
  readonly labels: readonly Requirement[];
  readonly fields: readonly Requirement[];
}

/** A required term of inter-pod affinity: which pods it speaks of, and how near. */
export interface PodTerm {
  readonly selector: Selector | undefined;
  readonly topologyKey: string;
  /** Names that are meant; with neither names nor a selector it is the pod's own namespace. */
  readonly namespaces: readonly string[];
  readonly namespaceSelector: Selector | undefined;
}

/** A topology spread constraint that must be met. */
export interface SpreadRule {
  readonly selector: Selector | undefined;
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Whether nodes that the pod's selectors rule out are left out of the count; Kubernetes' default. */
  readonly honoursAffinity: boolean;
  /** Whether nodes whose taints it does not tolerate are. */
  readonly honoursTaints: boolean;
}

/** What was read, and what of it this program does not know: a pod with something of that kind is not moved. */
export interface Read<T> {
  readonly terms: readonly T[];
  readonly unknown: readonly string[];
}

/** Reads `requiredDuringSchedulingIgnoredDuringExecution` of a node affinity; undefined where nothing is required. */
export function readNodeTerms(value: unknown): Read<NodeTerm> | undefined {
  if (value === undefined || value === null) return undefined;
  const unknown: string[] = [];
  const terms = recordsIn(recordIn(value)['nodeSelectorTerms']).map((term) => {
    const { matchExpressions, matchFields, ...rest } = term;
    const labels = readNodeRequirements(matchExpressions);
    const fields = readNodeRequirements(matchFields);
    unknown.push(...labels.unknown, ...fields.unknown, ...Object.keys(rest));
    unknown.push(...fields.requirements.filter(({ key }) => key !== 'metadata.name').map(({ key }) => `field ${key}`));
    return { labels: labels.requirements, fields: fields.requirements };
  });
  // An empty term matches no node: that is how Kubernetes reads it.
  return { terms: terms.filter(({ labels, fields }) => labels.length > 0 || fields.length > 0), unknown };
}

/** Reads required terms of a pod affinity or anti-affinity. `own` are the labels of the pod itself. */
export function readPodTerms(value: unknown, own: Labels): Read<PodTerm> {
  const unknown: string[] = [];
  const terms = recordsIn(value).map((term): PodTerm => {
    const { labelSelector, topologyKey, namespaces, namespaceSelector, matchLabelKeys, mismatchLabelKeys, ...rest } =
      term;
    const pods = readSelector(labelSelector);
    const places = readSelector(namespaceSelector);
    unknown.push(...pods.unknown, ...places.unknown, ...Object.keys(rest));
    const alike = [...ofKeys(own, matchLabelKeys, 'In'), ...ofKeys(own, mismatchLabelKeys, 'NotIn')];
    return {
      selector: pods.selector === undefined ? undefined : [...pods.selector, ...alike],
      topologyKey: textIn(topologyKey),
      namespaces: textsIn(namespaces),
      namespaceSelector: places.selector,
    };
  });
  return { terms, unknown };
}

/** Reads the topology spread constraints that must be met; the others are wishes. */
export function readSpreadRules(value: unknown, own: Labels): Read<SpreadRule> {
  const unknown: string[] = [];
  const terms = recordsIn(value)
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway')
    .map((rule): SpreadRule => {
      const { labelSelector, topologyKey, maxSkew, minDomains, matchLabelKeys, nodeAffinityPolicy, nodeTaintsPolicy } =
        rule;
      const pods = readSelector(labelSelector);
      unknown.push(...pods.unknown, ...Object.keys(rule).filter((key) => !SPREAD_FIELDS.has(key)));
      return {
        selector: pods.selector === undefined ? undefined : [...pods.selector, ...ofKeys(own, matchLabelKeys, 'In')],
        topologyKey: textIn(topologyKey),
        maxSkew: typeof maxSkew === 'number' ? maxSkew : 1,
        minDomains: typeof minDomains === 'number' ? minDomains : 1,
        honoursAffinity: nodeAffinityPolicy !== 'Ignore',
        honoursTaints: nodeTaintsPolicy === 'Honor',
      };
    });
  return { terms, unknown };
}

const SPREAD_FIELDS: ReadonlySet<string> = new Set([
  'labelSelector',
  'topologyKey',
  'maxSkew',
  'minDomains',
  'matchLabelKeys',
  'nodeAffinityPolicy',
  'nodeTaintsPolicy',
  'whenUnsatisfiable',
]);

/** Keys that the pod does not have are ignored, as the API server ignores them. */
function ofKeys(own: Labels, keys: unknown, operator: 'In' | 'NotIn'): Requirement[] {
  return textsIn(keys).flatMap((key) => {
    const value = Object.hasOwn(own, key) ? own[key] : undefined;
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}
