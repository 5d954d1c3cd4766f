import { isDaemonKind } from '@castai/shared/kube/daemon-kind.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type Marks, readMarks } from './marks.ts';
import { type Part, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { type Labels, labelsIn } from './parts.ts';
import { controllerOf, type PodOwner } from './pod-owner.ts';
import { type PodDemand, readDemand } from './pod-demand.ts';
import { sameText, type ViewInterners } from './view-interners.ts';

/** What is kept of a pod. All that it has in common with the others of its template is shared with them. */
export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty while it waits for a place. */
  readonly nodeName: string;
  readonly labels: Labels;
  readonly demand: PodDemand;
  /** Whoever makes it anew; undefined for a pod that nobody would. */
  readonly owner: PodOwner | undefined;
  /** Names of its claims, those that are made for it alone among them. */
  readonly claims: readonly string[];
  readonly marks: Marks;
  /** All its containers have ended for good: it takes no place. */
  readonly isOver: boolean;
  /** It was asked to end and is still there. */
  readonly isEnding: boolean;
  readonly isReady: boolean;
  /** The kubelet's own, or one of a DaemonSet: it ends with its node and needs no other. */
  readonly isOfNode: boolean;
}

/** Reads a Pod. */
export function readPod(object: KubeObject, interners: ViewInterners): PodRecord {
  const { uid = '', namespace = '', name } = object.metadata;
  const spec = recordIn(object['spec']);
  const status = recordIn(object['status']);
  const owner = controllerOf(object.metadata);
  return {
    uid,
    namespace: sameText(interners, namespace),
    name,
    nodeName: sameText(interners, textIn(spec['nodeName'])),
    labels: interners.labels.same(labelsIn(object.metadata['labels'])),
    demand: interners.demands.same(readDemand(object)),
    owner: owner === undefined ? undefined : interners.owners.same(owner),
    claims: interners.claims.same(readClaims(spec, name)),
    marks: interners.marks.same(readMarks(object.metadata)),
    isOver: status['phase'] === 'Succeeded' || status['phase'] === 'Failed',
    isEnding: typeof object.metadata['deletionTimestamp'] === 'string',
    isReady: recordsIn(status['conditions']).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    isOfNode: isOfNode(object.metadata, owner),
  };
}

function isOfNode(metadata: Part, owner: PodOwner | undefined): boolean {
  const isMirror = recordIn(metadata['annotations'])['kubernetes.io/config.mirror'] !== undefined;
  return isMirror || owner?.kind === 'Node' || isDaemonKind(owner?.kind ?? '');
}

/** The claim of an ephemeral volume is called after the pod and the volume. */
function readClaims(spec: Part, podName: string): string[] {
  return recordsIn(spec['volumes']).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (ephemeral !== undefined) return [`${podName}-${textIn(name)}`];
    const claim = textIn(recordIn(persistentVolumeClaim)['claimName']);
    return claim === '' ? [] : [claim];
  });
}
