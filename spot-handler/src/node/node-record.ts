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
  readonly mark?: RecordedMark;
}

/** A node that nothing was done to. */
export const EMPTY_RECORD: NodeRecord = { notices: [] };

/** Far more notices than one machine ever has; it bounds the annotation. */
const MOST_NOTICES = 20;
const SOURCES: ReadonlySet<string> = new Set<string>(Object.values(NOTICE_SOURCES).flat());
const KINDS: ReadonlySet<string> = new Set(NOTICE_KINDS);

/** The record as the annotation's text; the oldest notices are left out when there are too many. Undefined when it is empty. */
export function formatRecord({ notices, mark }: NodeRecord): string | undefined {
  if (notices.length === 0 && mark === undefined) return undefined;
  return JSON.stringify({ version: 1, notices: notices.slice(-MOST_NOTICES), ...(mark === undefined ? {} : { mark }) });
}

/** Reads the annotation. What cannot be read is as if it were not there: then nothing is undone, which is the safe side. */
export function parseRecord(text: string | undefined): NodeRecord {
  if (text === undefined) return EMPTY_RECORD;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return EMPTY_RECORD;
  }
  if (!isRecord(value)) return EMPTY_RECORD;
  const notices = Array.isArray(value['notices']) ? value['notices'].filter(isRecordedNotice) : [];
  return isMark(value['mark']) ? { notices, mark: value['mark'] } : { notices };
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

function isRecordedNotice(value: unknown): value is RecordedNotice {
  if (!isRecord(value)) return false;
  const { id, source, kind, type, isStarted, startsAtMs, isReported, isMarking, isDrained, isApproved } = value;
  return (
    typeof id === 'string' &&
    typeof source === 'string' &&
    SOURCES.has(source) &&
    typeof kind === 'string' &&
    KINDS.has(kind) &&
    typeof type === 'string' &&
    [isStarted, isReported, isMarking].every((flag) => typeof flag === 'boolean') &&
    (startsAtMs === undefined || typeof startsAtMs === 'number') &&
    [isDrained, isApproved].every((flag) => flag === undefined || typeof flag === 'boolean')
  );
}

function isMark(value: unknown): value is RecordedMark {
  if (!isRecord(value)) return false;
  const { isCordonOurs, isTaintOurs, labelBefore } = value;
  if (typeof isCordonOurs !== 'boolean' || typeof isTaintOurs !== 'boolean') return false;
  return labelBefore === undefined || labelBefore === null || typeof labelBefore === 'string';
}
