import fc from 'fast-check';
import { present, sometimes } from './arbitraries.ts';
import { APPS, GENERATION, HOST, POOL, RACK, TEAMS, ZONE } from './rich-names.ts';

/** What a template says of the nodes and the pods that it wants to be on, or near, or away from. */

const requirement = fc.constantFrom(
  { key: POOL, operator: 'In', values: ['p'] },
  { key: POOL, operator: 'In', values: ['p', 'q'] },
  { key: POOL, operator: 'NotIn', values: ['q'] },
  { key: GENERATION, operator: 'Gt', values: ['1'] },
  { key: GENERATION, operator: 'Lt', values: ['3'] },
  { key: GENERATION, operator: 'NotIn', values: ['2'] },
  { key: RACK, operator: 'Exists' },
  { key: RACK, operator: 'DoesNotExist' },
  { key: ZONE, operator: 'Exists' },
);
const field = fc.constantFrom(
  { key: 'metadata.name', operator: 'NotIn', values: ['n0'] },
  { key: 'metadata.name', operator: 'NotIn', values: ['n1'] },
  { key: 'metadata.name', operator: 'In', values: ['n2'] },
);

/** Required node affinity: one term or two. */
export const nodeAffinity = fc
  .array(
    fc
      .record({
        matchExpressions: fc.array(requirement, { minLength: 1, maxLength: 2 }),
        matchFields: sometimes(30, fc.tuple(field)),
      })
      .map(present),
    { minLength: 1, maxLength: 2 },
  )
  .map((nodeSelectorTerms) => ({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }));

/** One toleration. */
export const toleration = fc.constantFrom(
  { operator: 'Exists' },
  { operator: 'Exists', effect: 'NoSchedule' },
  { key: 't', operator: 'Exists' },
  { key: 't', operator: 'Equal', value: 'x' },
  { key: 'u', value: 'y', effect: 'NoExecute' },
);

const selector = fc.oneof(
  fc.constantFrom(...APPS).map((app) => ({ matchLabels: { app } })),
  fc.constantFrom(...APPS).map((app) => ({ matchExpressions: [{ key: 'app', operator: 'In', values: [app] }] })),
  fc.constantFrom(
    { matchLabels: { app: 'red', version: '1' } },
    { matchExpressions: [{ key: 'version', operator: 'NotIn', values: ['2'] }] },
    { matchExpressions: [{ key: 'absent', operator: 'Exists' }] },
  ),
);

/** Whose pods are meant: of the own namespace, of named ones, of those with a label, of all. */
const places = fc.constantFrom(
  {},
  {},
  { namespaces: ['shop'] },
  { namespaceSelector: {} },
  { namespaceSelector: { matchLabels: { team: TEAMS.bank } } },
  { namespaces: ['shop'], namespaceSelector: { matchLabels: { team: TEAMS.bank } } },
);

/** Required terms of a pod affinity or anti-affinity. */
export const podTerms = fc
  .array(
    fc
      .tuple(
        fc.record({ labelSelector: selector, topologyKey: fc.constantFrom(HOST, HOST, ZONE, RACK) }),
        places,
        fc.constantFrom({}, {}, { matchLabelKeys: ['version'] }, { mismatchLabelKeys: ['version'] }),
      )
      .map(([term, where, alike]) => ({
        ...term,
        ...where,
        // The API server lets a key be in one of them alone.
        ...(JSON.stringify(term.labelSelector).includes('version') ? {} : alike),
      })),
    { minLength: 1, maxLength: 2 },
  )
  .map((terms) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms }));

const policy = fc.constantFrom('Honor', 'Ignore', undefined);

/** Topology spread constraints, of which the API server lets one be for a key. */
export const spread = fc.uniqueArray(
  fc
    .record({
      topologyKey: fc.constantFrom(HOST, ZONE, RACK),
      maxSkew: fc.integer({ min: 1, max: 2 }),
      whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'DoNotSchedule', 'DoNotSchedule', 'ScheduleAnyway'),
      labelSelector: selector,
      minDomains: fc.constantFrom(undefined, undefined, 1, 2, 3),
      nodeAffinityPolicy: policy,
      nodeTaintsPolicy: policy,
      matchLabelKeys: fc.constantFrom(undefined, ['version']),
    })
    .map(({ minDomains, matchLabelKeys, ...rest }) =>
      present({
        ...rest,
        ...(rest.whenUnsatisfiable === 'DoNotSchedule' ? { minDomains } : {}),
        ...(JSON.stringify(rest.labelSelector).includes('version') ? {} : { matchLabelKeys }),
      }),
    ),
  { minLength: 1, maxLength: 2, selector: (one) => one['topologyKey'] },
);
