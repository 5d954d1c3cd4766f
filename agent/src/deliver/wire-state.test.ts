import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { describe, expect, it } from 'vitest';
import { askFor, meansOtherWire, stepWire, type WireInput, type WireState } from './wire-state.ts';

const interference = (more: object): Verdict => ({ kind: 'INTERFERENCE', ackMismatch: false, detail: '', ...more });
const notFound = interference({ status: 404 });
const unavailable: Verdict = { kind: 'UNAVAILABLE', status: 503, detail: '' };

const asking = (wire: WireState['wire']): WireState => askFor(wire, 0);
const speaking = (wire: WireState['wire']): WireState => ({ ...asking(wire), phase: 'speaking' });
const states = {
  'asking ingest': asking('ingest'),
  'asking agent-deltas': asking('agent-deltas'),
  'speaking ingest': speaking('ingest'),
  'speaking agent-deltas': speaking('agent-deltas'),
};
const inputs: Record<WireInput['type'] | 'refusedOtherwise' | 'answeredNo', WireInput> = {
  taken: { type: 'taken', nowMs: 1 },
  refused: { type: 'refused', verdict: notFound, nowMs: 1 },
  refusedOtherwise: { type: 'refused', verdict: unavailable, nowMs: 1 },
  dayPassed: { type: 'dayPassed' },
  answered: { type: 'answered', isSpoken: true, nowMs: 1 },
  answeredNo: { type: 'answered', isSpoken: false, nowMs: 1 },
};

/** Every state with every input: phase and wire, and what is done. */
const table: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
  'asking ingest': {
    taken: 'speaking ingest',
    refused: 'asking agent-deltas change waitADay',
    refusedOtherwise: 'asking ingest',
    dayPassed: 'asking ingest',
    answered: 'asking ingest',
    answeredNo: 'asking ingest',
  },
  'asking agent-deltas': {
    taken: 'speaking agent-deltas',
    refused: 'asking ingest change',
    refusedOtherwise: 'asking agent-deltas',
    dayPassed: 'asking agent-deltas ask',
    answered: 'asking ingest change',
    answeredNo: 'asking agent-deltas waitADay',
  },
  'speaking ingest': {
    taken: 'speaking ingest',
    refused: 'speaking ingest',
    refusedOtherwise: 'speaking ingest',
    dayPassed: 'speaking ingest',
    answered: 'speaking ingest',
    answeredNo: 'speaking ingest',
  },
  'speaking agent-deltas': {
    taken: 'speaking agent-deltas',
    refused: 'speaking agent-deltas',
    refusedOtherwise: 'speaking agent-deltas',
    dayPassed: 'speaking agent-deltas ask',
    answered: 'asking ingest change',
    answeredNo: 'speaking agent-deltas waitADay',
  },
};

const refusedAt = (nowMs: number, verdict = notFound): WireInput => ({ type: 'refused', verdict, nowMs });
const walk = (state: WireState, ...steps: WireInput[]): string[] => {
  let now = state;
  return steps.map((input) => {
    now = stepWire(now, input).state;
    return `${now.phase} ${now.wire}`;
  });
};

describe('choice of a wire', () => {
  it('answers every input in every state as the table says', () => {
    for (const [name, row] of Object.entries(table)) {
      for (const [type, expected] of Object.entries(row)) {
        const { state, commands } = stepWire(states[name as keyof typeof states], inputs[type as keyof typeof inputs]);
        const got = [`${state.phase} ${state.wire}`, ...commands.map((command) => command.type)].join(' ');
        expect([name, type, got]).toEqual([name, type, expected]);
      }
    }
  });

  it('knows what says that nobody speaks a wire there, and what may pass', () => {
    expect(
      [
        notFound,
        interference({ status: 405 }),
        interference({ status: 200, isPage: true }),
        { kind: 'UNSUPPORTED_ENCODING', detail: '' } as const,
      ].map(meansOtherWire),
    ).toEqual([true, true, true, true]);
    expect(
      [
        unavailable,
        interference({ status: 200 }),
        { kind: 'UNSUPPORTED_ENCODING', next: 'gzip', detail: '' } as const,
        { kind: 'UNKNOWN_CLUSTER', status: 404, detail: '' } as const,
        { kind: 'UNAUTHORIZED', keyChanged: false, byPlatform: false, status: 403, detail: '' } as const,
      ].map(meansOtherWire),
    ).toEqual([false, false, false, false, false]);
  });

  it('goes to and fro ever more slowly where neither is spoken', () => {
    let state = asking('ingest');
    const changesAt: number[] = [];
    for (let nowMs = 0; nowMs <= 4 * 3_600_000; nowMs += 1_000) {
      const step = stepWire(state, refusedAt(nowMs));
      if (step.commands.length > 0) changesAt.push(nowMs / 1_000);
      state = step.state;
    }
    expect(changesAt.slice(0, 8)).toEqual([0, 60, 180, 420, 900, 1_800 + 60, 3_600 + 60, 5_400 + 60]);
  });

  it('gives up a wire that was spoken only when five minutes long nothing else is said', () => {
    const state = speaking('ingest');
    expect(walk(state, refusedAt(1_000), refusedAt(300_000), refusedAt(301_000)).at(-1)).toBe('asking agent-deltas');
    const interrupted = [refusedAt(1_000), refusedAt(200_000, unavailable), refusedAt(301_000)];
    expect(walk(state, ...interrupted).at(-1)).toBe('speaking ingest');
    const taken: WireInput = { type: 'taken', nowMs: 200_000 };
    expect(walk(state, refusedAt(1_000), taken, refusedAt(301_000)).at(-1)).toBe('speaking ingest');
  });

  it('changes to the other wire each time it changes, on a random walk', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new SeededRandom(seed);
    let state = asking('ingest');
    let nowMs = 0;
    for (let index = 0; index < 5_000; index++) {
      nowMs += random.integer(120_000);
      const input = random.pick(Object.values(inputs));
      const { state: next, commands } = stepWire(state, 'nowMs' in input ? { ...input, nowMs } : input);
      const changed = commands.flatMap((command) => (command.type === 'change' ? [command.wire] : []));
      expect({ seed, changed }).toEqual({ seed, changed: next.wire === state.wire ? [] : [next.wire] });
      state = next;
    }
  });
});
