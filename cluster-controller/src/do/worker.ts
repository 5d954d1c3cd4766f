import { Backoff } from '@castai/shared/async/backoff.ts';
import { toKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ActionTarget } from '../claim/action-record.ts';
import type { ActionBody, NodeIds } from '../poll/action.ts';
import { createObject, deleteObject, patchObject } from './change-object.ts';
import { checkNodeDeleted, checkNodeStatus } from './check-node.ts';
import { isMeant } from './classify-node.ts';
import { classifyWorkError } from './classify-work-error.ts';
import { objectPath, podPath } from './cluster-paths.ts';
import { createEvent } from './create-event.ts';
import { deleteNode } from './delete-node.ts';
import { drainNode } from './drain-node.ts';
import { evictPod } from './evict-pod.ts';
import { Outage } from './outage.ts';
import { patchNode } from './patch-node.ts';
import { readNode, readObject } from './read-cluster.ts';
import { failed, type Task, type WorkContext, type WorkResult } from './work.ts';

const PAUSES = { initialMs: 500, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 } as const;
/** How long an API server may be away in the middle of a step; an upgrade of a control plane takes minutes. */
const PATIENCE_MS = 600_000;
/** How often something may change between reading and writing before it is no coincidence. */
const MOST_CHANGES = 5;

/** Does the steps of actions: each as its kind does, and again while that may help. */
export class Worker {
  readonly #context: WorkContext;

  constructor(context: WorkContext) {
    this.#context = context;
  }

  /** What an action is about, as it is now. Throws a `KubeError`, or the signal's reason. */
  async resolve(body: ActionBody, signal: AbortSignal): Promise<ActionTarget> {
    switch (body.kind) {
      case 'drainNode':
      case 'deleteNode':
      case 'patchNode':
        return this.#resolveNode(body.node, signal);
      case 'evictPod':
        return this.#resolveObject(podPath(body), signal);
      case 'patch':
      case 'delete':
        return this.#resolveObject(objectPath(body.object), signal);
      case 'create':
      case 'createEvent':
      case 'checkNodeDeleted':
      case 'checkNodeStatus':
      case 'disconnectCluster':
        return { is: 'none' };
    }
  }

  /**
   * Does a step. Ways back to a request: something has changed since it was read (at once, five times at most), or the API server is away
   * or has no time (a pause that grows up to 30 s, Retry-After among it, for ten minutes of it being away). Rejects with the signal's reason only.
   */
  async work(task: Task, signal: AbortSignal): Promise<WorkResult> {
    const { clock } = this.#context;
    const backoff = new Backoff(PAUSES, this.#context);
    const outage = new Outage(clock);
    const context = { ...this.#context, client: outage.listen(this.#context.client) };
    for (let changes = 0; ;) {
      outage.tries();
      try {
        return await step(task, context, signal);
      } catch (error) {
        signal.throwIfAborted();
        const failure = classifyWorkError(error);
        const { code, detail } = failure;
        if (failure.is === 'final') return failed(task.record, code, detail);
        if (failure.is === 'changed') {
          changes += 1;
          if (changes > MOST_CHANGES) return failed(task.record, code, detail);
          continue;
        }
        if (outage.fails() >= PATIENCE_MS) return failed(task.record, code, detail);
        await clock.sleep(backoff.next(failure.retryAfterMs), signal);
      }
    }
  }

  async #resolveNode(ids: NodeIds, signal: AbortSignal): Promise<ActionTarget> {
    const node = await readNode(this.#context.client, ids.name, signal);
    if (node === undefined) return { is: 'gone' };
    return isMeant(node, ids) ? { is: 'found', uid: node.uid, node: node.name } : { is: 'mismatch' };
  }

  async #resolveObject(path: string, signal: AbortSignal): Promise<ActionTarget> {
    const uid = toKubeObject(await readObject(this.#context.client, path, signal))?.metadata.uid;
    return uid === undefined ? { is: 'gone' } : { is: 'found', uid };
  }
}

async function step({ body, ...rest }: Task, context: WorkContext, signal: AbortSignal): Promise<WorkResult> {
  switch (body.kind) {
    case 'drainNode':
      return drainNode({ body, ...rest }, context, signal);
    case 'deleteNode':
      return deleteNode({ body, ...rest }, context, signal);
    case 'patchNode':
      return patchNode({ body, ...rest }, context, signal);
    case 'createEvent':
      return createEvent({ body, ...rest }, context, signal);
    case 'checkNodeDeleted':
      return checkNodeDeleted({ body, ...rest }, context, signal);
    case 'checkNodeStatus':
      return checkNodeStatus({ body, ...rest }, context, signal);
    case 'evictPod':
      return evictPod({ body, ...rest }, context, signal);
    case 'patch':
      return patchObject({ body, ...rest }, context, signal);
    case 'create':
      return createObject({ body, ...rest }, context, signal);
    case 'delete':
      return deleteObject({ body, ...rest }, context, signal);
    case 'disconnectCluster':
      return failed(rest.record, 'unsupported', 'it is refused before it is begun');
  }
}
