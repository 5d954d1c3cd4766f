import { createHash } from 'node:crypto';

/** One ConfigMap holds at most 1 MiB; a thousand outcomes of 4 kB need several. */
export const SHARDS = 16;

/** The ConfigMap, by its number, of all that hold records. Their names are fixed, so that the right to write can name them. */
export function shardName(shard: number): string {
  return `castai-cluster-controller-actions-${shard}`;
}

/** In which of them an action is kept. */
export function shardOf(id: string): number {
  return (createHash('sha256').update(id).digest()[0] ?? 0) % SHARDS;
}

/** Under which key: ids may have characters that keys must not have. */
export function recordKey(id: string): string {
  return /^[-.\w]+$/u.test(id) ? `a.${id}` : `h.${createHash('sha256').update(id).digest('hex')}`;
}

/** The id that a key was made of; undefined: it cannot be told from the key. */
export function idOfKey(key: string): string | undefined {
  return /^a\.([-.\w]{1,128})$/u.exec(key)?.[1];
}
