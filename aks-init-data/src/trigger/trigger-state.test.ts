import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../pool/classify-node.ts';
import type { PoolRecord } from '../pool/pool-record.ts';
import {
  decide,
  type Decision,
  NOTHING_SEEN,
  type Observation,
  learn,
  type TriggerPolicy,
  type TriggerState,
} from './trigger-state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 7, 20);
const policy: TriggerPolicy = {
  periodMs: 30 * DAY,
  sendOnLivePatch: false,
  refusedPauseMs: DAY,
  keyChangePauseMs: HOUR,
  youngerFirstMs: 30 * 60_000,
};
const IMAGE = 'AKSUbuntu-2204gen2containerd-202607.13.0';
const node: NodeFacts = {
  uid: 'u-1',
  createdAtMs: NOW - 10 * DAY,
  agentPool: 'pool1',
  architecture: 'amd64',
  nodeImage: IMAGE,
  kubeletVersion: 'v1.33.2',
  osSku: 'Ubuntu',
};
const acked: PoolRecord = {
  ackedAtMs: NOW - DAY,
  nodeImage: IMAGE,
  kubeletVersion: 'v1.33.2',
  controlPlaneVersion: 'v1.33.2',
  fingerprint: 'f1',
  fingerprintKeyId: 'k1',
  nodeUid: 'u-1',
  nodeCreatedAtMs: NOW - 10 * DAY,
  requestId: '',
};

interface World {
  readonly node: Partial<NodeFacts>;
  readonly controlPlaneVersion: string;
  readonly fingerprint: string;
  readonly fingerprintKeyId: string;
  readonly acked: Partial<PoolRecord> | undefined;
  readonly refused: { sendKey: string; atMs: number } | undefined;
  readonly requestId: string;
  readonly sinceMs: number;
}

const see = (...observations: readonly Observation[]): TriggerState => observations.reduce(learn, NOTHING_SEEN);

function world(changes: Partial<World> = {}): TriggerState {
  const { fingerprint = 'f1', fingerprintKeyId = 'k1', requestId = '', refused, sinceMs = NOW - DAY } = changes;
  const { controlPlaneVersion: version = 'v1.33.2' } = changes;
  const record = 'acked' in changes && changes.acked === undefined ? undefined : { ...acked, ...changes.acked };
  return see(
    { type: 'node', verdict: { kind: 'eligible', node: { ...node, ...changes.node } } },
    { type: 'control-plane', version, atMs: sinceMs },
    { type: 'control-plane', version, atMs: sinceMs },
    { type: 'content', fingerprint, fingerprintKeyId },
    { type: 'pool', pool: { acked: record, refused } },
    { type: 'request', id: requestId },
  );
}

const after = (changes: Partial<World>, more: { policy?: Partial<TriggerPolicy>; nowMs?: number } = {}): Decision =>
  decide(world(changes), { ...policy, ...more.policy }, more.nowMs ?? NOW);
const said = (decision: Decision): string => (decision.kind === 'send' ? decision.reason : decision.kind);

describe('trigger', () => {
  it('waits until everything was seen', () => {
    expect(decide(NOTHING_SEEN, policy, NOW)).toEqual({
      kind: 'waiting',
      for: ['node', 'control-plane', 'pool', 'content'],
    });
    expect(decide(learn(world(), { type: 'content-lost' }), policy, NOW)).toEqual({
      kind: 'waiting',
      for: ['content'],
    });
  });

  it('sends for each of its reasons, and says the strongest', () => {
    const f = (changes: Partial<World>, expected: string): void => expect(said(after(changes))).toBe(expected);
    f({}, 'current');
    f({ acked: undefined }, 'startup');
    f({ acked: undefined, requestId: 'r-1' }, 'requested');
    f({ requestId: 'r-1' }, 'requested');
    f({ requestId: 'r-1', acked: { requestId: 'r-1' } }, 'current');
    f({ requestId: 'r-2', acked: { requestId: 'r-1' } }, 'requested');
    f({ controlPlaneVersion: 'v1.34.0' }, 'control-plane');
    f({ node: { kubeletVersion: 'v1.34.0' } }, 'kubelet');
    f({ node: { nodeImage: 'AKSUbuntu-2204gen2containerd-202608.03.0' } }, 'node-image');
    f({ fingerprint: 'f2' }, 'content');
    f({ acked: { ackedAtMs: NOW - 30 * DAY } }, 'periodic');
    f({ acked: { ackedAtMs: NOW - 30 * DAY + 1 } }, 'current');
    f({ fingerprint: 'f2', controlPlaneVersion: 'v1.34.0', node: { kubeletVersion: 'v1.34.0' } }, 'control-plane');
  });

  it('takes a new version of the control plane only when two answers agree', () => {
    const [old, next] = ['v1.33.2', 'v1.34.0'].map(
      (version) => ({ type: 'control-plane', version, atMs: NOW }) as const,
    );
    const f = (answers: readonly (typeof old)[], expected: string): void => {
      const state = answers.reduce((one, answer) => (answer === undefined ? one : learn(one, answer)), world());
      expect(said(decide(state, policy, NOW))).toBe(expected);
    };
    f([next], 'current');
    f([next, old, next, old], 'current');
    f([next, next], 'control-plane');
    // Once delivered as v1.34.0, servers that are still old are no reason.
    const delivered = world({ controlPlaneVersion: 'v1.33.2', acked: { controlPlaneVersion: 'v1.34.0' } });
    expect(said(decide(delivered, policy, NOW))).toBe('current');
  });

  it('compares versions by number and takes what it cannot compare for new', () => {
    const f = (from: string, to: string, expected: string): void =>
      expect([to, said(after({ controlPlaneVersion: to, acked: { controlPlaneVersion: from } }))]).toEqual([
        to,
        expected,
      ]);
    f('v1.9.10', 'v1.10.0', 'control-plane');
    f('v1.10.0', 'v1.9.10', 'current');
    f('v1.33.2', 'v1.33.10', 'control-plane');
    f('v1.33.2', 'v1.33.2-hotfix.1', 'control-plane');
    f('v1.33.2', 'preview', 'control-plane');
  });

  it('takes a security patch of a running image for no reason unless told', () => {
    const changes = { node: { nodeImage: `${IMAGE}-2026.08.10` } };
    expect(said(after(changes))).toBe('current');
    expect(said(after(changes, { policy: { sendOnLivePatch: true } }))).toBe('node-image');
  });

  it('leaves an older node silent where a younger one has sent other data', () => {
    const younger = { acked: { nodeCreatedAtMs: NOW - DAY, nodeUid: 'u-2' } };
    const f = (changes: Partial<World>, expected: string, nowMs = NOW): void =>
      expect(said(after({ ...changes, acked: { ...younger.acked, ...changes.acked } }, { nowMs }))).toBe(expected);
    // Both nodes of a pool in the middle of an upgrade: image, kubelet and content differ.
    f({ fingerprint: 'f0', node: { nodeImage: 'AKSUbuntu-2204gen2containerd-202606.01.0' } }, 'superseded');
    f({ fingerprint: 'f0', node: { kubeletVersion: 'v1.32.0' } }, 'superseded');
    f({ fingerprint: 'f0' }, 'superseded');
    // The same data: whichever node speaks.
    f({ acked: { ackedAtMs: NOW - 30 * DAY } }, 'periodic');
    // Nobody younger spoke for half an hour: older data is better than none.
    f({ fingerprint: 'f0', controlPlaneVersion: 'v1.34.0', sinceMs: NOW }, 'superseded');
    f(
      { fingerprint: 'f0', controlPlaneVersion: 'v1.34.0', sinceMs: NOW },
      'control-plane',
      NOW + policy.youngerFirstMs,
    );
    f({ fingerprint: 'f0', acked: { ackedAtMs: NOW - 30 * DAY } }, 'superseded');
    f({ fingerprint: 'f0', acked: { ackedAtMs: NOW - 30 * DAY } }, 'periodic', NOW + policy.youngerFirstMs);
    f({ fingerprint: 'f0', requestId: 'r-1' }, 'requested');
  });

  it('does not let two pods with two API keys take turns', () => {
    const f = (ackedAtMs: number, expected: string): void =>
      expect(said(after({ fingerprint: 'x', fingerprintKeyId: 'k2', acked: { ackedAtMs } }))).toBe(expected);
    f(NOW, 'held');
    f(NOW - HOUR + 1, 'held');
    f(NOW - HOUR, 'content');
  });

  it('lets what was refused rest until something changes or a day is over', () => {
    const first = after({ acked: undefined });
    if (first.kind !== 'send') throw new Error('it is not sent');
    const refused = { sendKey: first.key, atMs: NOW };
    const f = (changes: Partial<World>, expected: string, nowMs = NOW): void =>
      expect(said(after({ acked: undefined, refused, ...changes }, { nowMs }))).toBe(expected);
    f({}, 'held');
    f({}, 'startup', NOW + DAY);
    f({ fingerprint: 'f2' }, 'startup');
    f({ requestId: 'r-1' }, 'requested');
  });

  it('tells deliveries apart by what they are, not by the node', () => {
    const keyOf = (changes: Partial<World>): string => {
      const decision = after({ acked: undefined, ...changes });
      return decision.kind === 'send' ? decision.key : '';
    };
    const key = keyOf({});
    expect(keyOf({ node: { uid: 'u-9', createdAtMs: NOW } })).toBe(key);
    expect(keyOf({ node: { nodeImage: `${IMAGE}-2026.08.10` } })).toBe(key);
    const others: Partial<World>[] = [
      { node: { agentPool: 'pool2' } },
      { node: { architecture: 'arm64' } },
      { node: { kubeletVersion: 'v1.34.0' } },
      { controlPlaneVersion: 'v1.34.0' },
      { fingerprint: 'f2' },
      { requestId: 'r-1' },
    ];
    const keys = others.map(keyOf);
    expect(new Set([key, ...keys]).size).toBe(7);
    // A refresh after 30 days is a delivery of its own, though nothing has changed.
    const [first, second] = [NOW - 31 * DAY, NOW - 61 * DAY].map((ackedAtMs) => after({ acked: { ackedAtMs } }));
    expect(first?.kind === 'send' && second?.kind === 'send' && first.key !== second.key).toBe(true);
  });

  it('never sends from nodes that are excluded', () => {
    const excluded = learn(world({ acked: undefined }), {
      type: 'node',
      verdict: { kind: 'excluded', exclusion: 'karpenter' },
    });
    expect(decide(excluded, policy, NOW)).toEqual({ kind: 'excluded', exclusion: 'karpenter' });
  });

  it('sends nothing after an acknowledged delivery, wherever a random walk has led', () => {
    const seed = 424_242;
    const random = new SeededRandom(seed);
    for (let walk = 0; walk < 300; walk += 1) {
      let state = NOTHING_SEEN;
      let nowMs = NOW;
      for (let step = 0; step < 40; step += 1) {
        nowMs += random.integer(5) * HOUR;
        state = learn(state, anyObservation(random, nowMs));
        const decision = decide(state, policy, nowMs);
        if (decision.kind !== 'send') continue;
        // What the loop keeps after an acknowledgement.
        const { node: sent } = decision;
        state = learn(state, {
          type: 'pool',
          pool: {
            refused: undefined,
            acked: {
              ackedAtMs: nowMs,
              nodeImage: sent.nodeImage,
              kubeletVersion: sent.kubeletVersion,
              controlPlaneVersion: state.controlPlaneVersion ?? '',
              fingerprint: state.content?.fingerprint ?? '',
              fingerprintKeyId: state.content?.fingerprintKeyId ?? '',
              nodeUid: sent.uid,
              nodeCreatedAtMs: sent.createdAtMs,
              requestId: state.requestId,
            },
          },
        });
        expect(`seed ${seed}, walk ${walk}: ${said(decide(state, policy, nowMs))}`).toContain('current');
      }
    }
  });
});

function anyObservation(random: SeededRandom, atMs: number): Observation {
  const version = random.pick(['v1.33.2', 'v1.34.0', 'v1.34.1']);
  const choices: readonly Observation[] = [
    {
      type: 'node',
      verdict: {
        kind: 'eligible',
        node: { ...node, kubeletVersion: version, nodeImage: `${IMAGE}${random.pick(['', '-2026.08.10'])}` },
      },
    },
    { type: 'node', verdict: { kind: 'excluded', exclusion: 'karpenter' } },
    { type: 'control-plane', version, atMs },
    { type: 'content', fingerprint: random.pick(['f1', 'f2']), fingerprintKeyId: random.pick(['k1', 'k2']) },
    { type: 'content-lost' },
    { type: 'pool', pool: { acked: random.chance(0.5) ? undefined : acked, refused: undefined } },
    { type: 'request', id: random.pick(['', 'r-1', 'r-2']) },
  ];
  return random.pick(choices);
}
