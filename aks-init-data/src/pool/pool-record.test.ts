import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import { formatPoolState, isPlausibleTime, parsePoolState, type PoolRecord, type PoolState } from './pool-record.ts';

const NOW = Date.UTC(2026, 10, 29);
const MINUTE = 60_000;
const acked: PoolRecord = {
  ackedAtMs: NOW - 1,
  nodeImage: 'i',
  kubeletVersion: 'k',
  controlPlaneVersion: 'c',
  fingerprint: 'f',
  fingerprintKeyId: 'id',
  nodeUid: 'u',
  nodeCreatedAtMs: NOW - 2,
  requestId: '',
};
const refused = { sendKey: 's', atMs: NOW - 3 };
const state: PoolState = { acked, refused };

describe('record of a pool', () => {
  it('is read as it was written, and of it nothing but what is known', () => {
    expect(parsePoolState(formatPoolState(state), NOW)).toEqual(state);
    expect(parsePoolState(formatPoolState({ acked: undefined, refused }), NOW)).toEqual({ acked: undefined, refused });
    const more = { ...state, isDoubted: true, acked: { ...acked, more: 'x'.repeat(1000) } };
    expect(parsePoolState(JSON.stringify(more), NOW)).toEqual(state);
    expect(parsePoolState(formatPoolState({ ...state, isDoubted: true }), NOW)).toEqual(state);
  });

  it('takes no time from another clock that is later than now by more than five minutes, or that is no date', () => {
    const f = (atMs: unknown, isBelieved: boolean): void => {
      expect([atMs, isPlausibleTime(atMs, NOW)]).toEqual([atMs, isBelieved]);
      for (const name of ['ackedAtMs', 'nodeCreatedAtMs']) {
        const read = parsePoolState(JSON.stringify({ refused, acked: { ...acked, [name]: atMs } }), NOW);
        expect([atMs, name, read.acked === undefined, read.isDoubted]).toEqual([
          atMs,
          name,
          !isBelieved,
          isBelieved ? undefined : true,
        ]);
        // Each part on its own.
        expect(read.refused).toEqual(refused);
      }
      const read = parsePoolState(JSON.stringify({ acked, refused: { ...refused, atMs } }), NOW);
      expect([atMs, read.refused === undefined, read.acked]).toEqual([atMs, !isBelieved, acked]);
    };
    f(NOW, true);
    f(NOW + 5 * MINUTE, true);
    f(0, true);
    f(NOW + 5 * MINUTE + 1, false);
    f(Date.UTC(2099, 0), false);
    f(8.64e15, false);
    f(1e300, false);
    f(-1, false);
    f(null, false);
    f(String(NOW), false);
    f([NOW], false);
    f({ valueOf: NOW }, false);
    f(true, false);
    expect([isPlausibleTime(Number.NaN, NOW), isPlausibleTime(Infinity, NOW)]).toEqual([false, false]);
  });

  it('that is absent is absent, and one that is there and cannot be read is doubted', () => {
    const nothing = { acked: undefined, refused: undefined };
    const f = (text: string | undefined, expected: PoolState): void =>
      expect([text?.slice(0, 80), parsePoolState(text, NOW)]).toEqual([text?.slice(0, 80), expected]);
    f(undefined, nothing);
    f('{}', nothing);
    const doubted = { ...nothing, isDoubted: true };
    for (const text of ['', 'x', '[]', 'null', '7', '"acked"', '{"acked":{}}', '{"acked":[]}', '{"acked":null}']) {
      f(text, doubted);
    }
    f('{"acked":{"ackedAtMs":1e999}}', doubted);
    f('['.repeat(100_000), doubted);
    f(JSON.stringify({ acked: { ...acked, nodeImage: 7 } }), doubted);
    f(JSON.stringify({ acked: { ...acked, fingerprint: 'f'.repeat(513) } }), doubted);
    f(`${formatPoolState(state)}${' '.repeat(1_000_000)}`, doubted);
    f(`{"refused":{"sendKey":"${'s'.repeat(25_000)}","atMs":1}}`, nothing);
    f('{"refused":7}', nothing);
  });

  it('looks at own members only, whatever names they have', () => {
    const inherited = JSON.stringify({ acked }).replace('"acked"', '"__proto__"');
    expect(parsePoolState(inherited, NOW)).toEqual({ acked: undefined, refused: undefined });
    const odd = `{"acked":{"__proto__":${JSON.stringify(acked)},"constructor":1,"toString":2}}`;
    expect(parsePoolState(odd, NOW)).toEqual({ acked: undefined, refused: undefined, isDoubted: true });
  });

  it('gives times that a date holds and texts that are bounded, whatever 2,000 mutations make of it', () => {
    const seed = 7_011;
    const random = new SeededRandom(seed);
    const odd = ['1e300', '1e999', '-1', 'null', '[]', '{}', '"x"', '8.64e15', '"__proto__"', 'true', '0.5', '\\ud800'];
    for (let trial = 0; trial < 2_000; trial += 1) {
      let text = formatPoolState(state);
      for (let change = random.integer(3); change >= 0; change -= 1) {
        const at = random.integer(text.length);
        const rest = text.slice(at + random.integer(20));
        text = `${text.slice(0, at)}${random.chance(0.5) ? random.pick(odd) : ''}${rest}`;
      }
      const where = `seed ${seed}, trial ${trial}: ${text}`;
      const read = parsePoolState(text, NOW);
      for (const atMs of [read.acked?.ackedAtMs, read.acked?.nodeCreatedAtMs, read.refused?.atMs]) {
        if (atMs !== undefined) expect([where, new Date(atMs).getTime() <= NOW + 5 * MINUTE]).toEqual([where, true]);
      }
      expect([where, JSON.stringify(read).length < 2_000]).toEqual([where, true]);
    }
  });
});
