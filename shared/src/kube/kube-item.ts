import type { KubeObject, ObjectMeta } from './kube-object.ts';

/**
 * One object as it came: its metadata, which every encoding gives, and all of it in its encoding. JSON comes parsed. Kubernetes'
 * protobuf would be another member of this type: bytes, of which only the metadata is read here.
 */
export interface KubeItem {
  readonly encoding: 'JSON';
  readonly metadata: ObjectMeta;
  readonly object: KubeObject;
}

/** An object in JSON. */
export function jsonItem(object: KubeObject): KubeItem {
  return { encoding: 'JSON', metadata: object.metadata, object };
}

/**
 * What tells an object from others of its list or watch. Virtual objects (metrics.k8s.io) have no uid, or an empty one: there their name is
 * as unique.
 */
export function uidOf({ uid = '', namespace = '', name }: ObjectMeta): string {
  return uid === '' ? `${namespace}/${name}` : uid;
}
