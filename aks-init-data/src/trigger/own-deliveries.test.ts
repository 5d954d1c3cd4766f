import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../pool/classify-node.ts';
import { formatPoolState, parsePoolState, type PoolRecord } from '../pool/pool-record.ts';
import { believed, lastAckedMs, lastRefusedMs, NOTHING_DELIVERED, type OwnDeliveries } from './own-deliveries.ts';
import { decide, type Decision, learn, NOTHING_SEEN, type TriggerPolicy, type TriggerState } from './trigger-state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 29);
const policy: TriggerPolicy = {
  periodMs: 30 * DAY,
  sendOnLivePatch: false,
  refusedPauseMs: DAY,
  keyChangePauseMs: HOUR,
  youngerFirstMs: HOUR / 2,
};
const node: NodeFacts = {
  uid: 'u-1',
  createdAtMs: NOW - 10 * DAY,
  agentPool: 'pool1',
  architecture: 'amd64',
  nodeImage: 'i',
  kubeletVersion: 'v1.33.2',
  osSku: 'Ubuntu',
};

/** A pod as far as the trigger goes: its node, and a clock that is wrong by so much. */
class Pod {
  readonly #offMs: number;
  readonly #node: NodeFacts;
  readonly #answer: 'acknowledged' | 'refused';
  #state: TriggerState;

  constructor(offMs: number, changes: Partial<NodeFacts> = {}, answer: 'acknowledged' | 'refused' = 'acknowledged') {
    this.#offMs = offMs;
    this.#node = { ...node, ...changes };
    this.#answer = answer;
    const version = { type: 'control-plane', version: 'v1.33.2', atMs: NOW + offMs } as const;
    this.#state = [
      { type: 'node', verdict: { kind: 'eligible', node: this.#node } } as const,
      version,
      version,
      { type: 'content', fingerprint: `f-${this.#node.nodeImage}`, fingerprintKeyId: 'k1' } as const,
    ].reduce(learn, NOTHING_SEEN);
  }

  /** Looks at what is kept, and delivers if that is due. What is kept then; undefined: as it was. */
  look(kept: string | undefined, trueMs: number): { decision: Decision; kept: string | undefined } {
    const nowMs = trueMs + this.#offMs;
    this.#state = learn(this.#state, { type: 'pool', pool: parsePoolState(kept, nowMs) });
    const decision = decide(this.#state, policy, nowMs);
    if (decision.kind !== 'send') return { decision, kept: undefined };
    const { nodeImage, kubeletVersion, uid, createdAtMs } = this.#node;
    const record: PoolRecord = {
      ackedAtMs: nowMs,
      nodeImage,
      kubeletVersion,
      controlPlaneVersion: 'v1.33.2',
      fingerprint: `f-${nodeImage}`,
      fingerprintKeyId: 'k1',
      nodeUid: uid,
      nodeCreatedAtMs: Math.min(createdAtMs, nowMs),
      requestId: '',
    };
    const refusal = { sendKey: decision.key, atMs: nowMs };
    this.#state = learn(
      this.#state,
      this.#answer === 'acknowledged' ? { type: 'acknowledged', record } : { type: 'refused', refusal },
    );
    return { decision, kept: formatPoolState(this.#state.pool ?? { acked: undefined, refused: undefined }) };
  }
}

/** How often each of the pods delivers in a week of looking every five minutes, in an order of chance. */
function aWeekOf(
  pods: readonly Pod[],
  seed: number,
  tamper: (kept: string | undefined) => string | undefined,
): number[] {
  const random = new SeededRandom(seed);
  const counts = pods.map(() => 0);
  let kept: string | undefined;
  for (let trueMs = NOW; trueMs < NOW + 7 * DAY; trueMs += HOUR / 12) {
    for (const index of pods.map((_, at) => at).sort(() => random.integer(3) - 1)) {
      const after = pods[index]?.look(tamper(kept), trueMs);
      if (after?.kept === undefined) continue;
      ({ kept } = after);
      counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  return counts;
}

const asKept = (kept: string | undefined): string | undefined => kept;

describe('records of other machines', () => {
  it('cost a delivery each at most when clocks are wrong, however long the pods go on', () => {
    const f = (offsMs: readonly number[], most: number): void => {
      for (let seed = 1; seed <= 3; seed += 1) {
        const counts = aWeekOf(
          offsMs.map((offMs, index) => new Pod(offMs, { uid: `u-${index}` })),
          seed,
          asKept,
        );
        const total = counts.reduce((sum, count) => sum + count, 0);
        expect([offsMs, seed, counts, total >= 1 && total <= most]).toEqual([offsMs, seed, counts, true]);
      }
    };
    f([0, 0, 0, 0], 1);
    f([0, 60_000, -60_000], 1);
    // A year behind, a year ahead, both, an hour.
    f([0, 0, 0, -365 * DAY], 5);
    f([0, 0, 0, 365 * DAY], 5);
    f([-365 * DAY, 0, 365 * DAY], 6);
    f([0, 0, HOUR], 4);
    f([0, 0, -HOUR], 4);
  });

  it('do not make an older node and a younger one take turns, although the older one\u2019s clock is behind', () => {
    const younger = new Pod(0, { nodeImage: 'j', createdAtMs: NOW - 60_000 });
    const counts = aWeekOf([new Pod(-HOUR), younger], 3, asKept);
    expect([counts, counts.every((count) => count <= 2)]).toEqual([counts, true]);
  });

  it('let each pod be refused once a day, whatever the others\u2019 clocks say', () => {
    const pods = [0, -365 * DAY, 365 * DAY].map((offMs) => new Pod(offMs, {}, 'refused'));
    const counts = aWeekOf(pods, 4, asKept);
    expect([counts, counts.every((count) => count <= 8)]).toEqual([counts, true]);
  });

  it('cost one delivery, and one each for whoever sees it first, while somebody spoils them for ever', () => {
    const spoiled = (kept: string | undefined): string | undefined =>
      kept?.replace(/"ackedAtMs":\d+/u, '"ackedAtMs":8640000000000000');
    // Of its own it had delivered before the record was spoiled: once in doubt, and never again.
    const counts = aWeekOf([new Pod(0), new Pod(0)], 5, spoiled);
    expect([counts, counts.every((count) => count <= 2)]).toEqual([counts, true]);
  });
});

describe('own deliveries', () => {
  const acked: PoolRecord = {
    ackedAtMs: NOW - DAY,
    nodeImage: 'i',
    kubeletVersion: 'k',
    controlPlaneVersion: 'c',
    fingerprint: 'f',
    fingerprintKeyId: 'id',
    nodeUid: 'u',
    nodeCreatedAtMs: 0,
    requestId: '',
  };
  const doubted = { acked: undefined, refused: undefined, isDoubted: true };

  it('stand in for a record in doubt that was answered, and for nothing else', () => {
    const answered: OwnDeliveries = { ...NOTHING_DELIVERED, acked, wasInDoubt: true };
    const f = (pool: typeof doubted | { acked: undefined; refused: undefined }, own: OwnDeliveries, nowMs = NOW) =>
      believed(pool, own, nowMs).acked;
    expect(f(doubted, answered)).toEqual(acked);
    expect(f(doubted, { ...answered, wasInDoubt: false })).toBeUndefined();
    expect(f({ acked: undefined, refused: undefined }, answered)).toBeUndefined();
    expect(f(doubted, NOTHING_DELIVERED)).toBeUndefined();
    // Our own clock was set back.
    expect(f(doubted, answered, NOW - 2 * DAY)).toBeUndefined();
    const other = { ...acked, fingerprint: 'other' };
    expect(believed({ acked: other, refused: undefined }, answered, NOW).acked).toEqual(other);
  });

  it('count as the last ones where they are later than what others wrote', () => {
    const own: OwnDeliveries = { ...NOTHING_DELIVERED, acked };
    const f = (ackedAtMs: number, nowMs: number, expected: number): void =>
      expect(lastAckedMs({ ...acked, ackedAtMs }, own, nowMs)).toBe(expected);
    f(NOW - 2 * DAY, NOW, NOW - DAY);
    f(NOW, NOW, NOW);
    f(NOW - 3 * DAY, NOW - 2 * DAY, NOW - 3 * DAY);
  });

  it('tell when this very delivery was refused, to us or to another', () => {
    const own: OwnDeliveries = { ...NOTHING_DELIVERED, refused: { sendKey: 's', atMs: 5 } };
    const f = (refused: { sendKey: string; atMs: number } | undefined, key: string): number | undefined =>
      lastRefusedMs(key, { acked: undefined, refused }, own);
    expect(f(undefined, 's')).toBe(5);
    expect(f({ sendKey: 's', atMs: 7 }, 's')).toBe(7);
    expect(f({ sendKey: 's', atMs: 3 }, 's')).toBe(5);
    expect(f({ sendKey: 't', atMs: 3 }, 't')).toBe(3);
    expect(f({ sendKey: 't', atMs: 3 }, 'x')).toBeUndefined();
  });

  it('are forgotten by a node that goes over to another pool', () => {
    const verdict = (agentPool: string) => ({ kind: 'eligible', node: { ...node, agentPool } }) as const;
    const inPool = learn(NOTHING_SEEN, { type: 'node', verdict: verdict('pool1') });
    const delivered = learn(inPool, { type: 'acknowledged', record: acked });
    expect(learn(delivered, { type: 'node', verdict: verdict('pool1') }).own.acked).toEqual(acked);
    expect(learn(delivered, { type: 'node', verdict: verdict('pool2') }).own).toEqual(NOTHING_DELIVERED);
  });
});
