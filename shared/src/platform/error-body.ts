import type { IngestErrorBody } from './ingest-messages.ts';

const MAX_MESSAGE_LENGTH = 300;

/**
 * The platform's error body, `{code, message, …}` as JSON, or `undefined` when the bytes are anything else, such as a
 * proxy's page. `code` is empty where the body has none, as with the older calls; both texts are one bounded line. Never
 * throws: V8's own message would quote the bytes.
 */
export function parseErrorBody(bytes: Uint8Array): IngestErrorBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  // The older calls come from a gateway that sends a number as code.
  const code = textOf(fields.get('code'));
  const message = textOf(fields.get('message'));
  if (code === '' && message === '') return undefined;
  const expectedSeq = fields.get('expectedSeq');
  const isSeq = typeof expectedSeq === 'number' && Number.isSafeInteger(expectedSeq) && expectedSeq > 0;
  return { code, message, ...(isSeq ? { expectedSeq } : {}) };
}

/** One printable line of at most 300 characters: it ends in logs and on a status page. */
export function toOneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length <= MAX_MESSAGE_LENGTH ? line : `${line.slice(0, MAX_MESSAGE_LENGTH - 1).trimEnd()}…`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return toOneLine(value);
  return typeof value === 'number' ? String(value) : '';
}
