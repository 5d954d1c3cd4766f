import type { SentItem } from './delta-item.ts';

/**
 * Cuts items into documents of which none has two of one object, in as few as that takes. Receivers of this API have always got one item
 * an object, in no particular order: of a deletion and a new life under the same name in one document they may carry out the deletion
 * last. Between objects the order means nothing.
 */
export function onePerObject(items: readonly SentItem[]): readonly [readonly SentItem[], ...(readonly SentItem[])[]] {
  const first: SentItem[] = [];
  const later: SentItem[][] = [];
  const places = new Map<string, number>();
  for (const item of items) {
    const { feedId, namespace, name } = item.entry;
    const key = `${feedId} ${namespace}/${name}`;
    const place = places.get(key) ?? 0;
    places.set(key, place + 1);
    if (place === 0) first.push(item);
    else (later[place - 1] ??= []).push(item);
  }
  return [first, ...later];
}
