/** Why an object could not be taken. */
export type UnreadableReason =
  /** More bytes than one object may have. */
  | 'TOO_LARGE'
  /** Its text is no JSON. */
  | 'NOT_JSON'
  /** JSON, but without the metadata that every object has. */
  | 'NOT_AN_OBJECT'
  /** An event whose object has no resourceVersion: nobody could go on after it. */
  | 'NO_VERSION';

/** An object that was left out, as far as its beginning tells which one it is. Never more than identity: the rest may be anybody's secret. */
export interface UnreadableObject {
  readonly reason: UnreadableReason;
  /** Empty: not readable, also of the others. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Told of what was left out; what stands beside it goes on. */
export type OnUnreadable = (object: UnreadableObject) => void;

/** How far into its text an object is asked who it is. Servers write identity first, behind the annotations at the latest. */
const LOOKED_AT_CHARACTERS = 64 * 1024;
/** Names have at most 253 characters. */
const MAX_NAME_LENGTH = 253;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gu;

/** Which object a text is that nobody could parse. `depth` is that of the object in it: 0, or 1 for an event around it. */
export function identifyUnreadable(text: string, reason: UnreadableReason, depth: 0 | 1): UnreadableObject {
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
  return { reason, kind: member('kind'), namespace: member('metadata.namespace'), name: member('metadata.name') };
}

const WANTED: ReadonlySet<string> = new Set(['kind', 'metadata.namespace', 'metadata.name']);

/** Escapes are left as they are: no name has any. */
function note(found: Map<string, string>, path: string, token: string): void {
  if (WANTED.has(path) && !found.has(path)) found.set(path, token.slice(1, -1).slice(0, MAX_NAME_LENGTH));
}
