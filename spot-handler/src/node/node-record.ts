import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { type Notice, NOTICE_KINDS, NOTICE_SOURCES, type NoticeKind, type SourceName } from '../poll/notice.ts';

/** A notice that was dealt with, as the node remembers it. */
export interface RecordedNotice {
  readonly id: string;
  readonly source: SourceName;
  readonly kind: NoticeKind;
  readonly type: string;
  /** The impact had begun when this was written. */
  readonly isStarted: boolean;
  readonly startsAtMs?: number;
  /** The platform has it. */
  readonly isReported: boolean;
  /** It is a reason for the mark. */
  readonly isMarking: boolean;
  /** Its evictions are through; absent: they are not, or there are none. */
  readonly isDrained?: boolean;
  /** The provider has taken its approval; absent: it has not, or nobody asked for it. */
  readonly isApproved?: boolean;
}

/** What of the mark is ours, and so ours to take away. */
export interface RecordedMark {
  /** Whether we cordoned the node; false: it was cordoned already, by somebody who may want it so. */
  readonly isCordonOurs: boolean;
  readonly isTaintOurs: boolean;
  /** Absent: the label is not ours. */
  readonly labelBefore?: string | null;
}

/** What this program has done to its node: it outlives the process, and the machine's reboot. */
export interface NodeRecord {
  readonly notices: readonly RecordedNotice[];
  /** Entries that this version cannot read, as they are: a later one may have written them, and may come back. */
  readonly unread: readonly unknown[];
  readonly mark?: RecordedMark;
}

/** A node that nothing was done to. */
export const EMPTY_RECORD: NodeRecord = { notices: [], unread: [] };

/** Far more notices than one machine ever has; it bounds the annotation. */
const MOST_NOTICES = 20;
/** An id is made of two of the provider's words at most, so a longer one is none of ours. */
const LONGEST_ID = 500;
/** The provider's words are cut to as much. */
const MOST_CHARACTERS = 200;
/** An entry that is not understood is kept up to this length, in characters of JSON. */
const MOST_UNREAD = 2000;
const SOURCES: ReadonlySet<string> = new Set<string>(Object.values(NOTICE_SOURCES).flat());
const KINDS: ReadonlySet<string> = new Set(NOTICE_KINDS);

/** The record as the annotation's text; the oldest notices are left out when there are too many. Undefined when it is empty. */
export function formatRecord({ notices, unread, mark }: NodeRecord): string | undefined {
  const all = [...unread, ...notices];
  if (all.length === 0 && mark === undefined) return undefined;
  return JSON.stringify({ version: 1, notices: all.slice(-MOST_NOTICES), ...(mark === undefined ? {} : { mark }) });
}

/**
 * Reads the annotation, which a person or another version may have written. Each part that cannot be read is as if it were not there; the
 * others count all the same: of the mark, what it says to be ours is undone, and nothing else is.
 */
export function parseRecord(text: string | undefined): NodeRecord {
  if (text === undefined) return EMPTY_RECORD;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return EMPTY_RECORD;
  }
  if (!isRecord(value)) return EMPTY_RECORD;
  const entries: unknown[] = Array.isArray(value['notices']) ? value['notices'] : [];
  const read = entries.map(parseNotice);
  const notices = read.filter((notice) => notice !== undefined);
  const unread = entries.filter((entry, index) => read[index] === undefined && isWorthKeeping(entry));
  const mark = parseMark(value['mark']);
  return { notices, unread, ...(mark === undefined ? {} : { mark }) };
}

/** Whether there may be reasons for what was done beside the notices that can be read. */
export function isOrphaned({ notices, unread, mark }: NodeRecord): boolean {
  return unread.length > 0 || (mark !== undefined && !notices.some(({ isMarking }) => isMarking));
}

/** What is written down about a notice. */
export function recordOf(
  { id, source, kind, type, isStarted, startsAtMs }: Notice,
  done: Readonly<Record<'isReported' | 'isMarking' | 'isDrained' | 'isApproved', boolean>>,
): RecordedNotice {
  const time = startsAtMs === undefined ? {} : { startsAtMs };
  const { isReported, isMarking, isDrained, isApproved } = done;
  const drained = { ...(isDrained ? { isDrained } : {}), ...(isApproved ? { isApproved } : {}) };
  return { id, source, kind, type, isStarted, ...time, isReported, isMarking, ...drained };
}

/** A notice as far as it can be told from its record; the next look has the rest. */
export function noticeOf({ id, source, kind, type, isStarted, startsAtMs }: RecordedNotice): Notice {
  const time = startsAtMs === undefined ? {} : { startsAtMs };
  return { id, source, kind, type, status: '', isStarted, ...time, description: '' };
}

function parseNotice(value: unknown): RecordedNotice | undefined {
  if (!isRecord(value)) return undefined;
  const { id, source, kind, type, startsAtMs, isDrained, isApproved } = value;
  const { isStarted, isReported, isMarking } = value;
  if (typeof id !== 'string' || id.length > LONGEST_ID || typeof type !== 'string') return undefined;
  if (!isSource(source) || !isKind(kind)) return undefined;
  if (typeof isStarted !== 'boolean' || typeof isReported !== 'boolean' || typeof isMarking !== 'boolean') {
    return undefined;
  }
  return {
    id,
    source,
    kind,
    type: type.slice(0, MOST_CHARACTERS),
    isStarted,
    ...(isTime(startsAtMs) ? { startsAtMs } : {}),
    isReported,
    isMarking,
    ...(isDrained === true ? { isDrained } : {}),
    ...(isApproved === true ? { isApproved } : {}),
  };
}

/** A time that `Date` can hold. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}

function isSource(value: unknown): value is SourceName {
  return typeof value === 'string' && SOURCES.has(value);
}

function isKind(value: unknown): value is NoticeKind {
  return typeof value === 'string' && KINDS.has(value);
}

function isWorthKeeping(entry: unknown): boolean {
  return isRecord(entry) && JSON.stringify(entry).length <= MOST_UNREAD;
}

/** Undefined where nothing of it can be read; it is undone part by part, so a part that cannot be read is none of ours. */
function parseMark(value: unknown): RecordedMark | undefined {
  if (!isRecord(value)) return undefined;
  const { isCordonOurs, isTaintOurs, labelBefore } = value;
  const hasLabel = labelBefore === null || typeof labelBefore === 'string';
  if (typeof isCordonOurs !== 'boolean' && typeof isTaintOurs !== 'boolean' && !hasLabel) return undefined;
  return {
    isCordonOurs: isCordonOurs === true,
    isTaintOurs: isTaintOurs === true,
    ...(hasLabel ? { labelBefore } : {}),
  };
}
