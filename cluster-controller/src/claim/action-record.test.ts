import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActionRecord, formatRecord, mayTakeOver, parseRecord } from './action-record.ts';

const record: ActionRecord = {
  id: 'a-1',
  kind: 'drainNode',
  epoch: { lease: 'lease-1', transitions: 3 },
  claimedAtMs: 1000,
  target: { is: 'found', uid: 'node-uid' },
  step: 'evict',
  progress: { isCordonOurs: true },
};
const doubted = (problem: string): object => ({ is: 'doubted', id: 'a-1', problem });

describe('what is kept of an action', () => {
  it('is read as it was written', () => {
    const f = (given: ActionRecord): void =>
      expect(parseRecord(formatRecord(given))).toEqual({ is: 'record', record: given });
    f(record);
    f({ ...record, target: { is: 'found', uid: 'node-uid', node: 'n-1' } });
    f({ ...record, outcome: { is: 'done', detail: '30 pods have left' } });
    f({
      ...record,
      outcome: { is: 'failed', code: 'pdb_blocked', detail: 'default/web-0: budget' },
      progress: { forced: 2 },
    });
    f({ ...record, kind: 'createEvent', step: 'do', target: { is: 'none' }, progress: {} });
    f({ ...record, kind: 'deleteNode', step: 'attachments', target: { is: 'gone' }, progress: {} });
    f({
      ...record,
      kind: 'unusable',
      step: 'do',
      target: { is: 'none' },
      progress: {},
      outcome: { is: 'failed', code: 'invalid', detail: '' },
    });
  });

  it('of another form is doubted, so that it is not begun again', () => {
    const later = JSON.stringify({ ...record, version: 2 });
    expect(parseRecord(later)).toEqual(doubted('its record is written in form 2, and this version knows form 1'));
    expect(parseRecord('{"id":"a-1"}')).toEqual(
      doubted('its record is written in no known form, and this version knows form 1'),
    );
  });

  it('with any part that cannot be believed is doubted as a whole', () => {
    const base = JSON.parse(formatRecord(record)) as Record<string, unknown>;
    const f = (member: string, ...values: unknown[]): void => {
      for (const value of values) {
        expect([member, value, parseRecord(JSON.stringify({ ...base, [member]: value }))]).toEqual([
          member,
          value,
          doubted('its record cannot be read'),
        ]);
      }
    };
    f('kind', 'fly', 7, null, 'unusable');
    f('target', { is: 'found', uid: 'u', node: 7 }, { is: 'found', uid: 'u', node: 'n'.repeat(254) });
    f('step', 'volume', 'pods', 'do', null);
    f('epoch', null, {}, { lease: 'x', transitions: -1 }, { lease: 'x', transitions: 1.5 });
    f('claimedAtMs', '1', -1, null);
    f('target', null, { is: 'found' }, { is: 'found', uid: '' }, { is: 'lost' });
    f('progress', null, { forced: -1 }, { isCordonOurs: 'yes' });
    f('outcome', null, {}, { is: 'failed', code: 'oops', detail: '' }, { is: 'done' });
  });

  it('that says nothing is nameless, and no text throws', () => {
    for (const text of ['', '[]', '7', '{', '{"version":1}', '{"version":1,"id":"../x"}', 'x'.repeat(40_000)]) {
      expect(parseRecord(text)).toEqual({ is: 'nameless' });
    }
    fc.assert(fc.property(fc.json(), (text) => void parseRecord(text)));
  });

  it('is bounded, whatever the words of its outcome', () => {
    const detail = '\u0001'.repeat(10_000);
    const text = formatRecord({ ...record, outcome: { is: 'failed', code: 'timeout', detail } });
    expect(text.length).toBeLessThan(32 * 1024);
    expect(parseRecord(text)).toMatchObject({ is: 'record' });
  });

  it('is taken over unless its lease has changed hands since', () => {
    const f = (stored: [string, number], own: [string, number], expected: boolean): void =>
      expect(mayTakeOver({ lease: stored[0], transitions: stored[1] }, { lease: own[0], transitions: own[1] })).toBe(
        expected,
      );
    f(['l', 4], ['l', 3], false);
    f(['l', 3], ['l', 3], true);
    f(['l', 2], ['l', 3], true);
    f(['another', 9], ['l', 3], true);
  });
});
