import { expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ProgressOutput } from './progress-output.ts';

const PROGRESS = { done: 0, feeds: 1, feed: 'pods', objects: 0, bytes: 0, share: 0 };

function setUp({ stdout, stderr }: { stdout: boolean; stderr: boolean }) {
  const written: string[] = [];
  const clock = new ManualClock();
  const output = new ProgressOutput({
    stdout: { isTTY: stdout },
    stderr: { isTTY: stderr, columns: 60, write: (text) => written.push(text) > 0, on: () => undefined },
    clock,
    redact: (text) => text.replaceAll('secret', '***'),
  });
  return { output, clock, written };
}

it('writes a bar over itself where only the standard error is a terminal, and takes it away before a line', async () => {
  const { output, clock, written } = setUp({ stdout: false, stderr: true });
  output.show(PROGRESS);
  output.show({ ...PROGRESS, objects: 1 });
  await clock.advance(100);
  output.show({ ...PROGRESS, objects: 2 });
  output.say('done with the secret');
  output.clear();
  expect(written).toEqual([
    '\r\u001B[K[................] 0/1 feeds, 0 objects, 0.0 MiB  pods',
    '\r\u001B[K[................] 0/1 feeds, 2 objects, 0.0 MiB  pods',
    '\r\u001B[K',
    'castai-agent: done with the ***\n',
  ]);
});

it('writes no bar into a file, nor into the terminal that shows the objects', () => {
  for (const terminals of [
    { stdout: true, stderr: true },
    { stdout: false, stderr: false },
    { stdout: true, stderr: false },
  ]) {
    const { output, written } = setUp(terminals);
    output.show(PROGRESS);
    output.say('done');
    expect(written).toEqual(['castai-agent: done\n']);
  }
});
