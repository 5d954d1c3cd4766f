import { expect, it } from 'vitest';
import { TextOutput } from './text-output.ts';

it('writes few blocks for many lines, in their order, and the rest when told to', async () => {
  const written: string[] = [];
  const output = new TextOutput({
    write: (text, done) => {
      written.push(text);
      done();
      return true;
    },
    on: () => undefined,
  });
  for (let line = 0; line < 20_000; line += 1) await output.write(`${line}\n`);
  await output.flush();
  await output.flush();
  expect(written.length).toBeLessThan(5);
  expect(written.join('').split('\n').slice(0, -1).map(Number)).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
});

it('waits for a slow reader, and tells of one that went away', async () => {
  const callbacks: ((error?: Error) => void)[] = [];
  const output = new TextOutput({ write: (_text, done) => callbacks.push(done) > 0, on: () => undefined });
  let isWritten = false;
  await output.write('a');
  const flushed = output.flush().then(() => (isWritten = true));
  await Promise.resolve();
  expect(isWritten).toBe(false);
  callbacks[0]?.();
  await flushed;
  await output.write('b');
  const failed = output.flush();
  callbacks[1]?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await expect(failed).rejects.toMatchObject({ code: 'EPIPE' });
});
