import type { ObjectId } from '../poll/action.ts';

/** Path of a node; names were looked at when the action was read. */
export function nodePath(name: string): string {
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}

/** Path of a pod. */
export function podPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/** Path of the events of a namespace. */
export function eventsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

/** Where attachments are listed; each has its name below. */
export const ATTACHMENTS_PATH = '/apis/storage.k8s.io/v1/volumeattachments';

/** Path of the collection of an object, in its namespace if it has one. */
export function collectionPath({ group, version, resource, namespace }: ObjectId): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${place}/${resource}`;
}

/** Path of an object. */
export function objectPath(object: ObjectId): string {
  return `${collectionPath(object)}/${encodeURIComponent(object.name)}`;
}
