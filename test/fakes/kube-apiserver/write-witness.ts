import { isDeepStrictEqual } from 'node:util';
import { isRecord, type KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ResourceRequest } from './resource-request.ts';
import { resourceTypeId } from './resource-type.ts';
import type { Store } from './store.ts';
import { decodeObject, objectKey } from './stored-object.ts';

/** A write of one object that a client asked for and that was carried out, whether or not the client ever hears of it. */
export interface CarriedOutWrite {
  readonly verb: string;
  readonly path: string;
  /** As the client sent it. */
  readonly body: unknown;
  /** The object as it was before and after; undefined: there was none. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  /** Whether anything but the resourceVersion has become another. */
  readonly isChange: boolean;
}

/**
 * Tells somebody of each write at the moment at which it is carried out. Whoever asks a client instead does not hear of those whose answer was
 * lost, and believes what the client says of which object it was.
 */
export class WriteWitness {
  /** Undefined: nobody is told, and nothing is compared. */
  tell: ((write: CarriedOutWrite) => void) | undefined;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Has `write` carried out, and tells of it unless it throws. */
  watch<T>(asked: { readonly request: ResourceRequest; readonly body: unknown }, write: () => T): T {
    if (this.tell === undefined) return write();
    const { request, body } = asked;
    const before = this.#find(asked);
    const answer = write();
    const after = this.#find(asked);
    const isChange = !isDeepStrictEqual(withoutVersion(before), withoutVersion(after));
    this.tell({ verb: request.info.verb, path: request.info.path, body, before, after, isChange });
    return answer;
  }

  #find({ request, body }: { readonly request: ResourceRequest; readonly body: unknown }): KubeObject | undefined {
    const { type, namespace, name = nameIn(body) } = request;
    const found = this.#store.kind(resourceTypeId(type)).objects.get(objectKey(namespace, name));
    return found === undefined ? undefined : decodeObject(type, found);
  }
}

function nameIn(body: unknown): string {
  const metadata = isRecord(body) ? body['metadata'] : undefined;
  return isRecord(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
}

function withoutVersion(object: KubeObject | undefined): unknown {
  if (object === undefined) return undefined;
  const { resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}
