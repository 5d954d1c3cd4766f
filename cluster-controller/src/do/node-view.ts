import { isRecord, toKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { Texts } from '../poll/action.ts';

/** What is looked at of a node. */
export interface NodeView {
  readonly name: string;
  readonly uid: string;
  /** Absent: the node has none at all, so that adding one has to make the map first. */
  readonly labels: Texts | undefined;
  readonly annotations: Texts | undefined;
  readonly providerId: string;
  /** It was deleted, and is there as long as there are finalizers. */
  readonly isEnding: boolean;
  readonly finalizers: readonly string[];
  readonly unschedulable: boolean;
  /** As they are, because they are tested for; absent: the node has none. */
  readonly taints: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** The status of the Ready condition: `True`, `False`, `Unknown` (the kubelet has gone silent), or empty when there is none. */
  readonly ready: string;
  readonly capacity: Texts | undefined;
}

/** The platform's name of a node. */
export const NODE_ID_LABEL = 'provisioner.cast.ai/node-id';

/** Reads a Node; undefined for anything else, whatever the server says that it is. */
export function viewNode(value: unknown): NodeView | undefined {
  const object = toKubeObject(value);
  if (object?.metadata.uid === undefined) return undefined;
  const { name, uid, labels, annotations, deletionTimestamp, finalizers } = object.metadata;
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const status = isRecord(object['status']) ? object['status'] : {};
  const { providerID, taints } = spec;
  const conditions: unknown[] = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const ready = conditions.filter(isRecord).find(({ type }) => type === 'Ready')?.['status'];
  return {
    name,
    uid,
    labels: textsOf(labels),
    annotations: textsOf(annotations),
    providerId: typeof providerID === 'string' ? providerID : '',
    isEnding: deletionTimestamp !== undefined,
    finalizers: Array.isArray(finalizers) ? finalizers.filter((one) => typeof one === 'string').slice(0, 10) : [],
    unschedulable: spec['unschedulable'] === true,
    taints: Array.isArray(taints) ? taints.filter(isRecord) : undefined,
    ready: typeof ready === 'string' ? ready : '',
    capacity: textsOf(status['capacity']),
  };
}

function textsOf(value: unknown): Texts | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
