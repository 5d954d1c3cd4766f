import type { IncomingMessage } from 'node:http';
import { Refusal } from '../answer/refusal.ts';
import { bodySource, readRequestBody } from './request-body.ts';
import { type Fields, parseJson } from './request-json.ts';

/** A template of an endpoint may be long; nothing else that a page sends is. */
const MAX_BYTES = 64 * 1024;

/**
 * What the page sends with a call that changes something, as JSON alone: a form of another page can send many things, and not that. `what` is
 * what it is, for whoever sends it otherwise. Throws `Refusal` 400, 413 or 415.
 */
export async function pageDocument(request: IncomingMessage, what: string): Promise<Fields> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new Refusal(415, 'UNSUPPORTED_TYPE', { message: `${what} is sent as application/json` });
  }
  return parseJson(await readRequestBody(bodySource(request), MAX_BYTES));
}
