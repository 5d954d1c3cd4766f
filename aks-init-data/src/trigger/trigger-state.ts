import { unreachable } from '@castai/shared/errors.ts';
import { baseImage, type Exclusion, type NodeFacts, type NodeVerdict } from '../pool/classify-node.ts';
import { recordKey } from '../pool/pool-name.ts';
import type { PoolRecord, PoolState, Refusal } from '../pool/pool-record.ts';
import { SEND_REASONS, type SendReason } from '../send/send-reason.ts';
import { believed, lastAckedMs, lastRefusedMs, NOTHING_DELIVERED, type OwnDeliveries } from './own-deliveries.ts';

/** What is seen of the world, one thing at a time. */
export type Observation =
  | { readonly type: 'node'; readonly verdict: NodeVerdict }
  /** An answer of `/version`, and when it came. */
  | { readonly type: 'control-plane'; readonly version: string; readonly atMs: number }
  | { readonly type: 'content'; readonly fingerprint: string; readonly fingerprintKeyId: string }
  | { readonly type: 'content-lost' }
  /** What is kept of the pool. */
  | { readonly type: 'pool'; readonly pool: PoolState }
  /** The platform has acknowledged what we sent. */
  | { readonly type: 'acknowledged'; readonly record: PoolRecord }
  /** The platform has refused what we sent. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** The platform's wish; empty: it has none. */
  | { readonly type: 'request'; readonly id: string };

/** Everything that was seen, as far as it matters. */
export interface TriggerState {
  readonly node: NodeVerdict | undefined;
  /** The last answer, and the one that was given twice in a row: while a control plane is upgraded its servers disagree. */
  readonly lastVersion: string | undefined;
  readonly controlPlaneVersion: string | undefined;
  /** Since when it is that one, as far as this process saw. */
  readonly controlPlaneSinceMs: number;
  readonly content: { readonly fingerprint: string; readonly fingerprintKeyId: string } | undefined;
  readonly pool: PoolState | undefined;
  readonly own: OwnDeliveries;
  readonly requestId: string;
}

/** When to send. */
export interface TriggerPolicy {
  /** Milliseconds after an acknowledged delivery at which the next is due. */
  readonly periodMs: number;
  /** Whether a security patch of the running image counts as another image. */
  readonly sendOnLivePatch: boolean;
  /** How long a refused delivery rests. */
  readonly refusedPauseMs: number;
  /** How long a record under another fingerprint key is left alone: while an API key is exchanged, pods have different ones. */
  readonly keyChangePauseMs: number;
  /** How long younger nodes of a pool are left to send before an older one does. */
  readonly youngerFirstMs: number;
}

/** What follows from what was seen. */
export type Decision =
  | { readonly kind: 'waiting'; readonly for: readonly ('node' | 'control-plane' | 'pool' | 'content')[] }
  | { readonly kind: 'excluded'; readonly exclusion: Exclusion }
  /** The platform has it all. */
  | { readonly kind: 'current' }
  /** A younger node of the pool has sent other data: ours is older. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'held'; readonly why: 'refused' | 'key-changed'; readonly untilMs: number }
  | { readonly kind: 'send'; readonly reason: SendReason; readonly key: string; readonly node: NodeFacts };

/** Nothing seen yet. */
export const NOTHING_SEEN: TriggerState = {
  node: undefined,
  lastVersion: undefined,
  controlPlaneVersion: undefined,
  controlPlaneSinceMs: 0,
  content: undefined,
  pool: undefined,
  own: NOTHING_DELIVERED,
  requestId: '',
};

/** Adds an observation. Total and pure. */
export function learn(state: TriggerState, observation: Observation): TriggerState {
  switch (observation.type) {
    case 'node':
      return learnNode(state, observation.verdict);
    case 'control-plane':
      return learnVersion(state, observation);
    case 'content': {
      const { fingerprint, fingerprintKeyId } = observation;
      return { ...state, content: { fingerprint, fingerprintKeyId } };
    }
    case 'content-lost':
      return { ...state, content: undefined };
    case 'pool':
      return { ...state, pool: observation.pool };
    case 'acknowledged': {
      const { record: acked } = observation;
      const own = { acked, wasInDoubt: state.pool?.isDoubted === true, refused: undefined };
      return { ...state, own, pool: { acked, refused: undefined } };
    }
    case 'refused': {
      const { refusal: refused } = observation;
      return { ...state, own: { ...state.own, refused }, pool: { acked: undefined, ...state.pool, refused } };
    }
    case 'request':
      return { ...state, requestId: observation.id };
    default:
      return unreachable(observation);
  }
}

/** What to do now. Total and pure: time is an input. */
export function decide(state: TriggerState, policy: TriggerPolicy, nowMs: number): Decision {
  const { node: verdict, controlPlaneVersion, controlPlaneSinceMs, pool: kept, own, content, requestId } = state;
  if (verdict?.kind === 'excluded') return { kind: 'excluded', exclusion: verdict.exclusion };
  if (verdict === undefined || controlPlaneVersion === undefined || kept === undefined || content === undefined) {
    const missing = { node: verdict, 'control-plane': controlPlaneVersion, pool: kept, content } as const;
    return { kind: 'waiting', for: MISSABLE.filter((name) => missing[name] === undefined) };
  }
  const { node } = verdict;
  const pool = believed(kept, own, nowMs);
  return decideKnown({ node, controlPlaneVersion, controlPlaneSinceMs, pool, own, content, requestId }, policy, nowMs);
}

const MISSABLE = ['node', 'control-plane', 'pool', 'content'] as const;

interface Known {
  readonly node: NodeFacts;
  readonly controlPlaneVersion: string;
  readonly controlPlaneSinceMs: number;
  readonly pool: PoolState;
  readonly own: OwnDeliveries;
  readonly content: { readonly fingerprint: string; readonly fingerprintKeyId: string };
  readonly requestId: string;
}

/** A node that went over to another pool: what was delivered for the old one says nothing of it. */
function learnNode(state: TriggerState, verdict: NodeVerdict): TriggerState {
  const isOtherPool = poolOf(state.node) !== undefined && poolOf(state.node) !== poolOf(verdict);
  return { ...state, node: verdict, ...(isOtherPool ? { own: NOTHING_DELIVERED } : {}) };
}

function poolOf(verdict: NodeVerdict | undefined): string | undefined {
  return verdict?.kind === 'eligible' ? recordKey(verdict.node) : undefined;
}

function learnVersion(
  state: TriggerState,
  { version, atMs }: Extract<Observation, { type: 'control-plane' }>,
): TriggerState {
  const isNews = version === state.lastVersion && version !== state.controlPlaneVersion;
  return {
    ...state,
    lastVersion: version,
    ...(isNews ? { controlPlaneVersion: version, controlPlaneSinceMs: atMs } : {}),
  };
}

function decideKnown(known: Known, policy: TriggerPolicy, nowMs: number): Decision {
  const reasons = reasonsToSend(known, policy, nowMs);
  const [reason] = isOlder(known) ? reasons.filter((one) => mayOlderSend(one, { known, policy, nowMs })) : reasons;
  if (reason === undefined) return { kind: reasons.length === 0 ? 'current' : 'superseded' };
  const { node, pool } = known;
  if (reason === 'content' && isOtherKey(known)) {
    const untilMs = (pool.acked?.ackedAtMs ?? 0) + policy.keyChangePauseMs;
    if (untilMs > nowMs) return { kind: 'held', why: 'key-changed', untilMs };
  }
  const key = sendKey(known, policy);
  const refusedUntilMs = (lastRefusedMs(key, pool, known.own) ?? -Infinity) + policy.refusedPauseMs;
  if (refusedUntilMs > nowMs) return { kind: 'held', why: 'refused', untilMs: refusedUntilMs };
  return { kind: 'send', reason, key, node };
}

/** Every reason that holds, strongest first. */
function reasonsToSend(known: Known, policy: TriggerPolicy, nowMs: number): SendReason[] {
  const { node, controlPlaneVersion, pool, content, requestId } = known;
  const { acked } = pool;
  const isRequested = requestId !== '' && requestId !== acked?.requestId;
  if (acked === undefined) return isRequested ? ['requested', 'startup'] : ['startup'];
  const holds: Record<SendReason, boolean> = {
    requested: isRequested,
    startup: false,
    'control-plane': isUpgrade(acked.controlPlaneVersion, controlPlaneVersion),
    kubelet: node.kubeletVersion !== acked.kubeletVersion,
    'node-image': imageOf(node.nodeImage, policy) !== imageOf(acked.nodeImage, policy),
    content: content.fingerprint !== acked.fingerprint || isOtherKey(known),
    periodic: nowMs >= lastAckedMs(acked, known.own, nowMs) + policy.periodMs,
  };
  return SEND_REASONS.filter((reason) => holds[reason]);
}

/** A younger node has better data; an older one speaks when asked, or when the younger ones had their time and did not. */
function mayOlderSend(
  reason: SendReason,
  { known, policy, nowMs }: { known: Known; policy: TriggerPolicy; nowMs: number },
): boolean {
  switch (reason) {
    case 'requested':
    case 'startup':
      return true;
    case 'control-plane':
      return nowMs >= known.controlPlaneSinceMs + policy.youngerFirstMs;
    case 'periodic': {
      const { acked } = known.pool;
      return (
        acked !== undefined && nowMs >= lastAckedMs(acked, known.own, nowMs) + policy.periodMs + policy.youngerFirstMs
      );
    }
    case 'kubelet':
    case 'node-image':
    case 'content':
      return false;
  }
}

function isOtherKey({ content, pool }: Known): boolean {
  return pool.acked !== undefined && content.fingerprintKeyId !== pool.acked.fingerprintKeyId;
}

/**
 * Whether a younger node has sent something else before. During an upgrade old and new nodes of a pool run side by side for
 * hours; without this they would take turns in sending.
 */
function isOlder({ node, pool, content }: Known): boolean {
  const { acked } = pool;
  if (acked === undefined || node.createdAtMs >= acked.nodeCreatedAtMs) return false;
  return content.fingerprint !== acked.fingerprint;
}

/** A lower version is an answer of a server that has not been upgraded yet: AKS knows no way back. */
function isUpgrade(from: string, to: string): boolean {
  if (from === to) return false;
  const [before, after] = [versionNumbers(from), versionNumbers(to)];
  if (before === undefined || after === undefined) return true;
  for (const [index, number] of after.entries()) {
    if (number !== before[index]) return number > (before[index] ?? 0);
  }
  // The same numbers with another suffix, as `v1.31.2-hotfix`.
  return true;
}

function versionNumbers(version: string): number[] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/u.exec(version);
  return match === null ? undefined : match.slice(1, 4).map(Number);
}

function imageOf(nodeImage: string, { sendOnLivePatch }: TriggerPolicy): string {
  return sendOnLivePatch ? nodeImage : baseImage(nodeImage);
}

/**
 * What makes two deliveries the same one. Host name, certificate and sequence number are left out: they differ between nodes
 * that have the same data. What was acknowledged before is in it, so that a refresh after 30 days is a delivery of its own
 * while a repetition after a lost answer is not.
 */
function sendKey({ node, controlPlaneVersion, content, pool, requestId }: Known, policy: TriggerPolicy): string {
  return JSON.stringify([
    node.agentPool,
    node.architecture,
    imageOf(node.nodeImage, policy),
    node.kubeletVersion,
    controlPlaneVersion,
    content.fingerprint,
    pool.acked?.ackedAtMs ?? 0,
    requestId,
  ]);
}
