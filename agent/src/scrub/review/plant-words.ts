import { joined, reviewPath } from './leaves.ts';
import { leaving } from './policy-states.ts';

/** Where words come out of an object, of what a review calls so, in which every text and every free key is a word of its own. As reviewed paths, `{key}` for a key. */
export function survivingWords(name: string, object: unknown): string[] {
  const places = new Map<string, string>();
  // Keys and values apart: a value that is dropped would take its key with it.
  const texts = [false, true].map((keys) => JSON.stringify(leaving(name, plant(object, '', { keys, places }))));
  const found = texts.join('\n').match(/Canary\d+Bird/g) ?? [];
  const paths = found.map((word) => reviewPath(name, places.get(word) ?? `unknown ${word}`));
  return [...new Set(paths)].toSorted();
}

interface Planting {
  readonly keys: boolean;
  /** Where each word was put. */
  readonly places: Map<string, string>;
}

function plant(value: unknown, path: string, planting: Planting): unknown {
  const { keys, places } = planting;
  const word = (at: string): string => {
    const canary = `Canary${places.size}Bird`;
    places.set(canary, at);
    return canary;
  };
  if (typeof value === 'string') return keys || /^[\d-]/.test(value) ? value : word(path);
  if (Array.isArray(value)) return value.map((item) => plant(item, `${path}[]`, planting));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, child]) => {
    const below = joined(path, key);
    const newKey = keys && below.endsWith('*') ? word(`${below.slice(0, -1)}{key}`) : key;
    return [newKey, plant(child, below, planting)];
  });
  return Object.fromEntries(members);
}
