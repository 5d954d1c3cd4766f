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
}

const NOTHING: PoolState = { acked: undefined, refused: undefined };

/** The text that is kept. */
export function formatPoolState(state: PoolState): string {
  return JSON.stringify(state);
}

/**
 * Reads it again. What cannot be read counts as absent, each part on its own: somebody edited it, or a later version wrote it,
 * and the worst that follows is one delivery more.
 */
export function parsePoolState(text: string | undefined): PoolState {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (!isRecord(value)) return NOTHING;
    const { acked, refused } = value;
    return {
      acked: isRecord(acked) && isPoolRecord(acked) ? acked : undefined,
      refused: isRecord(refused) && isRefusal(refused) ? refused : undefined,
    };
  } catch {
    return NOTHING;
  }
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

function isPoolRecord(value: Record<string, unknown>): value is Record<string, unknown> & PoolRecord {
  return (
    RECORD_TEXTS.every((name) => typeof value[name] === 'string') &&
    Number.isFinite(value['ackedAtMs']) &&
    Number.isFinite(value['nodeCreatedAtMs'])
  );
}

function isRefusal(value: Record<string, unknown>): value is Record<string, unknown> & Refusal {
  return typeof value['sendKey'] === 'string' && Number.isFinite(value['atMs']);
}
