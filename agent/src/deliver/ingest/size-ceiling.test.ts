import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { SizeCeiling } from './size-ceiling.ts';

const KIB = 1024;
/** Sizes in KiB of what was refused and taken of one batch. */
interface Told {
  readonly refused?: readonly number[];
  readonly taken?: readonly number[];
}

function tell(ceiling: SizeCeiling, { refused = [], taken = [] }: Told): void {
  for (const kib of refused) ceiling.refused(kib * KIB);
  for (const kib of taken) ceiling.taken(kib * KIB);
  ceiling.settle();
}

describe('the ceiling of a batch', () => {
  const f = (told: Told, expectedKib: number): void => {
    const ceiling = new SizeCeiling(new ManualClock());
    tell(ceiling, told);
    expect(ceiling.bytes / KIB).toBe(expectedKib);
  };

  it('is not there as long as nothing is too large', () => {
    f({}, Infinity);
    f({ taken: [8000] }, Infinity);
  });

  it('is what was taken after more was refused', () => {
    f({ refused: [8000, 4000, 2000], taken: [1000, 1000, 1000] }, 1000);
    f({ refused: [8000, 1000], taken: [900] }, 900);
  });

  it('is half of what was refused where what was taken is small, for that may be so for another reason', () => {
    f({ refused: [5000], taken: [1] }, 2500);
  });

  it('is not lowered by an object that is refused beside larger batches, nor by a platform that takes nothing', () => {
    f({ refused: [8000, 4000, 2000, 1000], taken: [4000, 2000] }, Infinity);
    f({ refused: [8000, 4000] }, Infinity);
  });

  it('is never so low that nothing goes out any more', () => {
    f({ refused: [10], taken: [1] }, 64);
  });

  it('is forgotten after ten minutes, counted from the batch that told it last', async () => {
    const clock = new ManualClock();
    const ceiling = new SizeCeiling(clock);
    tell(ceiling, { refused: [4000], taken: [2000] });
    await clock.advance(599_999);
    tell(ceiling, { taken: [2000] });
    expect(ceiling.bytes / KIB).toBe(2000);
    await clock.advance(1);
    expect(ceiling.bytes).toBe(Infinity);
    tell(ceiling, { refused: [2000], taken: [1500] });
    await clock.advance(599_999);
    expect(ceiling.bytes / KIB).toBe(1500);
  });

  it('takes nothing from a batch that was given up', () => {
    const ceiling = new SizeCeiling(new ManualClock());
    ceiling.refused(4000 * KIB);
    ceiling.forget();
    tell(ceiling, { taken: [1000] });
    expect(ceiling.bytes).toBe(Infinity);
  });
});
