import { expect, test } from 'vitest';
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

test('what lies in one chunk is not copied', () => {
  const chunk = Buffer.from('abcdef');
  const queue = new ByteQueue();
  queue.push(chunk);
  queue.push(Buffer.from('gh'));
  expect(queue.take(4).buffer).toBe(chunk.buffer);
});
