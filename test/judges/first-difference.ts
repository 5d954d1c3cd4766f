import { isDeepStrictEqual } from 'node:util';

const SHOWN_CHARACTERS = 120;

/** Says where two JSON values differ first, as `spec.nodeName: "a" here, "b" there`; undefined when they are equal. */
export function firstDifference(here: unknown, there: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(here, there)) return undefined;
  if (isContainer(here) && isContainer(there) && Array.isArray(here) === Array.isArray(there)) {
    for (const key of new Set([...Object.keys(here), ...Object.keys(there)])) {
      const inner = Array.isArray(here) ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${key}`;
      const difference = firstDifference(here[key], there[key], inner);
      if (difference !== undefined) return difference;
    }
  }
  return `${path === '' ? 'the whole' : path}: ${show(here)} here, ${show(there)} there`;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
