import { describe, expect, it } from 'vitest';
import { forEachAtOnce } from './for-each-at-once.ts';

/** Work whose end the test decides. */
function start(items: readonly string[], atOnce: number) {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const done = forEachAtOnce(items, atOnce, (item) => {
    begun.push(item);
    const end = Promise.withResolvers<void>();
    ends.set(item, end);
    return end.promise;
  });
  const settle = async (item: string, error?: Error): Promise<void> => {
    if (error === undefined) ends.get(item)?.resolve();
    else ends.get(item)?.reject(error);
    // Further turns of the event loop would begin no more than this one does.
    await new Promise(setImmediate);
  };
  return { begun, settle, done };
}

describe('work on many items', () => {
  it('begins in their order, and never more at once than told', async () => {
    const { begun, settle, done } = start(['a', 'b', 'c', 'd'], 2);
    expect(begun).toEqual(['a', 'b']);
    await settle('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await settle('c');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await settle('d');
    await settle('a');
    await done;
  });

  it('is not held up by one item that hangs', async () => {
    const { begun, settle } = start(['hangs', 'b', 'c'], 2);
    await settle('b');
    await settle('c');
    expect(begun).toEqual(['hangs', 'b', 'c']);
  });

  it('fails with the first failure and begins nothing after it', async () => {
    const { begun, settle, done } = start(['a', 'b', 'c', 'd'], 2);
    const failed = done.catch(String);
    await settle('a', new Error('a broke'));
    expect(await failed).toBe('Error: a broke');
    await settle('b');
    expect(begun).toEqual(['a', 'b']);
  });

  it('ends at once when there is nothing to do', async () => {
    expect(await start([], 8).done).toBeUndefined();
  });
});
