import { describe, expect, it } from 'vitest';
import { Directives } from './directives.ts';

const wish = (id: string) => ({ id, resync: { feedIds: [1], reason: 'lost' } });

describe('directives', () => {
  it('are told once, however often they are repeated', () => {
    const directives = new Directives();
    expect(directives.fresh([wish('a'), wish('b'), wish('a')])).toEqual([wish('a'), wish('b')]);
    expect(directives.fresh([wish('b'), wish('c')])).toEqual([wish('c')]);
  });

  it('are remembered up to a thousand', () => {
    const directives = new Directives();
    const many = Array.from({ length: 1001 }, (_, index) => wish(String(index)));
    expect(directives.fresh(many)).toHaveLength(1001);
    expect(directives.fresh([wish('1000')])).toEqual([]);
    expect(directives.fresh([wish('0')])).toEqual([wish('0')]);
  });
});
