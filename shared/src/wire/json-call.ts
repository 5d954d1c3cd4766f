import type { SuccessBody } from './classify-response.ts';

/**
 * One call of the platform's JSON API as a value, the same for every attempt at it. Each stands beside who makes it, as a function
 * of what it says; `JsonClient` makes one attempt at it.
 */
export interface JsonCall<T> {
  /** Default POST. */
  readonly method?: 'GET';
  /** From the root of the platform's address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
  /**
   * Reads the text of a success; `JSON.parse` unless told, which rounds numbers beyond 2^53. Undefined, or an exception: it is no JSON.
   */
  readonly read?: (text: string) => unknown;
  /** Takes what it needs from a success, or says what is wrong with it: something in between may have made it up. */
  readonly parse: (fields: JsonFields) => SuccessBody<T>;
}

/** The members of a JSON object that came as the answer; none when the answer had no body. */
export type JsonFields = ReadonlyMap<string, unknown>;

/** For calls whose answer says nothing but that it is the platform's: a JSON object, or no body at all. */
export function parseNothing(): SuccessBody<undefined> {
  return { valid: true, value: undefined };
}

/** A member that has to be text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
