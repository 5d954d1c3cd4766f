import { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { chooseLogLook } from './log-format.ts';

/** As Node's own terminal decides; there is none in a test. */
const hasColors = (environment: Record<string, string | undefined>): boolean =>
  WriteStream.prototype.hasColors.call(WriteStream.prototype, 16, environment);
const TERMINAL = { isTTY: true, hasColors };

describe('how lines are written', () => {
  const f = (env: Record<string, string>, terminal: string, elsewhere: string): void => {
    const look = (stream: Parameters<typeof chooseLogLook>[1]): string => {
      const { format, hasColour } = chooseLogLook({ TERM: 'xterm-256color', ...env }, stream);
      return hasColour ? `${format} in colour` : format;
    };
    expect([look(TERMINAL), look({})]).toEqual([terminal, elsewhere]);
  };

  it('is readable on a terminal and JSON elsewhere, unless LOG_FORMAT says which', () => {
    f({}, 'text in colour', 'json');
    f({ LOG_FORMAT: '' }, 'text in colour', 'json');
    f({ LOG_FORMAT: 'auto' }, 'text in colour', 'json');
    f({ LOG_FORMAT: ' TEXT ' }, 'text in colour', 'text');
    f({ LOG_FORMAT: 'xml' }, 'text in colour', 'json');
    expect(chooseLogLook({ LOG_FORMAT: 'json' }, TERMINAL).format).toBe('json');
  });

  it('has no colour where NO_COLOR forbids it or the terminal knows none', () => {
    f({ NO_COLOR: '1' }, 'text', 'json');
    f({ NO_COLOR: '' }, 'text in colour', 'json');
    f({ TERM: 'dumb' }, 'text', 'json');
  });
});
