import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_RECORD,
  formatRecord,
  isOrphaned,
  type NodeRecord,
  parseRecord,
  type RecordedNotice,
} from './node-record.ts';

const notice: RecordedNotice = {
  id: 'e-1',
  source: 'scheduled-events',
  kind: 'preempt',
  type: 'Preempt',
  isStarted: false,
  startsAtMs: 1_000,
  isReported: true,
  isMarking: true,
};
const mark = { isCordonOurs: true, isTaintOurs: true, labelBefore: null };

describe('what was done to a node', () => {
  it('is read as it was written', () => {
    const f = (record: NodeRecord): void => expect(parseRecord(formatRecord(record))).toEqual(record);
    f({ notices: [notice], unread: [], mark });
    f({ notices: [{ ...notice, isDrained: true }], unread: [] });
    f({ notices: [{ ...notice, isDrained: true, isApproved: true }], unread: [] });
    f({ notices: [], unread: [], mark: { isCordonOurs: false, isTaintOurs: true } });
  });

  it('is no annotation when it is nothing', () => {
    expect(formatRecord(EMPTY_RECORD)).toBeUndefined();
    expect(parseRecord(undefined)).toEqual(EMPTY_RECORD);
  });

  it('is bounded: the oldest notices are left out', () => {
    const notices = Array.from({ length: 30 }, (_, index) => ({ ...notice, id: `e-${String(index)}` }));
    expect(parseRecord(formatRecord({ notices, unread: [] })).notices).toEqual(notices.slice(10));
  });

  it('is nothing where somebody has written something else: then nothing is undone', () => {
    const f = (text: string, expected: NodeRecord): void => expect([text, parseRecord(text)]).toEqual([text, expected]);
    f('', EMPTY_RECORD);
    f('{"notices":', EMPTY_RECORD);
    f('[]', EMPTY_RECORD);
    f('null', EMPTY_RECORD);
    f('{"notices":{},"mark":true}', EMPTY_RECORD);
    f('{"mark":{"isCordonOurs":"yes","isTaintOurs":1}}', EMPTY_RECORD);
  });

  it('keeps what can be read beside what cannot, and what cannot as it is', () => {
    const others = [
      { ...notice, kind: 'meteor' },
      { ...notice, source: 'rumour' },
      { ...notice, isMarking: 1 },
    ];
    const text = JSON.stringify({ notices: [null, 'e-2', ...others, notice], mark });
    const record = { notices: [notice], unread: others, mark };
    expect(parseRecord(text)).toEqual(record);
    expect(parseRecord(formatRecord(record))).toEqual(record);
    expect(parseRecord(JSON.stringify({ notices: [{ later: 'x'.repeat(3000) }] }))).toEqual(EMPTY_RECORD);
  });

  it('has of the mark each part that can be read: what it says to be ours is undone, and nothing else is', () => {
    const f = (given: unknown, expected: unknown): void => {
      expect(parseRecord(JSON.stringify({ mark: given })).mark).toEqual(expected);
    };
    f({ isCordonOurs: true }, { isCordonOurs: true, isTaintOurs: false });
    f({ isCordonOurs: 'yes', isTaintOurs: true }, { isCordonOurs: false, isTaintOurs: true });
    f({ labelBefore: 'a' }, { isCordonOurs: false, isTaintOurs: false, labelBefore: 'a' });
    f({ isCordonOurs: true, labelBefore: 7 }, { isCordonOurs: true, isTaintOurs: false });
    f({ cordon: true }, undefined);
  });

  it('has no time where none is written that a date can hold', () => {
    for (const time of ['1e999', '8.64e15', '-1e300', '8640000000000001', '"soon"', 'null']) {
      const text = `{"notices":[${JSON.stringify({ ...notice, startsAtMs: 'T' }).replace('"T"', time)}]}`;
      const [read] = parseRecord(text).notices;
      expect([time, read]).toEqual([
        time,
        time === '8.64e15' ? { ...notice, startsAtMs: 8.64e15 } : withoutTime(notice),
      ]);
    }
  });

  it('is bounded in its texts', () => {
    const f = (more: object): RecordedNotice | undefined =>
      parseRecord(JSON.stringify({ notices: [{ ...notice, ...more }] })).notices[0];
    expect(f({ type: 'x'.repeat(100_000) })?.type).toBe('x'.repeat(200));
    expect(f({ id: 'x'.repeat(501) })).toBeUndefined();
  });
});

/** A record as anybody may have written it: parts of real ones among everything else that JSON can say. */
const anyRecord = (() => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(true, false, null, 'true', 8.64e15 + 1, -1, 'spot-interruption'),
  );
  const anyNotice = fc.oneof(
    part,
    fc.tuple(fc.constantFrom(...Object.keys({ ...notice, isDrained: 0, isApproved: 0 })), part).map(([key, value]) => ({
      ...notice,
      [key]: value,
    })),
  );
  const anyMark = fc.oneof(
    part,
    fc.record({ isCordonOurs: part, isTaintOurs: part, labelBefore: part }, { requiredKeys: [] }),
  );
  return fc.oneof(
    part,
    fc.record({ version: part, notices: fc.oneof(part, fc.array(anyNotice)), mark: anyMark }, { requiredKeys: [] }),
  );
})();

it('is read whatever somebody has written, and what is read is written and read again as it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        anyRecord.map((record) => JSON.stringify(record)),
      ),
      (text) => {
        const record = parseRecord(text);
        for (const { startsAtMs = 0 } of record.notices) expect(() => new Date(startsAtMs).toISOString()).not.toThrow();
        const again = parseRecord(formatRecord(record));
        const bounded = [...record.unread, ...record.notices].length <= 20;
        if (bounded) expect(again).toEqual(record);
        else expect(parseRecord(formatRecord(again))).toEqual(again);
      },
    ),
    { verbose: true, numRuns: 500 },
  );
});

describe('a record is orphaned', () => {
  it('when there may be reasons for what was done that cannot be read', () => {
    const f = (record: Partial<NodeRecord>, expected: boolean): void => {
      expect([record, isOrphaned({ ...EMPTY_RECORD, ...record })]).toEqual([record, expected]);
    };
    f({}, false);
    f({ notices: [notice], mark }, false);
    f({ notices: [{ ...notice, isMarking: false }], mark }, true);
    f({ mark }, true);
    f({ notices: [notice], unread: [{}], mark }, true);
    f({ unread: [{}] }, true);
  });
});

function withoutTime(from: RecordedNotice): RecordedNotice {
  const { startsAtMs, ...rest } = from;
  return startsAtMs === undefined ? from : rest;
}
