import { settingsText } from '@castai/test/fakes/waagent.ts';
import { describe, expect, it } from 'vitest';
import { DataProblem } from './data-problem.ts';
import { parseSettings } from './settings-file.ts';

const THUMBPRINT = 'AB'.repeat(20);
const kindOf = (text: string | Uint8Array): string => {
  try {
    return parseSettings(typeof text === 'string' ? Buffer.from(text) : text).source;
  } catch (error) {
    if (!(error instanceof DataProblem)) throw error;
    expect(error.message).not.toContain('canary');
    return error.kind;
  }
};

describe('settings file', () => {
  it('gives the encrypted settings with their thumbprint in upper case', () => {
    const text = settingsText({ protectedSettings: 'QUJD', thumbprint: 'ab'.repeat(20) });
    expect(parseSettings(Buffer.from(text))).toEqual({
      source: 'protected',
      cms: Buffer.from('ABC'),
      thumbprint: THUMBPRINT,
    });
  });

  it('gives public settings when nothing is encrypted and they hold the command', () => {
    const publicSettings = { commandToExecute: 'x', timestamp: 1 };
    for (const protectedSettings of [null, '']) {
      const parsed = parseSettings(Buffer.from(settingsText({ publicSettings, protectedSettings })));
      expect(parsed).toEqual({ source: 'public', plaintext: Buffer.from('{"commandToExecute":"x","timestamp":1}') });
    }
  });

  it('without a command in either part says so', () => {
    for (const publicSettings of [null, {}, { commandToExecute: '' }, { commandToExecute: 7 }, 'canary']) {
      expect(kindOf(settingsText({ publicSettings }))).toBe('command-absent');
    }
  });

  it('of another shape are refused without being quoted', () => {
    const f = (text: string | Uint8Array): void => expect(kindOf(text)).toBe('settings-malformed');
    f('');
    f('canary');
    f('{"runtimeSettings":[');
    f('null');
    f('[]');
    f('{"runtimeSettings":{}}');
    f('{"runtimeSettings":[]}');
    f('{"runtimeSettings":[{"handlerSettings":{}},{"handlerSettings":{}}]}');
    f('{"runtimeSettings":["canary"]}');
    f('{"runtimeSettings":[{"handlerSettings":null}]}');
    f(Buffer.from('{"runtimeSettings":["\xff"]}', 'latin1'));
    f(settingsText({ protectedSettings: 'can*ary', thumbprint: THUMBPRINT }));
    f(settingsText({ protectedSettings: 'QUJD', thumbprint: null }));
  });

  it('never name a file outside: a thumbprint is 40 hexadecimal digits', () => {
    for (const thumbprint of [
      '../../../etc/shadow',
      `../${'A'.repeat(37)}`,
      'A'.repeat(39),
      'A'.repeat(41),
      'G'.repeat(40),
      '',
    ]) {
      expect(kindOf(settingsText({ protectedSettings: 'QUJD', thumbprint }))).toBe('settings-malformed');
    }
    expect(kindOf(settingsText({ protectedSettings: 'QUJD', thumbprint: `${'A'.repeat(40)}\n` }))).toBe(
      'settings-malformed',
    );
  });
});
