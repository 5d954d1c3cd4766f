import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** What was last acknowledged by the platform for one agent pool and architecture. */
export interface PoolRecord {
  readonly ackedAtMs: number;
  readonly nodeImage: string;
  readonly kubeletVersion: string;
  readonly controlPlaneVersion: string;
  readonly fingerprint: string;
  /** Fingerprints under different keys cannot be compared. */
  readonly fingerprintKeyId: string;
  /** The node that it came from. */
  readonly nodeUid: string;
  readonly nodeCreatedAtMs: number;
  /** The platform's last request that this answered; empty when there was none. */
  readonly requestId: string;
}

/** What the platform would not take, and when it said so: the same is not sent again before the pause is over. */
export interface Refusal {
  readonly sendKey: string;
  readonly atMs: number;
}

/** Everything that is kept of a pool. */
export interface PoolState {
  readonly acked: PoolRecord | undefined;
  readonly refused: Refusal | undefined;
  /** Something was kept, and it cannot be believed: `acked` is absent because of that. */
  readonly isDoubted?: boolean;
}

const NOTHING: PoolState = { acked: undefined, refused: undefined };
const DOUBTED: PoolState = { ...NOTHING, isDoubted: true };

/** Clocks of two nodes differ by seconds, rarely by minutes. */
const TOLERANCE_MS = 300_000;
/** Longer than any that is written: see `classify-node.ts` and `cluster-watch.ts`, which bound what goes into a record. */
const LONGEST_TEXT = 512;
/** A key is made of eight such texts, and JSON may write a character as six. */
const LONGEST_KEY = 8 * 6 * LONGEST_TEXT;
const LONGEST_STATE = 4 * LONGEST_KEY;

/**
 * Whether a time that another machine wrote can be one at which something has happened: a number that `Date` holds, and not later than
 * now. Of everything else nobody knows how long ago it was, so whoever reads it has to do without.
 */
export function isPlausibleTime(atMs: unknown, nowMs: number): atMs is number {
  return typeof atMs === 'number' && atMs >= 0 && atMs <= nowMs + TOLERANCE_MS;
}

/** The text that is kept. */
export function formatPoolState({ acked, refused }: PoolState): string {
  return JSON.stringify({ acked, refused });
}

/**
 * Reads it again. What cannot be believed counts as absent, each part on its own: somebody edited it, a later version wrote it, or a
 * machine whose clock is wrong, and the worst that follows is one delivery more. `nowMs` is the API server's clock.
 */
export function parsePoolState(text: string | undefined, nowMs: number): PoolState {
  if (text === undefined) return NOTHING;
  const value = text.length > LONGEST_STATE ? undefined : parseJson(text);
  if (!isRecord(value)) return DOUBTED;
  const { acked: kept, refused } = membersOf(value, ['acked', 'refused']);
  const acked = toPoolRecord(kept, nowMs);
  const isDoubted = acked === undefined && kept !== undefined;
  return { acked, refused: toRefusal(refused, nowMs), ...(isDoubted ? { isDoubted } : {}) };
}

const RECORD_TEXTS = [
  'nodeImage',
  'kubeletVersion',
  'controlPlaneVersion',
  'fingerprint',
  'fingerprintKeyId',
  'nodeUid',
  'requestId',
] as const;
const RECORD_TIMES = ['ackedAtMs', 'nodeCreatedAtMs'] as const;

function toPoolRecord(value: unknown, nowMs: number): PoolRecord | undefined {
  const known = membersOf(value, [...RECORD_TEXTS, ...RECORD_TIMES]);
  return isPoolRecord(known, nowMs) ? known : undefined;
}

function isPoolRecord(known: Record<string, unknown>, nowMs: number): known is Record<string, unknown> & PoolRecord {
  return (
    RECORD_TEXTS.every((name) => isText(known[name], LONGEST_TEXT)) &&
    RECORD_TIMES.every((name) => isPlausibleTime(known[name], nowMs))
  );
}

function toRefusal(value: unknown, nowMs: number): Refusal | undefined {
  const { sendKey, atMs } = membersOf(value, ['sendKey', 'atMs']);
  return isText(sendKey, LONGEST_KEY) && isPlausibleTime(atMs, nowMs) ? { sendKey, atMs } : undefined;
}

/** Own members of these names: JSON may hold any, `__proto__` and `constructor` among them. */
function membersOf(value: unknown, names: readonly string[]): Record<string, unknown> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(names.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name]]));
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told as what cannot be believed, like everything else that somebody may have written there.
    return undefined;
  }
}
