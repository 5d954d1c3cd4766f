import { KubeError } from './kube-error.ts';
import { uidOf } from './kube-item.ts';
import { isRecord, toKubeObject } from './kube-object.ts';
import { isListKind } from './list-metadata.ts';

/** A page of a list that was read whole. */
export interface Page {
  readonly items: readonly unknown[];
  /** What tells its first object from others; empty where that says nothing of the kind, or there is none. */
  readonly first: string;
  /** What the next page is asked for with; empty: this is the last one. */
  readonly continueToken: string;
}

/**
 * What an answer to a list holds. Throws `KUBE_STREAM_BROKEN` for an answer that is no list, whoever gave it: read as an empty one it would
 * say that nothing is there, and so would an empty one that calls itself no list. Go writes an empty list as null.
 */
export function readPage(answer: Readonly<Record<string, unknown>>): Page {
  const { kind, items, metadata } = answer;
  const some: unknown = items === null ? [] : items;
  if (!Array.isArray(some) || (some.length === 0 && !isListKind(kind)))
    throw new KubeError('KUBE_STREAM_BROKEN', 'the API server answered with something that is no list');
  const token = isRecord(metadata) ? metadata['continue'] : undefined;
  return { items: some, first: identityOf(some[0]), continueToken: typeof token === 'string' ? token : '' };
}

function identityOf(item: unknown): string {
  const object = toKubeObject(item);
  return object === undefined ? '' : uidOf(object.metadata);
}
