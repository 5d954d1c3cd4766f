import { describe, expect, it } from 'vitest';
import { parseOption } from './parse-option.ts';

type Spec = Parameters<typeof parseOption>[0];

const common = { variable: 'X', meaning: '' };
const valueOf = (spec: Spec, text: string): unknown => {
  const parsed = parseOption(spec, text);
  return parsed.ok ? parsed.value : parsed.wrong;
};

describe('options are read', () => {
  it('as whole numbers within their range', () => {
    const spec: Spec = { ...common, kind: 'integer', min: -5, max: 100 };
    const f = (text: string, expected: unknown): void => {
      expect([text, valueOf(spec, text)]).toEqual([text, expected]);
    };
    f('0', 0);
    f('-5', -5);
    f('100', 100);
    f('101', 'is out of range');
    f('1.5', 'is not a whole number');
    f('1e2', 'is not a whole number');
    f('0x10', 'is not a whole number');
    f('many', 'is not a whole number');
  });

  it('as durations in the notation of Go', () => {
    const spec: Spec = { ...common, kind: 'duration', minMs: 0, maxMs: 86_400_000 };
    const f = (text: string, expected: unknown): void => {
      expect([text, valueOf(spec, text)]).toEqual([text, expected]);
    };
    f('500ms', 500);
    f('15s', 15_000);
    f('1h30m', 5_400_000);
    f('1.5s', 1_500);
    f('1m0.25s', 60_250);
    f('0', 0);
    f('15', 'is not a duration');
    f('10 minutes', 'is not a duration');
    f('-1s', 'is not a duration');
    f('25h', 'is out of range');
  });

  it('as seconds when the name says so', () => {
    const spec: Spec = { ...common, kind: 'durationSeconds', minMs: 1_000, maxMs: 60_000 };
    const f = (text: string, expected: unknown): void => {
      expect([text, valueOf(spec, text)]).toEqual([text, expected]);
    };
    f('3', 3_000);
    f('2.5', 2_500);
    f('0', 'is out of range');
    f('3s', 'is not a number of seconds');
    expect(parseOption(spec, '90')).toEqual({
      ok: false,
      wrong: 'is out of range',
      todo: 'give a number from 1 to 60, without a unit',
    });
  });

  it('as amounts of memory', () => {
    const spec: Spec = { ...common, kind: 'bytes', minBytes: 1, maxBytes: 2 ** 30 };
    const f = (text: string, expected: unknown): void => {
      expect([text, valueOf(spec, text)]).toEqual([text, expected]);
    };
    f('2048', 2_048);
    f('2Ki', 2_048);
    f('1.5Mi', 1_572_864);
    f('1k', 1_000);
    f('1Gi', 2 ** 30);
    f('2Gi', 'is out of range');
    f('2KB', 'is not an amount of memory');
    f('-1', 'is not an amount of memory');
  });

  it('as booleans, lists and words', () => {
    const boolean: Spec = { ...common, kind: 'boolean' };
    expect(['true', 'TRUE', '1', 't', 'false', 'F', '0', 'yes'].map((text) => valueOf(boolean, text))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      'is neither true nor false',
    ]);
    expect(valueOf({ ...common, kind: 'list' }, ' a, b ,,c')).toEqual(['a', 'b', 'c']);
    expect(valueOf({ ...common, kind: 'list', values: ['a', 'b'] }, 'B, a')).toEqual(['b', 'a']);
    expect(valueOf({ ...common, kind: 'list', values: ['userData', 'args'] }, 'userdata')).toEqual(['userData']);
    const form = { pattern: /^[^*]+$/u, todo: 'name prefixes' };
    expect(valueOf({ ...common, kind: 'list', form }, 'a, b')).toEqual(['a', 'b']);
    expect(valueOf({ ...common, kind: 'list', form }, 'a, *, b*')).toBe('has *, b*, which it cannot be');
    const level: Spec = { ...common, kind: 'enum', values: ['debug', 'info'] };
    expect(['info', 'INFO', 'trace'].map((text) => valueOf(level, text))).toEqual([
      'info',
      'info',
      'is not one of the choices',
    ]);
  });

  it('as URLs with a host and an allowed scheme', () => {
    const spec: Spec = { ...common, kind: 'url', schemes: ['https'] };
    const f = (text: string, expected: unknown): void => {
      expect([text, String(valueOf(spec, text))]).toEqual([text, expected]);
    };
    f('https://api.example.com', 'https://api.example.com/');
    f('https://api.example.com:8443/base', 'https://api.example.com:8443/base');
    f('http://api.example.com', 'has a scheme other than https');
    f('api.example.com', 'is not a URL');
    f('https:///', 'is not a URL');
    f('https://a.test/?key=1', 'has a query or a fragment');
  });
});
