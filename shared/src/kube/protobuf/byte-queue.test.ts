import { expect, test } from 'vitest';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import { ByteQueue } from './byte-queue.ts';

function queueOf(...chunks: string[]): ByteQueue {
  const queue = new ByteQueue();
  for (const chunk of chunks) queue.push(Buffer.from(chunk));
  return queue;
}

test('bytes are taken in the order in which they came, whatever the chunks', () => {
  const queue = queueOf('ab', '', 'cde', 'f');
  expect([queue.take(1), queue.take(3), queue.take(2)].map(String)).toEqual(['a', 'bcd', 'ef']);
  expect(queue.length).toBe(0);
});

test('what is looked at stays, and there may be less of it than was asked for', () => {
  const queue = queueOf('ab', 'cd');
  expect(String(queue.peek(3))).toBe('abc');
  expect(String(queue.peek(9))).toBe('abcd');
  expect(String(queue.take(4))).toBe('abcd');
  expect(String(queue.peek(1))).toBe('');
});

test('what was taken stays as it is until more comes, whatever becomes of the chunk', () => {
  const chunk = Buffer.from('abcdef');
  const queue = new ByteQueue();
  queue.push(chunk);
  const taken = queue.take(4);
  chunk.fill(0);
  expect(String(taken)).toBe('abcd');
});

test('a quiet stream takes little memory, however long it lasts', () => {
  const queue = new ByteQueue();
  const begins = Array.from({ length: 2000 }, () => {
    queue.push(Buffer.alloc(100, 'b'));
    const { buffer, byteOffset } = queue.take(100);
    return `${String(buffer.byteLength)} from ${String(byteOffset)}`;
  });
  expect(new Set(begins)).toEqual(new Set(['8192 from 0']));
});

test('it holds what does not fit into its usual memory, and goes back to less', () => {
  const queue = new ByteQueue();
  const [large, small] = [Buffer.alloc(3_000_000, 'x'), Buffer.from('end')];
  for (let at = 0; at < large.length; at += 70_000) queue.push(large.subarray(at, at + 70_000));
  expect(queue.take(1_000_000).equals(large.subarray(0, 1_000_000))).toBe(true);
  expect(queue.take(2_000_000).equals(large.subarray(0, 2_000_000))).toBe(true);
  queue.push(small);
  const last = queue.take(3);
  expect([String(last), last.buffer.byteLength]).toEqual(['end', 8 * 1024]);
});

test('a long stream of odd pieces comes out as it went in', () => {
  const random = new SeededRandom(7);
  const queue = new ByteQueue();
  const [went, came]: [Buffer[], Buffer[]] = [[], []];
  for (let count = 0; count < 400; count += 1) {
    const chunk = Buffer.from(Array.from({ length: random.integer(3000) }, () => random.integer(256)));
    went.push(chunk);
    queue.push(chunk);
    came.push(Buffer.from(queue.take(random.integer(queue.length + 1))));
  }
  came.push(Buffer.from(queue.take(queue.length)));
  expect(Buffer.concat(came).equals(Buffer.concat(went))).toBe(true);
});

test('numbers are read where they stand, as far as they are there', () => {
  const queue = queueOf('ab');
  queue.push(Buffer.from([0x05, 0xac, 0x02, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x80]));
  queue.drop(2);
  const at = (offset: number) => ({ ...queue.varint(offset) });
  expect([at(0), at(1), at(3)]).toEqual([
    { value: 5, end: 1 },
    { value: 300, end: 3 },
    { value: 0xff_ff_ff_ff, end: 8 },
  ]);
  expect([at(8).end, at(9).end]).toEqual([-1, -1]);
  queue.push(Buffer.from([0x01]));
  expect(at(8)).toEqual({ value: 128, end: 10 });
});

test('no number has more than five bytes', () => {
  const queue = new ByteQueue();
  queue.push(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x01]));
  expect(queue.varint(0).end).toBe(-1);
  // Nor is one that has more than 32 bits: a length of 2^32 + 1 is not one of 1.
  const long = new ByteQueue();
  long.push(Buffer.from([0x81, 0x80, 0x80, 0x80, 0x10]));
  expect(long.varint(0).end).toBe(-1);
});

test('what is passed by is gone, and no more than is there', () => {
  const queue = queueOf('abcdef');
  queue.drop(2);
  expect(String(queue.peek(9))).toBe('cdef');
  queue.drop(9);
  expect(queue.length).toBe(0);
  queue.push(Buffer.from('g'));
  expect(String(queue.take(9))).toBe('g');
});
