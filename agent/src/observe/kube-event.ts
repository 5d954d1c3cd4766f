import type { OwnWorkload } from '../connect/find-own-workload.ts';
import type { Telling } from './event-series-state.ts';

/** What an Event is about, and what type Kubernetes gives it: a closed set, because the chart's Role names the objects. */
export const EVENT_TYPES = {
  Registered: 'Normal',
  DeliveryLost: 'Warning',
  DeliveryRegained: 'Normal',
  KeyRefused: 'Warning',
  Fenced: 'Warning',
} as const;

/** One of them. */
export type EventReason = keyof typeof EVENT_TYPES;

/** The Event as the API server takes it. */
export interface KubeEvent {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly [field: string]: unknown;
}

/** The API's bound on what a newer Event says; older ones have none, and nobody reads more. */
const MOST_BYTES = 1_024;
const COMPONENT = 'castai-agent';

/** The name of the object in which a reason is told of a workload: always the same one, so that a right can be given to it alone. */
export function eventName(workload: string, reason: EventReason): string {
  return `${workload}.${reason.replaceAll(/(?<=.)[A-Z]/gu, (letter) => `-${letter}`).toLowerCase()}`;
}

/**
 * The Event as it is applied. Of the core group and with its older fields, as the controllers of Kubernetes write theirs: every `kubectl
 * describe` reads these, those before 1.23 nothing else; and unlike `events.k8s.io/v1` it may say something else when it comes again.
 */
export function kubeEvent(
  { reason, workload, reporter }: { reason: EventReason; workload: OwnWorkload; reporter: string },
  { message, count, firstAtMs, lastAtMs }: Telling,
): KubeEvent {
  const { namespace, name } = workload;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: eventName(name, reason) },
    involvedObject: workload,
    type: EVENT_TYPES[reason],
    reason,
    message: cut(message),
    count,
    firstTimestamp: timestamp(firstAtMs),
    lastTimestamp: timestamp(lastAtMs),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: reporter,
  };
}

/** The API's `Time` has whole seconds. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/u, 'Z');

/** By bytes, and not within a character. */
function cut(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MOST_BYTES) return message;
  const kept = new TextDecoder().decode(bytes.subarray(0, MOST_BYTES - '…'.length * 3), { stream: true });
  return `${kept}…`;
}
