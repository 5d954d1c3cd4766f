import { parseArgs } from 'node:util';
import { closestName } from '../config/unknown-variables.ts';
import { describeError } from '../errors.ts';
import { withMeantFlag } from './meant-flag.ts';
import type { GivenFlags, SubCommand } from './sub-command.ts';

/** What is to be done. */
export type CommandLine =
  | { readonly do: 'run' }
  | { readonly do: 'help'; readonly command?: SubCommand }
  | { readonly do: 'version' }
  | { readonly do: 'command'; readonly command: SubCommand; readonly flags: GivenFlags }
  /** It cannot be meant: one sentence about what is wrong. */
  | { readonly do: 'refuse'; readonly why: string; readonly command?: SubCommand };

const HELP: ReadonlySet<string> = new Set(['--help', '-h', 'help']);
const VERSION: ReadonlySet<string> = new Set(['--version', '-v', '-V', 'version']);

/** What the arguments behind the name of the program mean. */
export function parseCommandLine(args: readonly string[], commands: readonly SubCommand[]): CommandLine {
  const [first = 'run', ...rest] = args;
  const names = ['run', 'help', 'version', ...commands.map(({ name }) => name)];
  if (HELP.has(first)) {
    const command = commands.find(({ name }) => name === rest[0]);
    return command === undefined ? { do: 'help' } : { do: 'help', command };
  }
  if (VERSION.has(first)) return { do: 'version' };
  if (first === 'run') {
    if (rest.length === 0) return { do: 'run' };
    if (rest.some((argument) => HELP.has(argument))) return { do: 'help' };
    return { do: 'refuse', why: `run takes no arguments: ${rest.join(' ')}` };
  }
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) {
    const what = first.startsWith('-') ? 'flag' : 'command';
    const meant = closestName(first, names) ?? names.find((name) => first.length > 2 && name.startsWith(first));
    return {
      do: 'refuse',
      why: `there is no ${what} ${first}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
    };
  }
  return parseFlags(rest, command);
}

type ParsedFlag = string | boolean | (string | boolean)[] | undefined;

function parseFlags(args: readonly string[], command: SubCommand): CommandLine {
  const known = Object.entries(command.flags).map(
    ([name, { value, isRepeated = false }]) =>
      [name, { type: value === undefined ? 'boolean' : 'string', multiple: isRepeated }] as const,
  );
  try {
    const { values, positionals }: { values: Record<string, ParsedFlag>; positionals: string[] } = parseArgs({
      args: [...args],
      allowPositionals: command.operand !== undefined,
      options: { ...Object.fromEntries(known), help: { type: 'boolean', short: 'h' } },
    });
    if (values['help'] === true) return { do: 'help', command };
    const given: Record<string, string | readonly string[] | true> = {};
    for (const [name, value] of Object.entries(values)) {
      if (Array.isArray(value)) given[name] = value.map(String);
      else if (value !== undefined && value !== false) given[name] = value;
    }
    return withOperand(command, given, positionals);
  } catch (error) {
    // Node adds advice of two sentences about positional arguments.
    const [sentence = ''] = describeError(error).split(/\. |\n/u);
    const words = sentence.replace(/^[OU]/u, (letter) => letter.toLowerCase()).replace(/\.$/u, '');
    const names = known.map(([name]) => name);
    return { do: 'refuse', why: `${command.name}: ${withMeantFlag(words, names)}`, command };
  }
}

function withOperand(command: SubCommand, flags: GivenFlags, [word, ...more]: readonly string[]): CommandLine {
  const { operand, name } = command;
  if (operand === undefined) return { do: 'command', command, flags };
  if (word === undefined) return { do: 'refuse', why: `${name}: ${operand} is missing`, command };
  if (more.length > 0) return { do: 'refuse', why: `${name}: one ${operand} at a time: ${more.join(' ')}`, command };
  return { do: 'command', command, flags: { ...flags, [operand]: word } };
}
