import { isDeepStrictEqual } from 'node:util';
import {
  EMPTY_RECORD,
  formatRecord,
  type NodeRecord,
  parseRecord,
  type RecordedMark,
  type RecordedNotice,
} from './node-record.ts';
import { DRAINING, type NodeView, RECORD_ANNOTATION, type Taint } from './node-view.ts';

/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'test' | 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/** A change of the node. */
export interface NodePatch {
  readonly operations: readonly PatchOperation[];
  /** What it does beside keeping the record. */
  readonly does: 'mark' | 'unmark' | 'record';
}

const LABEL_VALUE = 'spot-interruption';
const TAINT: Taint = { key: DRAINING, value: 'true', effect: 'NoSchedule' };

/**
 * The patch that brings a node from how it is to what is wanted, or undefined when it is there already.
 *
 * Always a JSON patch whose `test`s name what it relies on: a strategic merge or a server-side apply of `spec.taints` would
 * replace the whole list and with it the taints that other controllers set in the same moment. A `test` that fails is a 422;
 * the caller reads the node again and plans anew.
 *
 * The mark is put on once. What somebody takes off again by hand stays off: the record says that we have had our turn. And it is ours no
 * longer: what stands there later is somebody else's, and is not taken away with our mark.
 *
 * `isMarkHeld`: a mark that is there stays although none of the wanted notices is a reason for it, and what cannot be read with it.
 * `knownMark`: what is ours where the record does not say it any more, see `own-mark.ts`.
 */
export function planNodePatch(
  node: NodeView,
  wanted: readonly RecordedNotice[],
  {
    isMarkHeld = false,
    knownMark,
  }: { readonly isMarkHeld?: boolean; readonly knownMark?: RecordedMark | undefined } = {},
): NodePatch | undefined {
  const read = parseRecord(node.record);
  const { mark: markBefore = knownMark } = read;
  const isMarkWanted = wanted.some(({ isMarking }) => isMarking) || (isMarkHeld && markBefore !== undefined);
  const record = { notices: wanted, unread: isMarkHeld ? read.unread : [] };
  if (isMarkWanted && markBefore === undefined) {
    const mark = markOf(node);
    return { does: 'mark', operations: [...addMark(node, mark), ...writeRecord(node, { ...record, mark })] };
  }
  if (!isMarkWanted && markBefore !== undefined) {
    const operations = [...removeMark(node, markBefore), ...writeRecord(node, record)];
    return operations.length === 0 ? undefined : { does: 'unmark', operations };
  }
  const after: NodeRecord = markBefore === undefined ? record : { ...record, mark: markLeft(node, markBefore) };
  if (isDeepStrictEqual(parseRecord(formatRecord(after)), read)) return undefined;
  return { does: 'record', operations: writeRecord(node, after) };
}

/** What of the mark will be ours: what is not there yet. */
function markOf(node: NodeView): RecordedMark {
  const isLabelOurs = node.drainingLabel !== LABEL_VALUE;
  return {
    isCordonOurs: !node.unschedulable,
    isTaintOurs: !hasTaint(node),
    ...(isLabelOurs ? { labelBefore: node.drainingLabel ?? null } : {}),
  };
}

/** What of our mark still stands; the rest somebody has taken off. */
export function markLeft(node: NodeView, { isCordonOurs, isTaintOurs, labelBefore }: RecordedMark): RecordedMark {
  return {
    isCordonOurs: isCordonOurs && node.unschedulable,
    isTaintOurs: isTaintOurs && (node.taints?.some(isOwn) ?? false),
    ...(labelBefore !== undefined && node.drainingLabel === LABEL_VALUE ? { labelBefore } : {}),
  };
}

function addMark(node: NodeView, mark: RecordedMark): PatchOperation[] {
  const operations: PatchOperation[] = [];
  if (mark.isCordonOurs) {
    // The test tells who cordoned: two that cordon at the same instant must not both believe that it was theirs.
    operations.push(
      { op: 'test', path: '/spec/unschedulable', value: null },
      { op: 'add', path: '/spec/unschedulable', value: true },
    );
  }
  if (mark.isTaintOurs) {
    operations.push(
      { op: 'test', path: '/spec/taints', value: node.taints ?? null },
      node.taints === undefined
        ? { op: 'add', path: '/spec/taints', value: [TAINT] }
        : { op: 'add', path: '/spec/taints/-', value: TAINT },
    );
  }
  if (mark.labelBefore !== undefined) {
    operations.push(
      ...(node.hasLabels ? [] : [{ op: 'add' as const, path: '/metadata/labels', value: {} }]),
      { op: 'test', path: `/metadata/labels/${escape(DRAINING)}`, value: mark.labelBefore },
      { op: 'add', path: `/metadata/labels/${escape(DRAINING)}`, value: LABEL_VALUE },
    );
  }
  return operations;
}

function removeMark(node: NodeView, mark: RecordedMark): PatchOperation[] {
  const operations: PatchOperation[] = [];
  if (mark.isCordonOurs && node.unschedulable) {
    operations.push(
      { op: 'test', path: '/spec/unschedulable', value: true },
      { op: 'remove', path: '/spec/unschedulable' },
    );
  }
  const index = node.taints?.findIndex(isOwn) ?? -1;
  if (mark.isTaintOurs && index >= 0) {
    // Only this entry is named: the list may change around it as long as it stays in its place.
    operations.push(
      { op: 'test', path: `/spec/taints/${index}`, value: node.taints?.[index] },
      { op: 'remove', path: `/spec/taints/${index}` },
    );
  }
  if (mark.labelBefore !== undefined && node.drainingLabel === LABEL_VALUE) {
    const path = `/metadata/labels/${escape(DRAINING)}`;
    operations.push(
      { op: 'test', path, value: LABEL_VALUE },
      mark.labelBefore === null ? { op: 'remove', path } : { op: 'replace', path, value: mark.labelBefore },
    );
  }
  return operations;
}

/** The old text is tested, so that of two processes of a rolling update none overwrites what the other has written. */
function writeRecord(node: NodeView, record: NodeRecord): PatchOperation[] {
  const path = `/metadata/annotations/${escape(RECORD_ANNOTATION)}`;
  const text = formatRecord(record);
  const operations: PatchOperation[] = [
    ...(node.hasAnnotations ? [] : [{ op: 'add' as const, path: '/metadata/annotations', value: {} }]),
    { op: 'test', path, value: node.record ?? null },
  ];
  if (text !== undefined) return [...operations, { op: 'add', path, value: text }];
  return node.record === undefined ? [] : [...operations, { op: 'remove', path }];
}

function hasTaint(node: NodeView): boolean {
  // A node has one taint of a key and an effect, whatever its value.
  return node.taints?.some(({ key, effect }) => key === TAINT.key && effect === TAINT.effect) ?? false;
}

/** With another value it is somebody else's. */
function isOwn({ key, value, effect }: Taint): boolean {
  return key === TAINT.key && value === TAINT.value && effect === TAINT.effect;
}

/** RFC 6901. */
function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Whether the record says something else about our mark than what of it is known to stand. */
export function hasLapsed(node: NodeView, knownMark: RecordedMark | undefined): boolean {
  const { mark } = parseRecord(node.record);
  if (mark !== undefined || knownMark === undefined) return mark !== undefined && !isDeepStrictEqual(knownMark, mark);
  return knownMark.isCordonOurs || knownMark.isTaintOurs || knownMark.labelBefore !== undefined;
}

/** Whether the record says that the node carries our mark. */
export function isMarked(node: Pick<NodeView, 'record'>): boolean {
  return (node.record === undefined ? EMPTY_RECORD : parseRecord(node.record)).mark !== undefined;
}
