import { isExactNumber } from '@castai/shared/kube/json/exact-number.ts';
import { isObject, numberIn } from '@castai/shared/kube/read-value.ts';
import type { NodeIds, ObjectId, Texts } from './action.ts';

/** Why something that was sent cannot be meant. Thrown while an action is read, and caught there: `parse-action.ts`. */
export class FieldProblem extends Error {
  override readonly name = 'FieldProblem';
}

type Fields = Readonly<Record<string, unknown>>;

const LONGEST_TEXT = 64 * 1024;
/** Labels, taints and the like of one action. */
const MOST_ENTRIES = 256;
/** A month: longer is no timeout. */
const LONGEST_SECONDS = 30 * 86_400;
const DNS_NAME = /^[a-z\d](?:[-a-z\d.]{0,251}[a-z\d])?$/u;
const GROUP = /^(?:[a-z\d](?:[-a-z\d.]{0,251}[a-z\d])?)?$/u;
const VERSION = /^v\d{1,9}(?:(?:alpha|beta)\d{1,9})?$/u;
const RESOURCE = /^[a-z\d](?:[-a-z\d]{0,61}[a-z\d])?$/u;

/** A text; null and absent are empty. Throws a `FieldProblem`. */
export function textIn(fields: Fields, name: string): string {
  const value = memberOf(fields, name);
  if (value === undefined) return '';
  if (typeof value === 'string' && value.length <= LONGEST_TEXT) return value;
  throw new FieldProblem(typeof value === 'string' ? `${name} is too long` : `${name} is no text`);
}

/** A text that has to be there. Throws a `FieldProblem`. */
export function requiredTextIn(fields: Fields, name: string): string {
  const text = textIn(fields, name);
  if (text !== '') return text;
  throw new FieldProblem(`${name} is missing`);
}

/** Also as a text: some writers of JSON quote what is false as well. Null and absent are undefined. Throws a `FieldProblem`. */
export function booleanIn(fields: Fields, name: string): boolean | undefined {
  const value = memberOf(fields, name);
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new FieldProblem(`${name} is neither true nor false`);
}

/** A number of seconds, also as a text (protobuf's JSON quotes 64 bit), in milliseconds. Throws a `FieldProblem`. */
export function secondsIn(fields: Fields, name: string): number | undefined {
  const value = memberOf(fields, name);
  if (value === undefined) return undefined;
  const seconds =
    typeof value === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/u.test(value) ? Number(value) : numberIn(value);
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) {
    throw new FieldProblem(`${name} is no number of seconds`);
  }
  return Math.min(seconds, LONGEST_SECONDS) * 1000;
}

/** A time as RFC 3339 writes it; undefined for anything else, Go's zero among it: nothing depends on it alone. */
export function timeIn(fields: Fields, name: string): number | undefined {
  const value = memberOf(fields, name);
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T[\d:.]{8,18}(?:Z|[+-]\d{2}:\d{2})$/iu.test(value))
    return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}

/** A member that is an object; absent and null are undefined. Throws a `FieldProblem`. */
export function recordIn(fields: Fields, name: string): Fields | undefined {
  const value = memberOf(fields, name);
  if (value === undefined) return undefined;
  if (isObject(value)) return value;
  throw new FieldProblem(`${name} is no object`);
}

/** A member that is a list; absent and null are empty. Throws a `FieldProblem`. */
export function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = memberOf(fields, name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new FieldProblem(`${name} is no list`);
  if (value.length > MOST_ENTRIES) throw new FieldProblem(`${name} has more than ${MOST_ENTRIES} entries`);
  return value;
}

/** Texts by name; numbers become texts, as quantities may be written. Throws a `FieldProblem`. */
export function textsIn(fields: Fields, name: string): Texts {
  const entries = Object.entries(recordIn(fields, name) ?? {});
  if (entries.length > MOST_ENTRIES) throw new FieldProblem(`${name} has more than ${MOST_ENTRIES} entries`);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const text = isExactNumber(value) ? value.rawJSON : typeof value === 'number' ? String(value) : (value ?? '');
      if (key === '' || typeof text !== 'string' || text.length > LONGEST_TEXT) {
        throw new FieldProblem(`${name} has an entry that is no text`);
      }
      return [key, text];
    }),
  );
}

/** The name of a node, a pod or a namespace: it becomes part of a path and of a selector. Throws a `FieldProblem`. */
export function nameIn(fields: Fields, name: string): string {
  const text = requiredTextIn(fields, name);
  if (DNS_NAME.test(text)) return text;
  throw new FieldProblem(`${name} is no name of an object`);
}

/** Which machine: its name and at least one of its ids. Throws a `FieldProblem`. */
export function nodeIdsIn(fields: Fields): NodeIds {
  const [nodeId, providerId] = [textIn(fields, 'nodeId'), textIn(fields, 'providerId')];
  if (nodeId === '' && providerId === '') throw new FieldProblem('neither nodeId nor providerId is given');
  return { name: nameIn(fields, 'nodeName'), nodeId, providerId };
}

/** The collection that an action names; `namespace` and `name` are those of `fields` unless told. Throws a `FieldProblem`. */
export function objectIdIn(fields: Fields, of: Fields = fields): ObjectId {
  const [group, version, resource] = [textIn(fields, 'group'), textIn(fields, 'version'), textIn(fields, 'resource')];
  if (!GROUP.test(group)) throw new FieldProblem('group is no API group');
  if (!VERSION.test(version)) throw new FieldProblem('version is no API version');
  if (!RESOURCE.test(resource)) throw new FieldProblem('resource is no resource');
  const name = requiredTextIn(of, 'name');
  // Kubernetes' own rule for what may stand in a path; names of some resources have colons.
  if (name === '.' || name === '..' || /[/%]/u.test(name) || name.length > 253) {
    throw new FieldProblem('name is no name of an object');
  }
  const namespace = textIn(of, 'namespace');
  if (namespace !== '' && !DNS_NAME.test(namespace)) throw new FieldProblem('namespace is no namespace');
  return { group, version, resource, namespace, name };
}

/** An own member that is not null: JSON may hold any name, `__proto__` and `constructor` among them. */
function memberOf(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}
