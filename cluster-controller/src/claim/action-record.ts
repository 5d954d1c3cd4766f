import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { ACK_CODES, type AckCode, type ActionOutcome } from '../ack/ack-code.ts';
import { cutToBytes } from '../ack/ack-text.ts';
import { ACTION_KINDS, type ActionKind } from '../poll/action.ts';

/**
 * The steps of each kind, in order. A step is begun when its name has been stored, and may be begun again by another process: each does
 * what is left of it.
 */
export const STEPS = {
  drainNode: ['cordon', 'evict', 'volumes'],
  deleteNode: ['node', 'pods', 'attachments'],
  patchNode: ['spec', 'capacity'],
  createEvent: ['do'],
  checkNodeDeleted: ['do'],
  checkNodeStatus: ['do'],
  evictPod: ['evict', 'end'],
  patch: ['do'],
  create: ['do'],
  delete: ['do'],
  disconnectCluster: ['do'],
} as const satisfies Readonly<Record<ActionKind, readonly [string, ...string[]]>>;

/** A step of some kind. */
export type ActionStep = (typeof STEPS)[ActionKind][number];

/** What an action is about, found out once: another object of the same name is not meant. */
export type ActionTarget =
  /** It is about nothing that is there already. */
  | { readonly is: 'none' }
  /** `node`: its name, if it is one. */
  | { readonly is: 'found'; readonly uid: string; readonly node?: string }
  /** There is nothing of that name. */
  | { readonly is: 'gone' }
  /** The name is that of another machine. */
  | { readonly is: 'mismatch' };

/** What a later step, or a later process, has to know of what was done. */
export interface ActionProgress {
  /** We cordoned the node; else it was cordoned already, and stays so. */
  readonly isCordonOurs?: boolean;
  /** Pods that were deleted past their budgets. */
  readonly forced?: number;
}

/** Which term of which leader wrote it: of one lease the one with more transitions came later. */
export interface LeaderEpoch {
  readonly lease: string;
  readonly transitions: number;
}

/** What is kept of an action from its claim on, so that no process and no leader does it a second time. */
export interface ActionRecord {
  readonly id: string;
  readonly kind: ActionKind | 'unusable';
  readonly epoch: LeaderEpoch;
  /** Milliseconds since the epoch: the time that the action gives runs from here. */
  readonly claimedAtMs: number;
  readonly target: ActionTarget;
  readonly step: ActionStep;
  readonly progress: ActionProgress;
  /** Absent: it is under way. */
  readonly outcome?: ActionOutcome;
}

/** What an entry of the store is. */
export type ParsedRecord =
  | { readonly is: 'record'; readonly record: ActionRecord }
  /** Somebody edited it, or a later version wrote it: the action may have been begun, so it must not be begun again. */
  | { readonly is: 'doubted'; readonly id: string; readonly problem: string }
  /** Not even its id can be read. */
  | { readonly is: 'nameless' };

/** Raised when an older version could not go on with what is written. */
const VERSION = 1;
const ID = /^[\w.:-]{1,128}$/u;
/** One record: an outcome of 4 kB, in JSON's escapes, and little else. */
const LONGEST_RECORD = 32 * 1024;
const LONGEST_DETAIL_BYTES = 4096;
const LONGEST_UID = 128;
const LONGEST_NAME = 253;
const LONGEST_EPOCH = 1024;

/** The text that is kept. */
export function formatRecord({ outcome, ...record }: ActionRecord): string {
  const kept =
    outcome === undefined ? {} : { outcome: { ...outcome, detail: cutToBytes(outcome.detail, LONGEST_DETAIL_BYTES) } };
  return JSON.stringify({ version: VERSION, ...record, ...kept });
}

/** Reads it again. Total; what cannot be believed in any part is doubted as a whole: half a record is no leave to begin anew. */
export function parseRecord(text: string): ParsedRecord {
  const value = text.length > LONGEST_RECORD ? undefined : parseJson(text);
  if (!isRecord(value)) return { is: 'nameless' };
  const { id, version } = value;
  if (typeof id !== 'string' || !ID.test(id)) return { is: 'nameless' };
  if (version !== VERSION) {
    const written = typeof version === 'number' ? `in form ${version}` : 'in no known form';
    return { is: 'doubted', id, problem: `its record is written ${written}, and this version knows form ${VERSION}` };
  }
  const record = toRecord(id, value);
  return record === undefined ? { is: 'doubted', id, problem: 'its record cannot be read' } : { is: 'record', record };
}

/**
 * Whether a leader may go on with what another term has written: not if the lease has changed hands since, because then it is not the
 * leader any more. Of another lease nothing can be said; somebody deleted one of the two, and the election is by the one that is there.
 */
export function mayTakeOver(stored: LeaderEpoch, own: LeaderEpoch): boolean {
  return stored.lease !== own.lease || stored.transitions <= own.transitions;
}

/** Reads an epoch that is kept by itself, as JSON. Undefined: it is none. */
export function parseEpoch(text: string): LeaderEpoch | undefined {
  return text.length > LONGEST_EPOCH ? undefined : toEpoch(parseJson(text));
}

function toRecord(id: string, value: Record<string, unknown>): ActionRecord | undefined {
  const { kind: givenKind, claimedAtMs } = value;
  const kind = kindOf(givenKind);
  const [epoch, target, progress] = [toEpoch(value['epoch']), toTarget(value['target']), toProgress(value['progress'])];
  const step = kind === undefined ? undefined : stepOf(kind, value['step']);
  if (
    kind === undefined ||
    step === undefined ||
    epoch === undefined ||
    target === undefined ||
    progress === undefined
  ) {
    return undefined;
  }
  if (typeof claimedAtMs !== 'number' || !Number.isFinite(claimedAtMs) || claimedAtMs < 0) return undefined;
  const record = { id, kind, epoch, claimedAtMs, target, step, progress };
  if (value['outcome'] === undefined) return kind === 'unusable' ? undefined : record;
  const outcome = toOutcome(value['outcome']);
  return outcome === undefined ? undefined : { ...record, outcome };
}

function kindOf(value: unknown): ActionRecord['kind'] | undefined {
  return value === 'unusable' ? value : ACTION_KINDS.find((kind) => kind === value);
}

function stepOf(kind: ActionRecord['kind'], value: unknown): ActionStep | undefined {
  const steps: readonly ActionStep[] = kind === 'unusable' ? ['do'] : STEPS[kind];
  return steps.find((step) => step === value);
}

function toEpoch(value: unknown): LeaderEpoch | undefined {
  if (!isRecord(value)) return undefined;
  const { lease, transitions } = value;
  if (typeof lease !== 'string' || lease.length > LONGEST_UID) return undefined;
  return typeof transitions === 'number' && Number.isSafeInteger(transitions) && transitions >= 0
    ? { lease, transitions }
    : undefined;
}

function toTarget(value: unknown): ActionTarget | undefined {
  if (!isRecord(value)) return undefined;
  const { is, uid, node } = value;
  if (is === 'none' || is === 'gone' || is === 'mismatch') return { is };
  if (is !== 'found' || typeof uid !== 'string' || uid === '' || uid.length > LONGEST_UID) return undefined;
  if (node === undefined) return { is, uid };
  return typeof node === 'string' && node.length <= LONGEST_NAME ? { is, uid, node } : undefined;
}

function toProgress(value: unknown): ActionProgress | undefined {
  if (!isRecord(value)) return undefined;
  const { isCordonOurs, forced } = value;
  if (isCordonOurs !== undefined && typeof isCordonOurs !== 'boolean') return undefined;
  if (forced !== undefined && (typeof forced !== 'number' || !Number.isSafeInteger(forced) || forced < 0))
    return undefined;
  return { ...(isCordonOurs === undefined ? {} : { isCordonOurs }), ...(forced === undefined ? {} : { forced }) };
}

function toOutcome(value: unknown): ActionOutcome | undefined {
  if (!isRecord(value)) return undefined;
  const { is, code: given, detail } = value;
  if (typeof detail !== 'string') return undefined;
  if (is === 'done') return { is, detail };
  const code: AckCode | undefined = ACK_CODES.find((one) => one === given);
  return is === 'failed' && code !== undefined ? { is, code, detail } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is wrong with it does not matter: it is not ours as it stands.
    return undefined;
  }
}
