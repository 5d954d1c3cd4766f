import type { ActionBody, CheckNodeStatus, NodeIds } from '../poll/action.ts';
import { isMeant, isUsable } from './classify-node.ts';
import type { NodeView } from './node-view.ts';
import { readNode } from './read-cluster.ts';
import { done, type DoStep, failed, timeLeftMs, type WorkContext } from './work.ts';

type CheckNodeDeleted = Extract<ActionBody, { kind: 'checkNodeDeleted' }>;

/** A look is one small read; whoever asks waits for minutes. */
const LOOK_MS = 3000;

/** Looks once whether a node is gone. */
export const checkNodeDeleted: DoStep<CheckNodeDeleted> = async ({ body, record }, context, signal) => {
  const node = await look(body.node, context, signal);
  return node === undefined
    ? done(record, 'the node is gone')
    : failed(record, 'timeout', `node ${node.name} is still there`);
};

/** Looks until a node is what it is to be, or time is up. By reads and not by a watch: one that ends means nothing. */
export const checkNodeStatus: DoStep<CheckNodeStatus> = async ({ body, record }, context, signal) => {
  const { clock } = context;
  for (;;) {
    const node = await look(body.node, context, signal);
    if (body.wanted === 'deleted' && node === undefined) return done(record, 'the node is gone');
    if (body.wanted === 'ready' && node !== undefined && isUsable(node)) return done(record, 'the node is ready');
    if (timeLeftMs(record, body.timeoutMs, clock.now()) === 0) {
      const found = node === undefined ? 'is not there' : `is there, Ready=${node.ready === '' ? 'unset' : node.ready}`;
      return failed(record, 'timeout', `after ${body.timeoutMs / 1000} s node ${body.node.name} ${found}`);
    }
    await clock.sleep(LOOK_MS, signal);
  }
};

async function look(ids: NodeIds, { client }: WorkContext, signal: AbortSignal): Promise<NodeView | undefined> {
  const node = await readNode(client, ids.name, signal);
  return node !== undefined && isMeant(node, ids) ? node : undefined;
}
