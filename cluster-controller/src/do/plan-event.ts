import { createHash } from 'node:crypto';
import { cutToBytes } from '../ack/ack-text.ts';
import type { CreateEvent } from '../poll/action.ts';

/** The API server's limit. */
const LONGEST_MESSAGE_BYTES = 1024;
const LONGEST_REASON = 128;
/** Events of objects without a namespace are kept in this one. */
const DEFAULT_NAMESPACE = 'default';

/** An object to be made. */
export interface NewObject {
  readonly namespace: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The Kubernetes Event of an action. Its name is made of the action's id: made a second time, after an answer that was lost, it meets
 * itself. It is written as it is wanted and not through a recorder, which counts, filters, and writes what it was first told.
 */
export function planEvent(
  id: string,
  wish: CreateEvent,
  { nowMs, reporter }: { readonly nowMs: number; readonly reporter: string },
): NewObject {
  const { about, reason, message, action } = wish;
  const namespace = about.namespace === '' ? DEFAULT_NAMESPACE : about.namespace;
  const at = new Date(wish.atMs ?? nowMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  const component = wish.reporter === '' ? reporter : wish.reporter;
  const involvedObject = Object.fromEntries(Object.entries(about).filter(([, text]) => text !== ''));
  return {
    namespace,
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `castai-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`, namespace },
      involvedObject,
      type: wish.type,
      reason: reason.slice(0, LONGEST_REASON),
      message: cutToBytes(message, LONGEST_MESSAGE_BYTES),
      ...(action === '' ? {} : { action: action.slice(0, LONGEST_REASON) }),
      source: { component },
      reportingComponent: component,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    },
  };
}
