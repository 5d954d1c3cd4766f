import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { CastaiError } from '../errors.ts';
import { tellEnd } from './tell-end.ts';

const LIST = 'the configuration is not usable:\n  - API_KEY is not set\n  - API_URL="x" is not a URL';

function told(error: CastaiError, format: 'json' | 'text'): string {
  const lines: string[] = [];
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const destination = { write: (line: string) => void lines.push(line) };
  tellEnd(
    { name: 'castai-agent', clock, base: { node: 'n1' }, look: { format, hasColour: false }, destination },
    error,
  );
  return lines.join('');
}

describe('the end of a program', () => {
  it('is told in one line, however many problems there are', () => {
    const error = new CastaiError('CONFIG_INVALID', LIST, { hint: 'correct them' });
    expect(JSON.parse(told(error, 'json'))).toEqual({
      level: 'error',
      time: '2026-01-01T00:00:00.000Z',
      program: 'castai-agent',
      node: 'n1',
      check: 'config',
      code: 'CONFIG_INVALID',
      hint: 'correct them',
      message: 'the configuration is not usable: API_KEY is not set; API_URL="x" is not a URL',
    });
    expect(told(error, 'text')).toBe(
      '2026-01-01T00:00:00.000Z ERROR the configuration is not usable: API_KEY is not set; API_URL="x" is not a URL ' +
        'node=n1 check=config code=CONFIG_INVALID → correct them\n',
    );
  });

  it('names what the doctor calls it, where the doctor looks at it', () => {
    expect(told(new CastaiError('IDENTITY_UNKNOWN', 'which cluster'), 'text')).toContain('check=identity');
    expect(told(new CastaiError('KUBE_UNREACHABLE', 'nobody answers'), 'text')).not.toContain('check=');
  });

  it('has the stack of a bug', () => {
    const text = told(new CastaiError('INTERNAL', 'x is not a function'), 'json');
    expect(JSON.parse(text)).toMatchObject({
      level: 'error',
      message: 'the program ends because of a bug',
      error: { message: 'x is not a function', stack: expect.stringContaining('at ') as unknown },
    });
    expect(text.trimEnd()).not.toContain('\n');
  });
});
