import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('gives back the first value that fits, whatever failed before', async () => {
    let looks = 0;
    const value = await eventually({
      what: 'the third look',
      look: () => {
        looks += 1;
        if (looks === 1) throw new Error('not up yet');
        return Promise.resolve({ looks });
      },
      until: (seen) => seen.looks === 3,
    });
    expect(value).toEqual({ looks: 3 });
  });

  it('says what it waited for and what it saw last', async () => {
    const waiting = eventually({ what: 'pods arrive', look: () => ({ pods: 2 }), until: () => false, timeoutMs: 1 });
    await expect(waiting).rejects.toThrow('waited 1 ms in vain until pods arrive; last seen: { pods: 2 }');
  });

  it('keeps the failure of the last look as the cause', async () => {
    const cause = new Error('connection refused');
    const waiting = eventually({
      what: 'it answers',
      look: () => Promise.reject(cause),
      until: () => true,
      timeoutMs: 1,
    });
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining('connection refused') as string,
      cause,
    });
  });

  it('fails with the error of its own condition, which is a mistake in the test', async () => {
    const until = (): boolean => {
      throw new TypeError('undefined is not an object');
    };
    await expect(eventually({ what: 'x', look: () => 1, until })).rejects.toThrow(TypeError);
  });
});
