import { expect, test } from 'vitest';
import { StatusLine } from './status-line.ts';

function setUp(isTTY: boolean): { line: StatusLine; written: string[]; advance: (ms: number) => void } {
  const written: string[] = [];
  let nowMs = 0;
  const line = new StatusLine({ isTTY, write: (text) => written.push(text) }, () => nowMs);
  return { line, written, advance: (ms) => void (nowMs += ms) };
}

test('a terminal has one line that is written over, and lines that stay stand above it', () => {
  const { line, written } = setUp(true);
  line.say('hello');
  line.show('a');
  line.show('a');
  line.show('b');
  line.say('stays');
  line.show('b');
  expect(written).toEqual(['hello\n', '\r\u001b[Ka', '\r\u001b[Kb', '\r\u001b[K', 'stays\n', '\r\u001b[Kb']);
});

test('a log gets a line every five seconds, and only when something changed', () => {
  const { line, written, advance } = setUp(false);
  line.show('a');
  line.show('b');
  advance(5_000);
  line.show('b');
  advance(5_000);
  line.show('b');
  line.say('stays');
  expect(written).toEqual(['a\n', 'b\n', 'stays\n']);
});
