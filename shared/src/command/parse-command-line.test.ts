import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './parse-command-line.ts';
import type { SubCommand } from './sub-command.ts';

const status: SubCommand = {
  name: 'status',
  summary: 'Shows how it is.',
  flags: { watch: { meaning: 'Again.' }, address: { value: 'ADDRESS', meaning: 'Where.' } },
  exitCodes: { 0: 'well' },
  run: () => Promise.resolve(0),
};

const explain: SubCommand = { ...status, name: 'explain', operand: 'NODE' };

describe('a command line', () => {
  const f = (line: string, expected: unknown): void =>
    expect(parseCommandLine(line === '' ? [] : line.split(' '), [status, explain])).toEqual(expected);
  it('without a word of it runs the program', () => {
    f('', { do: 'run' });
    f('run', { do: 'run' });
  });

  it('asks for help and version in every usual spelling', () => {
    for (const word of ['--help', '-h', 'help']) f(word, { do: 'help' });
    f('run --help', { do: 'help' });
    for (const line of ['help status', 'status --help', 'status -h', 'status --watch -h'])
      f(line, { do: 'help', command: status });
    for (const word of ['--version', '-v', '-V', 'version']) f(word, { do: 'version' });
  });

  it('gives the flags that were set', () => {
    f('status', { do: 'command', command: status, flags: {} });
    f('status --watch --address x:1', { do: 'command', command: status, flags: { watch: true, address: 'x:1' } });
    f('status --address=x:1', { do: 'command', command: status, flags: { address: 'x:1' } });
  });

  it('gives the one word that a command has to have by its name', () => {
    f('explain n-1', { do: 'command', command: explain, flags: { NODE: 'n-1' } });
    f('explain n-1 --watch', { do: 'command', command: explain, flags: { NODE: 'n-1', watch: true } });
    f('explain --watch n-1', { do: 'command', command: explain, flags: { NODE: 'n-1', watch: true } });
    f('explain', { do: 'refuse', why: 'explain: NODE is missing', command: explain });
    f('explain a b', { do: 'refuse', why: 'explain: one NODE at a time: b', command: explain });
  });

  it.each([
    ['statuz', 'there is no command statuz: did you mean status?'],
    ['stat', 'there is no command stat: did you mean status?'],
    ['dance', 'there is no command dance'],
    ['--verbose', 'there is no flag --verbose'],
    ['run fast', 'run takes no arguments: fast'],
    ['status --yaml', "status: unknown option '--yaml'"],
    ['status now', "status: unexpected argument 'now'"],
    ['status --address', "status: option '--address <value>' argument missing"],
    ['status --watch=5', "status: option '--watch' does not take an argument"],
  ])('is refused in one sentence where it cannot be meant: %s', (line, why) => {
    expect(parseCommandLine(line.split(' '), [status])).toMatchObject({ do: 'refuse', why });
  });
});
