import { type Part, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { type Labels, labelsIn, textsIn } from './parts.ts';

/** One condition on a label. `Gt` and `Lt` exist only for labels of nodes. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** All conditions must hold; none matches everything. */
export type Selector = readonly Requirement[];

/** A selector as read. */
export interface ReadSelector {
  /** Undefined: there is no selector, which matches nothing. */
  readonly selector: Selector | undefined;
  /** What it says and this program does not know. */
  readonly unknown: readonly string[];
}

const OPERATORS: ReadonlySet<string> = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);
const NODE_OPERATORS: ReadonlySet<string> = new Set([...OPERATORS, 'Gt', 'Lt']);

/** Reads a `LabelSelector`. */
export function readSelector(value: unknown): ReadSelector {
  if (value === undefined || value === null) return { selector: undefined, unknown: [] };
  const { matchLabels, matchExpressions, ...rest } = recordIn(value);
  const equal = equalTo(labelsIn(matchLabels));
  const { requirements, unknown } = readRequirements(matchExpressions, OPERATORS);
  return { selector: [...equal, ...requirements], unknown: [...unknown, ...Object.keys(rest)] };
}

/** Reads the expressions of a node selector's term. */
export function readNodeRequirements(value: unknown): { requirements: Requirement[]; unknown: string[] } {
  return readRequirements(value, NODE_OPERATORS);
}

/** The selector that wants just these labels. */
export function equalTo(labels: Labels): Requirement[] {
  return Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

/** Whether labels meet a selector. An absent label meets `NotIn`, as it does in Kubernetes. */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  return selector !== undefined && selector.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const [own, bound] = [whole(value), whole(values[0])];
      if (own === undefined || bound === undefined || values.length !== 1) return false;
      return operator === 'Gt' ? own > bound : own < bound;
    }
  }
}

/** As Kubernetes reads both sides: whole numbers of 64 bits. What is none, or a larger one, meets neither. (apimachinery, labels/selector.go) */
function whole(value: string | undefined): bigint | undefined {
  if (value === undefined || !/^[+-]?\d+$/u.test(value)) return undefined;
  const number = BigInt(value.replace('+', ''));
  return BigInt.asIntN(64, number) === number ? number : undefined;
}

function readRequirements(
  value: unknown,
  known: ReadonlySet<string>,
): { requirements: Requirement[]; unknown: string[] } {
  const requirements: Requirement[] = [];
  const unknown: string[] = [];
  for (const part of recordsIn(value)) {
    const { key, operator, values, ...rest } = part;
    unknown.push(...Object.keys(rest));
    if (isKnown(operator, known)) requirements.push({ key: textIn(key), operator, values: textsIn(values) });
    else unknown.push(`operator ${textIn(operator)}`);
  }
  return { requirements, unknown };
}

function isKnown(operator: Part[string], known: ReadonlySet<string>): operator is Requirement['operator'] {
  return typeof operator === 'string' && known.has(operator);
}
