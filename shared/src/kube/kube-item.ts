import type { KubeObject, ObjectMeta } from './kube-object.ts';

/** One object as it came: its metadata, and what of it is wanted as JSON has it. */
export interface KubeItem {
  readonly encoding: 'JSON';
  readonly metadata: ObjectMeta;
  readonly object: KubeObject;
  /** All of it, if it came so. */
  readonly protobuf?: ProtobufObject | undefined;
}

/** An object in Kubernetes' protobuf. */
export interface ProtobufObject {
  /** Its message in the tables: `core.v1.Pod`. */
  readonly message: string;
  /** Of the memory in which it came: not to be kept. */
  readonly bytes: Buffer;
}

/** An object in JSON. */
export function jsonItem(object: KubeObject): KubeItem {
  return { encoding: 'JSON', metadata: object.metadata, object };
}

/** An object in protobuf, of which `object` is what is wanted. */
export function protobufItem(object: KubeObject, protobuf: ProtobufObject): KubeItem {
  return { encoding: 'JSON', metadata: object.metadata, object, protobuf };
}

/**
 * What tells an object from others of its list or watch. Virtual objects (metrics.k8s.io) have no uid, or an empty one: there their name is
 * as unique.
 */
export function uidOf({ uid = '', namespace = '', name }: ObjectMeta): string {
  return uid === '' ? `${namespace}/${name}` : uid;
}
