import type { PatchNode, Taint, Texts } from '../poll/action.ts';
import type { NodeView } from './node-view.ts';
import { type PatchOperation, pointer, testUid } from './patch-operation.ts';

/**
 * The patch that makes a node what an action wants, or nothing when it is that already.
 *
 * Always a JSON patch, whose tests name what it relies on: the node's uid, and the entries that it changes. A merge of `spec.taints`
 * replaces the whole list, and with it what others have put there since it was read. A test that fails is a 422: the caller reads the
 * node again and plans anew.
 */
export function planNodePatch(node: NodeView, wish: PatchNode): readonly PatchOperation[] {
  return withUid(node, [
    ...planTexts('/metadata/labels', node.labels, wish.labels),
    ...planTexts('/metadata/annotations', node.annotations, wish.annotations),
    ...planTaints(node, wish.taints),
    ...(wish.unschedulable === undefined ? [] : planSchedulable(node, wish.unschedulable)),
  ]);
}

/** The same for what the status holds, which is a patch of its own. */
export function planCapacityPatch(node: NodeView, { capacity }: PatchNode): readonly PatchOperation[] {
  return withUid(node, planTexts('/status/capacity', node.capacity, capacity));
}

/** The patch that keeps pods off, or lets them come again. */
export function planCordon(node: NodeView, unschedulable: boolean): readonly PatchOperation[] {
  return withUid(node, planSchedulable(node, unschedulable));
}

function withUid({ uid }: NodeView, operations: readonly PatchOperation[]): readonly PatchOperation[] {
  return operations.length === 0 ? [] : [testUid(uid), ...operations];
}

function planSchedulable(node: NodeView, unschedulable: boolean): PatchOperation[] {
  if (node.unschedulable === unschedulable) return [];
  const path = '/spec/unschedulable';
  // The test tells who cordoned: two that do it at the same instant must not both believe that it was theirs.
  return unschedulable
    ? [
        { op: 'test', path, value: null },
        { op: 'add', path, value: true },
      ]
    : [
        { op: 'test', path, value: true },
        { op: 'remove', path },
      ];
}

function planTexts(path: string, current: Texts | undefined, wish: Texts): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const [key, value] of Object.entries(wish)) {
    const isRemoval = key.startsWith('-');
    const name = isRemoval ? key.slice(1) : key;
    const found = current !== undefined && Object.hasOwn(current, name) ? current[name] : undefined;
    const at = `${path}/${pointer(name)}`;
    const test: PatchOperation = { op: 'test', path: at, value: found ?? null };
    if (isRemoval && found !== undefined) operations.push(test, { op: 'remove', path: at });
    if (!isRemoval && found !== value) operations.push(test, { op: 'add', path: at, value });
  }
  if (operations.length === 0 || current !== undefined) return operations;
  return [{ op: 'test', path, value: null }, { op: 'add', path, value: {} }, ...operations];
}

/** Taints are told apart by key and effect. Entries are named by their place and tested for: the list may grow meanwhile. */
function planTaints({ taints }: NodeView, wishes: readonly Taint[]): PatchOperation[] {
  // What is said last of a key and an effect counts.
  const wanted = new Map(wishes.map((wish) => [`${bare(wish.key)} ${wish.effect}`, wish]));
  const removals: { readonly index: number; readonly operations: readonly PatchOperation[] }[] = [];
  const changes: PatchOperation[] = [];
  const additions: Taint[] = [];
  for (const { key, value, effect } of wanted.values()) {
    const index = taints?.findIndex((taint) => taint['key'] === bare(key) && taint['effect'] === effect) ?? -1;
    const path = `/spec/taints/${index}`;
    const test: PatchOperation = { op: 'test', path, value: taints?.[index] };
    if (key.startsWith('-')) {
      if (index >= 0) removals.push({ index, operations: [test, { op: 'remove', path }] });
    } else if (index < 0) {
      additions.push({ key, value, effect });
    } else if ((taints?.[index]?.['value'] ?? '') !== value) {
      changes.push(test, { op: 'replace', path, value: toEntry({ key, value, effect }) });
    }
  }
  // From the end on, so that places before it stay what they are.
  const removing = removals.toSorted((a, b) => b.index - a.index).flatMap(({ operations }) => operations);
  return [...changes, ...removing, ...planAdditions(taints, additions)];
}

function planAdditions(taints: NodeView['taints'], additions: readonly Taint[]): PatchOperation[] {
  if (additions.length === 0) return [];
  const path = '/spec/taints';
  if (taints !== undefined) return additions.map((taint) => ({ op: 'add', path: `${path}/-`, value: toEntry(taint) }));
  return [
    { op: 'test', path, value: null },
    { op: 'add', path, value: additions.map(toEntry) },
  ];
}

function bare(key: string): string {
  return key.startsWith('-') ? key.slice(1) : key;
}

/** As Kubernetes stores it. */
function toEntry({ key, value, effect }: Taint): object {
  return { key, ...(value === '' ? {} : { value }), effect };
}
