import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { textLine } from './text-line.ts';

const LINE = { level: 'warn', time: '2026-11-29T06:00:00.000Z', program: 'castai-agent', message: 'it failed' };

describe('a line for people', () => {
  const f = (fields: Readonly<Record<string, unknown>>, expected: string): void => {
    expect(textLine({ ...LINE, ...fields }, false)).toBe(`2026-11-29T06:00:00.000Z WARN  ${expected}`);
  };

  it('is time, level, message, and the fields in their order', () => {
    f({}, 'it failed');
    f({ node: 'n1', count: 3, reason: 'no place left' }, 'it failed node=n1 count=3 reason="no place left"');
    f({ reason: '', path: 'a=b' }, 'it failed reason="" path="a=b"');
  });

  it('tells an error with its causes and its code, and at the end what to do', () => {
    const error = {
      code: 'KUBE_UNREACHABLE',
      message: 'not reached',
      hint: 'look there',
      causes: [{ message: 'ECONNREFUSED' }],
    };
    f({ error, feed: 'pods' }, 'it failed: not reached ← ECONNREFUSED (KUBE_UNREACHABLE) feed=pods → look there');
    f({ check: 'platform', hint: 'look here' }, 'it failed check=platform → look here');
  });

  it('stays one line that no terminal obeys, whatever a server answered', () => {
    f({ message: 'it\nfailed\u001b[2J\u202e\u2028' }, 'it failed\\u001b[2J\\u202e ');
    f({ reason: 'a\u0007b' }, 'it failed reason=a\\u0007b');
    f({ error: { message: 'a\r\nb', stack: 'Error\n  at x' } }, 'it failed: a b "Error\\n at x"');
  });

  it('has colours only where they are asked for, and is the same without them', () => {
    const coloured = textLine({ ...LINE, count: 3, hint: 'look here' }, true);
    expect(coloured).toContain('\u001b[33mWARN ');
    expect(stripVTControlCharacters(coloured)).toBe(textLine({ ...LINE, count: 3, hint: 'look here' }, false));
  });
});
