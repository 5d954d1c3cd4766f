import { describe, expect, it } from 'vitest';
import { EMPTY_RECORD, formatRecord, type NodeRecord, parseRecord, type RecordedNotice } from './node-record.ts';

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
    f({ notices: [notice], mark });
    f({ notices: [{ ...notice, isDrained: true }] });
    f({ notices: [{ ...notice, isDrained: true, isApproved: true }] });
    f({ notices: [], mark: { isCordonOurs: false, isTaintOurs: true } });
  });

  it('is no annotation when it is nothing', () => {
    expect(formatRecord(EMPTY_RECORD)).toBeUndefined();
    expect(parseRecord(undefined)).toEqual(EMPTY_RECORD);
  });

  it('is bounded: the oldest notices are left out', () => {
    const notices = Array.from({ length: 30 }, (_, index) => ({ ...notice, id: `e-${String(index)}` }));
    expect(parseRecord(formatRecord({ notices })).notices).toEqual(notices.slice(10));
  });

  it('is nothing where somebody has written something else: then nothing is undone', () => {
    const f = (text: string, expected: NodeRecord): void => expect([text, parseRecord(text)]).toEqual([text, expected]);
    f('', EMPTY_RECORD);
    f('{"notices":', EMPTY_RECORD);
    f('[]', EMPTY_RECORD);
    f('null', EMPTY_RECORD);
    f('{"notices":{},"mark":true}', EMPTY_RECORD);
    f('{"mark":{"isCordonOurs":"yes","isTaintOurs":true}}', EMPTY_RECORD);
  });

  it('keeps the notices that can be read beside those that cannot', () => {
    const others = [
      null,
      'e-2',
      { ...notice, kind: 'meteor' },
      { ...notice, source: 'rumour' },
      { ...notice, isMarking: 1 },
    ];
    expect(parseRecord(JSON.stringify({ notices: [...others, notice], mark }))).toEqual({ notices: [notice], mark });
  });
});
