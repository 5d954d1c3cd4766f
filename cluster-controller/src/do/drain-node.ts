import { Backoff } from '@castai/shared/async/backoff.ts';
import type { EvictionAnswer } from '@castai/shared/drain/classify-eviction.ts';
import type { DrainOutcome, HeldPod } from '@castai/shared/drain/drain-signals.ts';
import { Drain } from '@castai/shared/drain/drain.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord, toKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { DrainNode } from '../poll/action.ts';
import { isMeant } from './classify-node.ts';
import { ATTACHMENTS_PATH, nodePath } from './cluster-paths.ts';
import type { NodeView } from './node-view.ts';
import { drainOutcome, planDrain } from './plan-drain.ts';
import { planCordon } from './plan-node-patch.ts';
import { type Attachment, awaitedAttachments, claimsOf, viewAttachment } from './plan-volume-wait.ts';
import { PodGate } from './pod-gate.ts';
import { podsOn, readAll, readNode, readObject } from './read-cluster.ts';
import { advanced, done, type DoStep, type Task, type WorkContext, type WorkResult } from './work.ts';

const GONE = 'the node is gone: nothing is left to drain';
/** Budgets change when pods become ready elsewhere, which takes seconds; half a minute later somebody has to do something. */
const PAUSES = { initialMs: 5000, maxMs: 30_000, factor: 2, resetAfterMs: 3_600_000 } as const;
const LOOK_MS = 5000;

/** Cordons the node, has its pods leave, and where it is wanted waits for its volumes. */
export const drainNode: DoStep<DrainNode> = async (task, context, signal) => {
  switch (task.record.step) {
    case 'cordon':
      return cordon(task, context, signal);
    case 'volumes':
      return awaitVolumes(task, context, signal);
    default:
      return evict(task, context, signal);
  }
};

async function cordon(
  { body, record }: Task<DrainNode>,
  context: WorkContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const node = await meantNode({ body, record }, context, signal);
  if (node === undefined) return done(record, GONE);
  const operations = planCordon(node, true);
  if (operations.length > 0) {
    const patch = { contentType: 'application/json-patch+json', body: operations } as const;
    await context.writer.patch(nodePath(node.name), patch, signal);
  }
  return advanced(record, 'evict', { isCordonOurs: operations.length > 0 });
}

async function evict(task: Task<DrainNode>, context: WorkContext, signal: AbortSignal): Promise<WorkResult> {
  const { body, record } = task;
  const { client, writer, clock, observer, forcesMarked } = context;
  const node = await meantNode(task, context, signal);
  if (node === undefined) return done(record, GONE);
  const gate = new PodGate({ client, writer: writer.pods, forcesMarked });
  const pauses = new Backoff(PAUSES, context);
  let isGone = false;
  let told: Block | undefined;
  const drain: Drain = new Drain({
    client: onlyWhile(client, async (limited) => {
      isGone = (await meantNode(task, context, limited)) === undefined;
      return !isGone;
    }),
    nodeName: node.name,
    policy: planDrain(body, clock.now() - record.claimedAtMs),
    writer: gate,
    nextPauseMs: (retryAfterMs) => pauses.next(retryAfterMs),
    clock,
    observer: {
      onPlanned: (count) => observer.onNodeNews(node, news('Normal', 'Draining', `${count} pods are asked to leave`)),
      onAnswer: (_pod, _answer: EvictionAnswer) => undefined,
      onListFailed: () => undefined,
      onHeld: (held) => {
        observer.onHeld(record.id, held);
        const refused = held.filter(({ reason }) => reason !== 'ending' && reason !== 'unasked');
        const block = refused.some(({ reason }) => LASTING.has(reason)) ? 'lasting' : 'passing';
        if (refused.length === 0 || told === block || told === 'lasting') return;
        told = block;
        observer.onNodeNews(node, news('Warning', 'DrainBlocked', blockText(refused)));
      },
      onAllAsked: () => undefined,
    },
  });
  let outcome: DrainOutcome;
  try {
    outcome = await drain.run(signal);
  } finally {
    // Also when the term ends: whoever goes on with it tells what holds it up then.
    observer.onHeld(record.id, []);
  }
  const { held } = drain;
  if (isGone || outcome === 'stopped') return done(record, GONE);
  const forced = (record.progress.forced ?? 0) + gate.forcedCount;
  const result = drainOutcome(outcome, held, { timeoutMs: body.timeoutMs, forced });
  const progress = { ...record.progress, forced };
  if (result.is === 'failed') {
    observer.onNodeNews(node, news('Warning', 'DrainFailed', `${result.code}: ${result.detail}`));
    return { is: 'concluded', outcome: result, progress };
  }
  observer.onNodeNews(node, news('Normal', 'Drained', result.detail));
  if (body.awaitsVolumes && !writer.isDry) return { is: 'advanced', step: 'volumes', progress };
  return { is: 'concluded', outcome: result, progress };
}

/** Waits for the volumes of pods that have left. That they take too long is no failure of the drain: it is told. */
async function awaitVolumes(task: Task<DrainNode>, context: WorkContext, signal: AbortSignal): Promise<WorkResult> {
  const { body, record } = task;
  const { client, clock } = context;
  const startedAtMs = clock.monotonicMs();
  for (;;) {
    const node = await meantNode(task, context, signal);
    if (node === undefined) return done(record, GONE);
    let awaited: readonly Attachment[];
    try {
      awaited = await attachmentsToAwait(client, node.name, signal);
    } catch (error) {
      // The pods have left, and that is what was asked for.
      if (!(error instanceof KubeError) || error.code !== 'KUBE_FORBIDDEN') throw error;
      return done(record, `all pods that can have left; their volumes may not be looked at: ${error.message}`);
    }
    if (awaited.length === 0) return done(record, 'all pods that can have left, and their volumes are detached');
    if (clock.monotonicMs() - startedAtMs >= body.volumesMs) {
      const names = awaited.slice(0, 20).map(({ name, volume }) => (volume === '' ? name : volume));
      return done(
        record,
        `all pods that can have left; after ${body.volumesMs / 1000} s still attached: ${names.join(', ')}`,
      );
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

async function attachmentsToAwait(
  client: Pick<KubeClient, 'get'>,
  nodeName: string,
  signal: AbortSignal,
): Promise<readonly Attachment[]> {
  const kept = await keptVolumes(client, nodeName, signal);
  const attachments = await readAll(client, { path: ATTACHMENTS_PATH, view: viewAttachment }, signal);
  return awaitedAttachments(attachments, nodeName, kept);
}

/** The volumes of the pods that are still on the node. */
async function keptVolumes(
  client: Pick<KubeClient, 'get'>,
  nodeName: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const claims = await readAll(client, { ...podsOn(nodeName), view: claimsOf }, signal);
  const volumes = new Set<string>();
  for (const claim of new Set(claims.flat())) {
    const [namespace = '', name = ''] = claim.split('/');
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/persistentvolumeclaims/${encodeURIComponent(name)}`;
    const object = toKubeObject(await readObject(client, path, signal));
    const volume = isRecord(object?.['spec']) ? object['spec']['volumeName'] : undefined;
    if (typeof volume === 'string') volumes.add(volume);
  }
  return volumes;
}

/** The node that was meant at the claim; undefined when it is gone, or its name is another machine's by now. */
async function meantNode(
  { body, record }: Pick<Task<DrainNode>, 'body' | 'record'>,
  { client }: Pick<WorkContext, 'client'>,
  signal: AbortSignal,
): Promise<NodeView | undefined> {
  const { target } = record;
  if (target.is !== 'found') return undefined;
  const node = await readNode(client, body.node.name, signal);
  return node?.uid === target.uid && isMeant(node, body.node) ? node : undefined;
}

/** Reads as `client`, and as if there were nothing as soon as the node is not the one that was meant: its pods are bound to a name. */
function onlyWhile(
  client: Pick<KubeClient, 'get'>,
  isMeantStill: (signal: AbortSignal) => Promise<boolean>,
): Pick<KubeClient, 'get'> {
  return { get: async (path, signal) => ((await isMeantStill(signal)) ? client.get(path, signal) : { items: [] }) };
}

/** An API server that is busy or away is told, and must not keep from being told what somebody has to do something about. */
type Block = 'passing' | 'lasting';
const LASTING: ReadonlySet<HeldPod['reason']> = new Set(['budget', 'forbidden', 'unauthorized', 'refused']);

/** For whoever looks at the node while there is still time to do something. */
function blockText(refused: readonly HeldPod[]): string {
  const names = refused.slice(0, 10).map(({ namespace, name, reason }) => `${namespace}/${name} (${reason})`);
  return `${refused.length} pods are not let go yet: ${names.join(', ')}`;
}

function news(
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): { type: 'Normal' | 'Warning'; reason: string; message: string } {
  return { type, reason, message };
}
