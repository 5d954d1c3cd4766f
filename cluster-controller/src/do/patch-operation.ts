/** One operation of a JSON patch (RFC 6902). A `test` for null holds where there is nothing, in the API server's reading. */
export interface PatchOperation {
  readonly op: 'test' | 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/** A key as a part of a path (RFC 6901). */
export function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What every patch of ours begins with: the object is the one that was meant, or the API server answers 422. */
export function testUid(uid: string): PatchOperation {
  return { op: 'test', path: '/metadata/uid', value: uid };
}
