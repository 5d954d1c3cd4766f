import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import { type KubeObject, toKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ActionBody, CreateObject, ObjectId, PatchObject } from '../poll/action.ts';
import { collectionPath, objectPath } from './cluster-paths.ts';
import { isRepeatable, type ObjectPlan, planObjectPatch, planObjectUpdate } from './plan-object.ts';
import { readObject } from './read-cluster.ts';
import { unlessGone } from './unless-gone.ts';
import { done, type DoStep, failed, type Task, type WorkContext, type WorkResult } from './work.ts';

/** Answers after which it is certain that nothing was changed; after any other it may have been, an answer in pieces among them. */
const SAID_NO: ReadonlySet<KubeErrorCode> = new Set([
  'KUBE_BAD_REQUEST',
  'KUBE_CONFLICT',
  'KUBE_FORBIDDEN',
  'KUBE_INVALID',
  'KUBE_METHOD_NOT_ALLOWED',
  'KUBE_NOT_ACCEPTABLE',
  'KUBE_NOT_FOUND',
  'KUBE_THROTTLED',
  'KUBE_UNAUTHORIZED',
]);

type DeleteObject = Extract<ActionBody, { kind: 'delete' }>;

/** Patches the object that was meant. One that is gone needs no patch. */
export const patchObject: DoStep<PatchObject> = async ({ body, record, isResumed }, context, signal) => {
  if (record.target.is !== 'found') return done(record, 'the object is gone: nothing is left to patch');
  if (isResumed && !isRepeatable(body)) {
    return failed(
      record,
      'internal',
      'it was begun before and not heard of again: whether it was done cannot be told, and twice would not be the same',
    );
  }
  const live = await readLive(body.object, context, signal);
  if (live?.metadata.uid !== record.target.uid) return done(record, 'the object is gone: nothing is left to patch');
  return apply({ record, body, plan: planObjectPatch(body, live) }, context, signal);
};

/** Makes an object, or has the one that is there say what is wanted of it. */
export const createObject: DoStep<CreateObject> = async ({ body, record }, context, signal) => {
  const live = await readLive(body.object, context, signal);
  if (live !== undefined) return apply({ record, body, plan: planObjectUpdate(body, live) }, context, signal);
  // Throws KUBE_CONFLICT when somebody was faster: it is read, then.
  await context.writer.create(collectionPath(body.object), body.manifest, signal);
  return done(record, 'the object is made');
};

/** Deletes the object that was meant. */
export const deleteObject: DoStep<DeleteObject> = async ({ body, record }, { writer }, signal) => {
  const { target } = record;
  if (target.is !== 'found') return done(record, 'the object is gone');
  await unlessGone(writer.delete(objectPath(body.object), { preconditions: { uid: target.uid } }, signal));
  return done(record, 'the object is deleted');
};

async function readLive(
  object: ObjectId,
  { client }: WorkContext,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  return toKubeObject(await readObject(client, objectPath(object), signal));
}

async function apply(
  { record, body, plan }: Pick<Task<PatchObject | CreateObject>, 'record' | 'body'> & { readonly plan: ObjectPlan },
  context: WorkContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  if (plan.is === 'refused') return failed(record, plan.code, plan.detail);
  if (plan.is === 'same') return done(record, 'the object is what it is to be');
  const patch =
    plan.is === 'jsonPatch'
      ? ({ contentType: 'application/json-patch+json', body: plan.operations } as const)
      : ({ contentType: 'application/merge-patch+json', body: plan.body } as const);
  try {
    await context.writer.patch(objectPath(body.object), patch, signal);
  } catch (error) {
    const isOpen = error instanceof KubeError && !SAID_NO.has(error.code);
    if (isOpen && body.kind === 'patch' && !isRepeatable(body)) {
      return failed(
        record,
        'unavailable',
        `whether it was done cannot be told, and twice would not be the same: ${error.message}`,
      );
    }
    throw error;
  }
  return done(record, 'the object is patched');
}
