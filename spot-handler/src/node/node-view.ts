import { CastaiError } from '@castai/shared/errors.ts';
import { isKubeObject, isRecord } from '@castai/shared/kube/kube-object.ts';

/** One taint, as far as we need it; the fields are those of the API. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly [field: string]: unknown;
}

/** What this program looks at of its node; the rest of the object is let go, because it is large. */
export interface NodeView {
  readonly name: string;
  /** Another uid under the same name is another node. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** `spec.providerID`, or what the annotation puts in its place. */
  readonly providerId: string | undefined;
  /** The platform's own id of a node that it made; empty for others. */
  readonly nodeId: string;
  readonly hasLabels: boolean;
  readonly hasAnnotations: boolean;
  /** Value of the draining label. */
  readonly drainingLabel: string | undefined;
  /** Our annotation. */
  readonly record: string | undefined;
  /** Absent where the field is, which a patch has to know. */
  readonly taints: readonly Taint[] | undefined;
  readonly unschedulable: boolean;
}

/** Label by which the platform knows its node. */
const NODE_ID_LABEL = 'provisioner.cast.ai/node-id';
/** Annotation that stands in for `spec.providerID`, which nobody can change. */
const PROVIDER_ID_ANNOTATION = 'provisioner.cast.ai/override-provider-id';
/** Label and taint key that say that a node is being emptied; the platform's, on all clouds. */
export const DRAINING = 'autoscaling.cast.ai/draining';
/** Annotation in which this program writes down what it did. */
export const RECORD_ANNOTATION = 'autoscaling.cast.ai/spot-handler';

/** Reads a Node. Throws `KUBE_STREAM_BROKEN` for anything else, whatever the server says that it is. */
export function viewNode(object: unknown): NodeView {
  if (!isKubeObject(object) || object.metadata.uid === undefined) {
    throw new CastaiError('KUBE_STREAM_BROKEN', 'the API server gave something that is not a node');
  }
  const { name, uid, resourceVersion = '' } = object.metadata;
  const labels = object.metadata['labels'];
  const annotations = object.metadata['annotations'];
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const override = textIn(annotations, PROVIDER_ID_ANNOTATION);
  return {
    name,
    uid,
    resourceVersion,
    providerId: override ?? textIn(spec, 'providerID'),
    nodeId: textIn(labels, NODE_ID_LABEL) ?? '',
    hasLabels: isRecord(labels),
    hasAnnotations: isRecord(annotations),
    drainingLabel: textIn(labels, DRAINING),
    record: textIn(annotations, RECORD_ANNOTATION),
    taints: Array.isArray(spec['taints']) ? spec['taints'].filter(isTaint) : undefined,
    unschedulable: spec['unschedulable'] === true,
  };
}

function textIn(record: unknown, key: string): string | undefined {
  const value = isRecord(record) ? record[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isTaint(value: unknown): value is Taint {
  return isRecord(value) && typeof value['key'] === 'string' && typeof value['effect'] === 'string';
}
