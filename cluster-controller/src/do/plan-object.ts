import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { isObject } from '@castai/shared/kube/read-value.ts';
import type { AckCode } from '../ack/ack-code.ts';
import type { CreateObject, ObjectId, PatchObject } from '../poll/action.ts';
import { testUid } from './patch-operation.ts';

/** What the API server is to be sent, or why not. */
export type ObjectPlan =
  | { readonly is: 'jsonPatch'; readonly operations: readonly unknown[] }
  /** The body names the version that it relies on: another one is a 409. */
  | { readonly is: 'mergePatch'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly is: 'same' }
  | { readonly is: 'refused'; readonly code: AckCode; readonly detail: string };

/** What every object has, as it is there now. */
export interface LiveObject {
  readonly metadata: { readonly uid?: string; readonly resourceVersion?: string };
  readonly [member: string]: unknown;
}

/** A collection as the allow-list and people write it: `things.example.com`, `configmaps`. */
function collectionName({ group, resource }: Pick<ObjectId, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/**
 * Why a collection is out of bounds; undefined when it is not. An entry `*.example.com` allows a whole group. Nodes are never allowed:
 * they have kinds of their own, which leave alone what is not ours.
 */
export function whyOutOfBounds(object: ObjectId, allowed: readonly string[]): string | undefined {
  const name = collectionName(object);
  if (object.group === '' && object.resource === 'nodes') return 'nodes are changed by actions of their own kinds only';
  const isAllowed = allowed.some((entry) => entry === name || (object.group !== '' && entry === `*.${object.group}`));
  return isAllowed ? undefined : `${name} is not among the resources that are allowed here`;
}

/** The patch of an action against what is there. */
export function planObjectPatch({ patchType, patch }: PatchObject, live: LiveObject): ObjectPlan {
  const { uid = '', resourceVersion } = live.metadata;
  switch (patchType) {
    case 'application/json-patch+json':
      if (!Array.isArray(patch)) return invalid('a JSON patch is a list');
      return patch.length === 0 ? { is: 'same' } : { is: 'jsonPatch', operations: [testUid(uid), ...patch] };
    case 'application/merge-patch+json': {
      if (!isRecord(patch)) return invalid('a merge patch is an object');
      const metadata = isRecord(patch['metadata']) ? patch['metadata'] : {};
      return { is: 'mergePatch', body: { ...patch, metadata: { ...metadata, resourceVersion } } };
    }
    case 'application/strategic-merge-patch+json':
      // Custom resources know none, and of others it replaces lists without a merge key whole.
      return {
        is: 'refused',
        code: 'unsupported',
        detail: `${patchType} is not carried out: send a merge patch or a JSON patch`,
      };
  }
}

/** What the API server changes with every change. */
const CHANGED_BY_ALL = ['/metadata/resourceVersion', '/metadata/generation', '/metadata/managedFields'];

/** Whether a patch may be sent again without knowing whether it was taken: it then says the same. */
export function isRepeatable({ patchType, patch }: PatchObject): boolean {
  if (patchType !== 'application/json-patch+json' || !Array.isArray(patch)) return true;
  const operations = patch.filter(isRecord);
  const changed = operations.flatMap(({ op, path }) => (op === 'test' || typeof path !== 'string' ? [] : [path]));
  return operations.every(({ op, path }) => {
    if (op === 'replace') return true;
    // Of what the patch changes it does not hold a second time: that it was done would be told as a failure.
    if (op === 'test')
      return typeof path !== 'string' || ![...changed, ...CHANGED_BY_ALL].some((other) => isWithin(path, other));
    // A place in a list, and its end, are other places the second time.
    return op === 'add' && typeof path === 'string' && !/\/(?:-|\d+)$/u.test(path);
  });
}

/** Whether one of two places is the other, or holds it. */
function isWithin(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}

/** Not ours to set: the API server's, other controllers', or a matter of who waits for what. */
const LEFT_ALONE = new Set(['status', 'apiVersion', 'kind']);
const LEFT_ALONE_OF_METADATA = new Set([
  'managedFields',
  'finalizers',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'selfLink',
  'name',
  'namespace',
]);

/**
 * What makes an object that is there say what an action wants of it: only members that the action names, so that what others have added
 * (labels, annotations, fields with defaults) stays. Lists are taken as a whole.
 */
export function planObjectUpdate({ manifest }: CreateObject, live: LiveObject): ObjectPlan {
  const { metadata, ...rest } = manifest;
  const wanted = Object.fromEntries(Object.entries(rest).filter(([name]) => !LEFT_ALONE.has(name)));
  const wantedMetadata = Object.fromEntries(
    Object.entries(isRecord(metadata) ? metadata : {}).filter(([name]) => !LEFT_ALONE_OF_METADATA.has(name)),
  );
  const [body, meta] = [differenceOf(wanted, live), differenceOf(wantedMetadata, live.metadata)];
  if (Object.keys(body).length + Object.keys(meta).length === 0) return { is: 'same' };
  return { is: 'mergePatch', body: { ...body, metadata: { ...meta, resourceVersion: live.metadata.resourceVersion } } };
}

/** The members that differ. Null says nothing: in a merge patch it would take away. */
function differenceOf(
  wanted: Readonly<Record<string, unknown>>,
  live: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const difference: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const current = Object.hasOwn(live, name) ? live[name] : undefined;
    if (value === null || isDeepStrictEqual(value, current)) continue;
    if (!isObject(value) || !isObject(current)) {
      difference[name] = value;
      continue;
    }
    const inner = differenceOf(value, current);
    if (Object.keys(inner).length > 0) difference[name] = inner;
  }
  return difference;
}

function invalid(detail: string): ObjectPlan {
  return { is: 'refused', code: 'invalid', detail };
}
