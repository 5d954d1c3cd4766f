import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const { signal: open } = new AbortController();

interface Job {
  readonly end: (error?: Error) => void;
  readonly result: Promise<string>;
}

/** Jobs that end when they are told to, and the names of those that have begun. */
function workshop(atOnce: number): { begun: string[]; begin: (name: string, signal?: AbortSignal) => Job } {
  const turns = new Turns(atOnce);
  const begun: string[] = [];
  const begin = (name: string, signal = open): Job => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const work = (): Promise<string> => {
      begun.push(name);
      return promise;
    };
    const result = turns.run(work, signal);
    result.catch(() => undefined);
    return { result, end: (error) => (error === undefined ? resolve(name) : reject(error)) };
  };
  return { begun, begin };
}

test('as many as told are under way, and the next one begins when one of them has ended, in whatever way', async () => {
  const { begun, begin } = workshop(2);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => begin(name));
  expect(begun).toEqual(['a', 'b']);
  b?.end(new Error('broken'));
  await expect(b?.result).rejects.toThrow('broken');
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const job of [a, c, d]) job?.end();
  await expect(Promise.all([a?.result, c?.result, d?.result])).resolves.toEqual(['a', 'c', 'd']);
  begin('e');
  begin('f');
  begin('g');
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('one whose signal ends while it waits is never begun, and takes no place', async () => {
  const { begun, begin } = workshop(1);
  const end = new AbortController();
  const a = begin('a');
  const b = begin('b', end.signal);
  const c = begin('c');
  end.abort(new Error('over'));
  await expect(b.result).rejects.toThrow('over');
  a.end();
  await a.result;
  c.end();
  await c.result;
  await expect(begin('d', end.signal).result).rejects.toThrow('over');
  expect(begun).toEqual(['a', 'c']);
});
