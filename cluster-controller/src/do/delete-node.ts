import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import type { PodName } from '@castai/shared/drain/pod-view.ts';
import type { ActionBody } from '../poll/action.ts';
import { ATTACHMENTS_PATH, nodePath, podPath } from './cluster-paths.ts';
import { type DeletionView, type NodeDeletion, planLeftPods, planNodeDeletion } from './plan-node-deletion.ts';
import { viewAttachment } from './plan-volume-wait.ts';
import { readAll, readNode, readNodePods } from './read-cluster.ts';
import { unlessGone } from './unless-gone.ts';
import { advanced, done, type DoStep, failed, type Task, type WorkContext, type WorkResult } from './work.ts';

type DeleteNode = Extract<ActionBody, { kind: 'deleteNode' }>;

const LOOK_MS = 5000;
/** A machine that was stopped a moment ago is believed alive for its grace period, 40 to 50 s: only after it a refusal means something. */
const REFUSED_AFTER_MS = 90_000;
/** Whatever has put a finalizer on the node (Karpenter does) ends the machine first, which takes minutes. */
const FINALIZED_WITHIN_MS = 600_000;
/** What a kubelet needs beyond a pod's own time to say that it has ended; and nobody's own time is believed beyond ten minutes. */
const END_MS = 30_000;
const LONGEST_END_MS = 600_000;
const AT_ONCE = 8;

/** Deletes the node, then what is left of it: the pods that no kubelet will end, and the attachments that nobody will detach. */
export const deleteNode: DoStep<DeleteNode> = async (task, context, signal) => {
  switch (task.record.step) {
    case 'pods':
      return deletePods(task, context, signal);
    case 'attachments':
      return deleteAttachments(task, context, signal);
    default:
      return deleteObject(task, context, signal);
  }
};

async function deleteObject(
  { body, record }: Task<DeleteNode>,
  context: WorkContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const { client, writer, clock, isEmptied } = context;
  const { target } = record;
  if (target.is !== 'found') return done(record, 'the node was gone before');
  const { name } = body.node;
  let startedAtMs = clock.monotonicMs();
  const ending = new EndingPods(context);
  for (;;) {
    const node = await readNode(client, name, signal);
    const pods = node === undefined ? [] : await readNodePods(client, name, signal);
    const plan = planNodeDeletion({
      ids: body.node,
      target,
      node,
      pods,
      isEmptied: isEmptied(target.uid),
      ...ending.view,
    });
    if (plan.is === 'gone') return advanced(record, 'pods');
    const spentMs = clock.monotonicMs() - startedAtMs;
    if (plan.is === 'end') {
      await ending.end(plan, signal);
      if (writer.isDry) return done(record, 'the node would be deleted');
      // Their time is theirs: what holds the node has all of its own.
      startedAtMs = clock.monotonicMs();
    } else if (plan.is === 'delete') {
      await unlessGone(writer.delete(nodePath(name), { preconditions: { uid: plan.uid } }, signal));
      if (writer.isDry) return done(record, 'the node would be deleted');
      // Looked at at once: only what is not there any more is deleted.
      if ((await readNode(client, name, signal))?.uid !== plan.uid) return advanced(record, 'pods');
    } else if (plan.is === 'ending' && spentMs >= FINALIZED_WITHIN_MS) {
      return failed(record, 'timeout', plan.detail);
    } else if (plan.is === 'refused' && spentMs >= REFUSED_AFTER_MS) {
      return failed(record, 'refused', plan.detail);
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

/** Makes the pods end that run on a machine which is alive, each with the time that it asks for. */
class EndingPods {
  readonly #context: Pick<WorkContext, 'clock' | 'writer'>;
  readonly #uids = new Set<string>();
  readonly #lineages = new Set<string>();
  #overAtMs: number | undefined;

  constructor(context: Pick<WorkContext, 'clock' | 'writer'>) {
    this.#context = context;
  }

  get view(): Pick<DeletionView, 'ended' | 'isWaitOver'> {
    const isWaitOver = this.#overAtMs !== undefined && this.#context.clock.monotonicMs() >= this.#overAtMs;
    return { ended: { uids: this.#uids, lineages: this.#lineages }, isWaitOver };
  }

  async end({ pods, left }: Extract<NodeDeletion, { is: 'end' }>, signal: AbortSignal): Promise<void> {
    const { clock, writer } = this.#context;
    const graceMs = Math.max(...left.map(({ graceSeconds }) => graceSeconds)) * 1000;
    // Once, from the first of them: whatever keeps coming must not keep the node.
    this.#overAtMs ??= clock.monotonicMs() + Math.min(LONGEST_END_MS, graceMs + END_MS);
    const remove = async (pod: PodName): Promise<void> => void (await writer.pods.remove(pod, signal));
    await forEachAtOnce(pods, AT_ONCE, (pod) => unlessGone(remove(pod)));
    for (const { uid, lineage } of left) {
      this.#uids.add(uid);
      this.#lineages.add(lineage);
    }
  }
}

async function deletePods(
  { body, record }: Task<DeleteNode>,
  { client, writer }: WorkContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const { name } = body.node;
  // In this order: what is listed before there is a machine of that name again cannot be that one's.
  const left = await readNodePods(client, name, signal);
  const pods = planLeftPods(await readNode(client, name, signal), left);
  await forEachAtOnce(pods, AT_ONCE, async (pod) => {
    const options = { gracePeriodSeconds: 0, preconditions: { uid: pod.uid } };
    await unlessGone(writer.delete(podPath(pod), options, signal));
  });
  return advanced(record, 'attachments');
}

async function deleteAttachments(
  { body, record }: Task<DeleteNode>,
  { client, writer }: WorkContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const { name } = body.node;
  const all = await readAll(client, { path: ATTACHMENTS_PATH, view: viewAttachment }, signal);
  const attachments = all.filter(({ nodeName }) => nodeName === name);
  // After the list, as with the pods.
  if ((await readNode(client, name, signal)) !== undefined)
    return done(record, 'the node is deleted; its name is in use again');
  await forEachAtOnce(attachments, AT_ONCE, async ({ name: attachment, uid }) => {
    await unlessGone(
      writer.delete(`${ATTACHMENTS_PATH}/${encodeURIComponent(attachment)}`, { preconditions: { uid } }, signal),
    );
  });
  return done(record, `the node is deleted, and ${attachments.length} attachments with it`);
}
