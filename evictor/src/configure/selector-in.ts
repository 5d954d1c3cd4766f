import { equalTo, type Requirement, type Selector } from '../view/label-selector.ts';
import type { Place } from './place.ts';

/**
 * Reads the label selector of a rule, as strictly as the API server reads one: a condition that is passed over would let the rule speak of
 * everything. One without conditions, `{}`, does on purpose.
 */
export function selectorIn(place: Place): Selector {
  const { matchLabels, matchExpressions } = place.named(['matchLabels', 'matchExpressions']);
  return [
    ...(matchLabels === undefined ? [] : equalTo(matchLabels.texts())),
    ...(matchExpressions === undefined ? [] : requirementsIn(matchExpressions)),
  ];
}

function requirementsIn(place: Place): Requirement[] {
  const items = place.items();
  if (Array.isArray(place.value) && items.length === 0) place.problem('has to hold one condition at least');
  return items.flatMap(requirementIn);
}

function requirementIn(place: Place): Requirement[] {
  const members = place.named(['key', 'operator', 'values']);
  if (members.key === undefined) place.problem('has no key');
  if (members.operator === undefined) place.problem('has no operator');
  const key = members.key?.text();
  const operator = members.operator?.word(OPERATORS);
  const values = members.values?.items().map((one) => (one.value === '' ? '' : (one.text() ?? ''))) ?? [];
  if (key === undefined || operator === undefined) return [];
  const isOfValues = operator === 'In' || operator === 'NotIn';
  if (isOfValues && values.length === 0) place.problem(`has no values, and ${operator} asks for them`);
  if (!isOfValues && values.length > 0) place.problem(`has values, and ${operator} asks for none`);
  return [{ key, operator, values }];
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
