/**
 * A body of the operator's own: a JSON document with placeholders, `{{cluster.name}}`, in its values. Judged as a whole when it is read, so
 * that sending cannot fail: templates of text, where a quote in a message breaks the document, are what this is instead of. Pure.
 */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { type Facts, factsOf } from './facts.ts';
import { testNotification } from './notification.ts';

/** A template that is known to work. */
export type Template = (facts: Facts) => unknown;

/** Deeper than any receiver wants it, and shallower than a stack. */
const MAX_DEPTH = 32;
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/**
 * Reads a template out of parsed JSON. A text that is nothing but a placeholder becomes its value; within a longer text a placeholder
 * becomes text. Throws `RangeError` that says where something is wrong.
 */
export function parseTemplate(document: unknown, at = 'template', depth = 0): Template {
  if (depth > MAX_DEPTH) throw new RangeError(`${at}: deeper than ${MAX_DEPTH} levels`);
  if (typeof document === 'string') return parseText(document, at);
  if (Array.isArray(document)) {
    const items = document.map((item, index) => parseTemplate(item, `${at}[${index}]`, depth + 1));
    return (facts) => items.map((item) => item(facts));
  }
  if (!isRecord(document)) return () => document;
  const members = Object.entries(document).map(([key, value]): readonly [string, Template] => {
    if (key.includes('{{'))
      throw new RangeError(`${at}: a placeholder in the name ${JSON.stringify(key)}: values only`);
    return [key, parseTemplate(value, `${at}.${key}`, depth + 1)];
  });
  return (facts) => Object.fromEntries(members.map(([key, value]) => [key, value(facts)]));
}

function parseText(text: string, at: string): Template {
  const paths = [...text.matchAll(PLACEHOLDER)].map(([, path = '']) => path.trim());
  for (const path of paths) {
    if (!PATHS.has(path)) {
      throw new RangeError(`${at}: there is no {{${path}}}, only ${[...PATHS].join(', ')}`);
    }
  }
  const [literal = '', ...others] = text.split(PLACEHOLDER).filter((_, index) => index % 2 === 0);
  const literals = [literal, ...others];
  if (literals.some((part) => part.includes('{{') || part.includes('}}'))) {
    throw new RangeError(`${at}: a {{ without its }}, or the other way round`);
  }
  const [only] = paths;
  if (only !== undefined && paths.length === 1 && literals.every((part) => part === '')) {
    return (facts) => valueAt(facts, only);
  }
  return (facts) =>
    literals
      .map((part, index) => (index === 0 ? part : textOf(valueAt(facts, paths[index - 1] ?? '')) + part))
      .join('');
}

function valueAt(facts: Facts, path: string): unknown {
  let value: unknown = facts;
  for (const key of path.split('.')) value = isRecord(value) ? value[key] : undefined;
  return value;
}

/** Within a text: what is not there is nothing, and an object is its JSON. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Everything that a placeholder may name: members, and members of members. */
const PATHS: ReadonlySet<string> = new Set(pathsOf(factsOf(testNotification('', 0)), ''));

function pathsOf(value: object, under: string): string[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const path = `${under}${key}`;
    return isRecord(member) ? [path, ...pathsOf(member, `${path}.`)] : [path];
  });
}
