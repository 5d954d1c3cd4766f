import { createHash } from 'node:crypto';
import { eventName } from '@castai/shared/kube/event-name.ts';
import { cutToBytes } from '../ack/ack-text.ts';
import type { CreateEvent } from '../poll/action.ts';
import type { NodeNews } from './work.ts';

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
  const component = wish.reporter === '' ? reporter : wish.reporter;
  const involvedObject = Object.fromEntries(Object.entries(about).filter(([, text]) => text !== ''));
  return toEvent({
    metadata: { name: `castai-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`, namespace },
    involvedObject,
    told: {
      type: wish.type,
      reason: reason.slice(0, LONGEST_REASON),
      message,
      ...(action === '' ? {} : { action: action.slice(0, LONGEST_REASON) }),
    },
    component,
    atMs: wish.atMs ?? nowMs,
  });
}

/** The Kubernetes Event that tells something of a node. `id` makes its name one of its own. */
export function planNodeEvent(
  node: { readonly name: string; readonly uid: string },
  news: NodeNews,
  { id, atMs, reporter }: { readonly id: string; readonly atMs: number; readonly reporter: string },
): NewObject {
  return toEvent({
    metadata: { name: eventName(node.name, id), namespace: DEFAULT_NAMESPACE },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid },
    told: news,
    component: reporter,
    atMs,
  });
}

/** What the events of an action and those of our own have in common. */
interface EventParts {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly involvedObject: object;
  readonly told: NodeNews & { readonly action?: string };
  readonly component: string;
  readonly atMs: number;
}

function toEvent({ metadata, involvedObject, told, component, atMs }: EventParts): NewObject {
  // The API's `Time` has whole seconds.
  const at = new Date(atMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  return {
    namespace: metadata.namespace,
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      involvedObject,
      ...told,
      message: cutToBytes(told.message, LONGEST_MESSAGE_BYTES),
      source: { component },
      reportingComponent: component,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    },
  };
}
