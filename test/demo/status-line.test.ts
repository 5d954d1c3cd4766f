import { expect, test } from 'vitest';
import { StatusLine } from './status-line.ts';

function setUp(
  isTTY: boolean,
  columns?: number,
): { line: StatusLine; written: string[]; advance: (ms: number) => void } {
  const written: string[] = [];
  let nowMs = 0;
  const line = new StatusLine(
    { isTTY, ...(columns === undefined ? {} : { columns }), write: (text) => written.push(text) },
    () => nowMs,
  );
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

test.each([60, 80, 200])('a line never wraps in a terminal of %i columns', (columns) => {
  const { line, written } = setUp(true, columns);
  line.show('feeds · '.repeat(40));
  const shown = (written[0] ?? '').replace('\r\u001b[K', '');
  expect(shown).toHaveLength(columns - 1);
  expect(shown.endsWith('…')).toBe(true);
  line.show('short');
  expect(written[1]).toBe('\r\u001b[Kshort');
});

test('lines that stay are broken between words in a terminal, and go through a pipe as they are', () => {
  const text = `agent      warning: ${'some words '.repeat(10).trim()}`;
  for (const columns of [60, 80, 200]) {
    const { line, written } = setUp(true, columns);
    line.say(text);
    expect(
      written
        .join('')
        .split('\n')
        .filter(({ length }) => length > columns - 1),
    ).toEqual([]);
    expect(written.join('').trim().split(/\s+/u)).toEqual(text.split(/\s+/u));
  }
  const { line, written } = setUp(false);
  line.say(text);
  expect(written).toEqual([`${text}\n`]);
});

test('a window that was made narrower counts from the next line on, and one that does not say how wide it is has 80 columns', () => {
  const written: string[] = [];
  const output = { isTTY: true, columns: 200, write: (text: string) => written.push(text) };
  const line = new StatusLine(output);
  const text = 'x'.repeat(100);
  line.show(text);
  output.columns = 60;
  line.show(text);
  output.columns = 0;
  line.show(text);
  expect(written.map((one) => one.replace('\r\u001b[K', '').length)).toEqual([100, 59, 79]);
});

test('what takes two columns counts as two, and nothing is cut in the middle', () => {
  const { line, written } = setUp(true, 10);
  line.show('集群集群集群');
  expect(written).toEqual(['\r\u001b[K集群集群…']);
});

test('the words of a server move no cursor, colour nothing and end no line', () => {
  const { line, written } = setUp(true, 200);
  line.show('a\u001b[2Jb\rc\nd\te\u009bf');
  line.say('one\u001b[31m two\ntwo');
  expect(written).toEqual(['\r\u001b[Ka b c d e f', '\r\u001b[K', 'one  two\ntwo\n']);
});
