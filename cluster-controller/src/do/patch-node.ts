import type { PatchNode } from '../poll/action.ts';
import { isMeant } from './classify-node.ts';
import { nodePath } from './cluster-paths.ts';
import { planCapacityPatch, planNodePatch } from './plan-node-patch.ts';
import { readNode } from './read-cluster.ts';
import { advanced, done, type DoStep, failed } from './work.ts';

/** Changes marks of a node, then its capacity where that is wanted. A node that is gone needs none; another of its name gets none. */
export const patchNode: DoStep<PatchNode> = async ({ body, record }, { client, writer }, signal) => {
  const { target, step } = record;
  if (target.is === 'mismatch') return failed(record, 'mismatch', `${body.node.name} is the name of another machine`);
  if (target.is !== 'found') return done(record, 'the node is gone: nothing is left to patch');
  const node = await readNode(client, body.node.name, signal);
  if (node === undefined) return done(record, 'the node is gone: nothing is left to patch');
  if (node.uid !== target.uid || !isMeant(node, body.node)) {
    return failed(record, 'mismatch', `${body.node.name} is the name of another machine by now`);
  }
  const isCapacity = step === 'capacity';
  const operations = isCapacity ? planCapacityPatch(node, body) : planNodePatch(node, body);
  if (operations.length > 0) {
    const path = isCapacity ? `${nodePath(node.name)}/status` : nodePath(node.name);
    await writer.patch(path, { contentType: 'application/json-patch+json', body: operations }, signal);
  }
  if (!isCapacity && Object.keys(body.capacity).length > 0) return advanced(record, 'capacity');
  return done(record, 'the node is what it is to be');
};
