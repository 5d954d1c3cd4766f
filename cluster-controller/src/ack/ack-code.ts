/** Why an action was not carried out: the first word of an acknowledgement. Closed: the platform and alerts go by these. */
export const ACK_CODES = [
  /** A disruption budget let some pod not go in the time that there was. */
  'pdb_blocked',
  /** Not done in the time that the action gave. */
  'timeout',
  /** Neither our rights nor an admission policy allow it. */
  'forbidden',
  'not_found',
  /** The name is that of another machine, or of another object, by now. */
  'mismatch',
  /** No kind, resource or form that this program carries out. */
  'unsupported',
  /** The action says something that cannot be meant. */
  'invalid',
  /** It would do harm: somebody marked it to stay, or a machine that is alive would lose what it runs. */
  'refused',
  /** The API server could not be asked, or answered that it cannot. */
  'unavailable',
  'internal',
] as const;

/** One of the codes. */
export type AckCode = (typeof ACK_CODES)[number];

/** What an action came to. */
export type ActionOutcome =
  | { readonly is: 'done'; /** For log and page; the wire has no place for it. */ readonly detail: string }
  | { readonly is: 'failed'; readonly code: AckCode; readonly detail: string };
