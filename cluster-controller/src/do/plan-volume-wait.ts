import { isRecord, toKubeObject } from '@castai/shared/kube/kube-object.ts';

/** A VolumeAttachment, as far as it is looked at. */
export interface Attachment {
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
  /** Empty: a volume that has no object of its own. */
  readonly volume: string;
}

/** Reads a VolumeAttachment; undefined for anything else. */
export function viewAttachment(value: unknown): Attachment | undefined {
  const object = toKubeObject(value);
  if (object?.metadata.uid === undefined) return undefined;
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const source = isRecord(spec['source']) ? spec['source'] : {};
  const { nodeName } = spec;
  const volume = source['persistentVolumeName'];
  return {
    name: object.metadata.name,
    uid: object.metadata.uid,
    nodeName: typeof nodeName === 'string' ? nodeName : '',
    volume: typeof volume === 'string' ? volume : '',
  };
}

/** The claims of a pod, as `namespace/name`; none for what is no pod. Those that a pod makes for itself are named after it. */
export function claimsOf(value: unknown): readonly string[] {
  const object = toKubeObject(value);
  if (object === undefined) return [];
  const { name, namespace = '' } = object.metadata;
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const volumes: unknown[] = Array.isArray(spec['volumes']) ? spec['volumes'] : [];
  return volumes.filter(isRecord).flatMap((volume) => {
    const { persistentVolumeClaim: claim, ephemeral, name: volumeName } = volume;
    if (isRecord(claim) && typeof claim['claimName'] === 'string') return [`${namespace}/${claim['claimName']}`];
    return isRecord(ephemeral) && typeof volumeName === 'string' ? [`${namespace}/${name}-${volumeName}`] : [];
  });
}

/**
 * The attachments that a drained node has to lose before its machine may go: all but those of the pods that stay (DaemonSets), which
 * nobody detaches. `kept`: names of the volumes of those pods.
 */
export function awaitedAttachments(
  attachments: readonly Attachment[],
  nodeName: string,
  kept: ReadonlySet<string>,
): readonly Attachment[] {
  return attachments.filter((one) => one.nodeName === nodeName && (one.volume === '' || !kept.has(one.volume)));
}
