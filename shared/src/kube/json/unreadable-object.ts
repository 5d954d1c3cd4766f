/** Why an object could not be taken. */
export type UnreadableReason =
  /** More bytes than one object may have. */
  | 'TOO_LARGE'
  /** Its text is no JSON. */
  | 'NOT_JSON'
  /** Its bytes are no protobuf of its kind. */
  | 'NOT_PROTOBUF'
  /** JSON, but without the metadata that every object has. */
  | 'NOT_AN_OBJECT'
  /** An event whose object has no resourceVersion: nobody could go on after it. */
  | 'NO_VERSION'
  /** It was read, and what is kept of it could not be made: a bug of ours. */
  | 'KEEP_FAILED';

/**
 * An object that could not be taken, as far as its beginning tells which one it is. Never more than identity: the rest may be anybody's
 * secret. Empty, of each: not readable.
 */
export interface UnreadableObject {
  readonly reason: UnreadableReason;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Where it stood, for those that do not say who they are: the same again when the same is read again. */
  readonly place: string;
}

/**
 * Told of what cannot be taken. What stands beside it goes on, unless this throws: then the list or watch ends with that error, after
 * the objects before it.
 */
export type OnUnreadable = (object: UnreadableObject) => void;

/** How far into its text an object is asked who it is. Servers write identity first, or behind its annotations, which have at most 256 KiB. */
export const LOOKED_AT_CHARACTERS = 320 * 1024;
/** Names have at most 253 characters. */
const MAX_NAME_LENGTH = 253;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gu;

/** Which object a text is that nobody could parse. `depth` is that of the object in it: 0, or 1 for an event around it. */
export function identifyUnreadable(text: string, depth: 0 | 1): Omit<UnreadableObject, 'reason' | 'place'> {
  const found = new Map<string, string>();
  const path: string[] = [];
  let key = '';
  let isValue = false;
  for (const [token] of text.slice(0, LOOKED_AT_CHARACTERS).matchAll(TOKENS)) {
    if (token === '{' || token === '[') path.push(key);
    else if (token === '}' || token === ']') path.pop();
    if (token === ':') isValue = true;
    else if (isValue) {
      if (token.startsWith('"')) note(found, [...path.slice(1 + depth), key].join('.'), token);
      isValue = false;
    } else if (token.startsWith('"')) key = token.slice(1, -1);
  }
  const member = (name: string): string => found.get(name) ?? '';
  return {
    kind: member('kind'),
    namespace: member('metadata.namespace'),
    name: member('metadata.name'),
    uid: member('metadata.uid'),
    resourceVersion: member('metadata.resourceVersion'),
  };
}

const WANTED: ReadonlySet<string> = new Set([
  'kind',
  'metadata.namespace',
  'metadata.name',
  'metadata.uid',
  'metadata.resourceVersion',
]);

/** Escapes are left as they are: no name has any. */
function note(found: Map<string, string>, path: string, token: string): void {
  if (WANTED.has(path) && !found.has(path)) found.set(path, token.slice(1, -1).slice(0, MAX_NAME_LENGTH));
}
