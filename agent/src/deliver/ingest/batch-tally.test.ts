import { describe, expect, it } from 'vitest';
import { BatchTally } from './batch-tally.ts';

describe('the tally of batches', () => {
  const nothing = { received: 0, processed: 0 };
  const f = (
    [confirmed, epoch, receivedSeq, processedSeq]: [number[], number, number, number],
    expected: [received: number, processed: number],
  ): void => {
    const tally = new BatchTally();
    expect(tally.opened({ epoch: 4 })).toEqual(nothing);
    for (const processed of confirmed) expect(tally.confirmed(processed)).toEqual({ received: 1, processed });
    const ended = { epoch, receivedSeq, processedSeq };
    expect(tally.opened({ epoch: 5, ended })).toEqual({ received: expected[0], processed: expected[1] });
    // What was told is told once.
    expect(tally.opened({ epoch: 6, ended: { epoch: 5, receivedSeq: 0, processedSeq: 0 } })).toEqual(nothing);
  };

  it('counts what the session before got further than was confirmed', () => {
    f([[1, 1], 4, 2, 2], [0, 0]);
    f([[1, 1], 4, 3, 3], [1, 1]);
    f([[1, 0, 0], 4, 3, 3], [0, 2]);
    f([[], 4, 1, 1], [1, 1]);
  });

  it('counts nothing of a session that is not its last one', () => {
    f([[1, 1], 3, 9, 9], [0, 0]);
    const tally = new BatchTally();
    tally.opened({ epoch: 4 });
    expect(tally.opened({ epoch: 5 })).toEqual(nothing);
  });

  it('never counts backwards, as when the platform was set back', () => {
    f([[1, 1], 4, 1, 0], [0, 0]);
  });
});
