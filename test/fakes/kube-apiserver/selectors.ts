import type { ResourceType } from './resource-type.ts';
import { badRequest } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';

/** Whether an object belongs to what a request asks for. */
export type Selection = (object: StoredObject) => boolean;

/** What narrows a list or a watch. */
export interface SelectionRequest {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  /** Name in the path of a watch on a single object. */
  readonly name?: string | undefined;
  readonly query: URLSearchParams;
}

/**
 * Understands namespace, fieldSelector and labelSelector (equality, existence, in, notin). Gives undefined when
 * everything is asked for. Throws 400 for a field that the kind does not offer.
 */
export function parseSelection({ type, namespace, name, query }: SelectionRequest): Selection | undefined {
  const tests: Selection[] = [
    ...parseFieldSelector(type, query.get('fieldSelector') ?? ''),
    ...parseLabelSelector(query.get('labelSelector') ?? ''),
  ];
  if (namespace !== undefined) tests.unshift((object) => object.namespace === namespace);
  if (name !== undefined) tests.unshift((object) => object.name === name);
  if (tests.length === 0) return undefined;
  return (object) => tests.every((test) => test(object));
}

/** Whether a request selects by fields or labels; the server then does not say how many items remain. */
export function hasSelector(query: URLSearchParams): boolean {
  return (query.get('fieldSelector') ?? '') !== '' || (query.get('labelSelector') ?? '') !== '';
}

function parseFieldSelector(type: ResourceType, text: string): Selection[] {
  if (text === '') return [];
  const known = new Set(['metadata.name', ...type.selectableFields]);
  if (type.namespaced) known.add('metadata.namespace');
  return text.split(',').map((term) => {
    const [, field = '', operator, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/u.exec(term) ?? [];
    if (operator === undefined) throw badRequest(`invalid field selector: ${term}`);
    if (!known.has(field)) throw badRequest(`field label not supported: ${field}`);
    const isWanted = operator !== '!=';
    return (object) => (object.fields[field] === value) === isWanted;
  });
}

function parseLabelSelector(text: string): Selection[] {
  if (text === '') return [];
  return text.split(/,(?![^(]*\))/u).map(parseLabelTerm);
}

function parseLabelTerm(term: string): Selection {
  const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/u.exec(term);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return ({ labels }) => values.includes(labels[set[1] ?? ''] ?? '\0') === (set[2] === 'in');
  }
  const equality = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(\S*)\s*$/u.exec(term);
  if (equality !== null) {
    const [, label = '', operator, value] = equality;
    return ({ labels }) => (labels[label] === value) === (operator !== '!=');
  }
  const existence = /^\s*(!?)([^=!\s()]+)\s*$/u.exec(term);
  if (existence === null) throw badRequest(`unable to parse requirement: ${term}`);
  return ({ labels }) => existence[2] !== undefined && existence[2] in labels === (existence[1] === '');
}
