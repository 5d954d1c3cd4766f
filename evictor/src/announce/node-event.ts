import { eventName } from '@castai/shared/kube/event-name.ts';
import { DRIFT_REASONS } from '../judge/judge-drift.ts';
import type { FoundNews } from './announce-state.ts';

const COMPONENT = 'castai-evictor';
/** The API server's limit. */
const MOST_CHARACTERS = 1_024;
/** Events of objects without a namespace are kept in this one. */
export const EVENT_NAMESPACE = 'default';

/** The Kubernetes Event that tells something of a node. `id` makes its name one of its own. */
export function nodeEvent(
  { node, code, detail }: FoundNews,
  { id, atMs, reporter }: { readonly id: string; readonly atMs: number; readonly reporter: string },
): Readonly<Record<string, unknown>> {
  // The API's `Time` has whole seconds.
  const at = new Date(atMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName(node, id), namespace: EVENT_NAMESPACE },
    // The kubelet's events carry the name in place of the uid; `kubectl describe node` looks for both.
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: node, uid: node },
    ...textOf(code, detail),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: reporter,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}

function textOf(code: FoundNews['code'], detail: string) {
  if (code === 'could_go') {
    const message = 'Its pods would find places elsewhere whatever the scheduler does: the node could be removed.';
    return { type: 'Normal', reason: 'NodeCouldGo', message };
  }
  const { words, cure } = DRIFT_REASONS[code];
  const facts = detail === '' ? '' : ` (${detail})`;
  return {
    type: 'Warning',
    reason: 'NodeDrift',
    message: `${code}: ${words}${facts} ${cure}`.slice(0, MOST_CHARACTERS),
  };
}
