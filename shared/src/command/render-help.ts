import { describeOptions, type OptionTable } from '../config/option-table.ts';
import type { SubCommand } from './sub-command.ts';
import { wrapText } from './wrap-text.ts';

/** What is told of a program. */
export interface HelpSubject {
  readonly name: string;
  readonly version: string;
  /** One sentence. */
  readonly summary: string;
  readonly options: OptionTable;
}

/** Longer lines are hard to read, however wide the terminal is. */
const MOST_COLUMNS = 120;

/** `--help` of a program: its commands, its options and its exit codes. `columns` undefined: 80, as elsewhere. */
export function renderHelp(
  { name, version, summary, options }: HelpSubject,
  commands: readonly SubCommand[],
  columns = 80,
): string {
  const width = Math.min(columns, MOST_COLUMNS);
  const list: readonly (readonly [string, string])[] = [
    ['run', 'Runs until it is told to stop; also without any command.'],
    ...commands.map((command) => [command.name, command.summary] as const),
    ['--help', 'Shows this; behind a command what that can do.'],
    ['--version', 'Shows the version.'],
  ];
  return [
    ...wrapText(`${name} ${version}. ${summary}`, { indent: 0, columns: width }),
    '',
    ...wrapText(`Usage: ${name} [COMMAND] [FLAGS]`, { indent: 0, columns: width }),
    '',
    'Commands:',
    ...table(list, width),
    '',
    ...wrapText('Options of the program, all of them environment variables:', { indent: 0, columns: width }),
    ...describeOptions(options).flatMap((row) => [
      ...paragraph(`${row.name}${suffix(row)} (${row.type})`, { first: 2, indent: 4, columns: width }),
      ...paragraph(row.meaning, { first: 6, indent: 6, columns: width }),
    ]),
    '',
    'Exit codes of the program:',
    ...table(
      [
        ['0', 'stopped as asked'],
        ['1', 'a bug'],
        ['2', 'the configuration or the call is not usable'],
      ],
      width,
    ),
    '',
  ].join('\n');
}

/** `--help` of one of its commands. */
export function renderCommandHelp(name: string, command: SubCommand, columns = 80): string {
  const width = Math.min(columns, MOST_COLUMNS);
  const flags = Object.entries(command.flags).map(
    ([flag, { value, meaning, isRepeated }]) =>
      [
        `--${flag}${value === undefined ? '' : ` ${value}`}`,
        isRepeated === true ? `${meaning} May be repeated.` : meaning,
      ] as const,
  );
  const codes = Object.entries(command.exitCodes);
  const operand = command.operand === undefined ? '' : ` ${command.operand}`;
  return [
    ...wrapText(`Usage: ${name} ${command.name}${flags.length === 0 ? '' : ' [FLAGS]'}${operand}`, {
      indent: 0,
      columns: width,
    }),
    '',
    ...wrapText(command.summary, { indent: 0, columns: width }),
    ...(flags.length === 0 ? [] : ['', 'Flags:', ...table(flags, width)]),
    '',
    'Exit codes:',
    ...table(codes, width),
    '',
  ].join('\n');
}

function suffix({ default: value }: { readonly default: string }): string {
  if (value === '') return '';
  return value === 'required' ? ', required' : `=${value}`;
}

function table(rows: readonly (readonly [string, string])[], columns: number): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrapText(text, { indent: width + 4, columns });
    return [`  ${name.padEnd(width)}  ${first}`, ...rest];
  });
}

function paragraph(text: string, { first, ...place }: { first: number; indent: number; columns: number }): string[] {
  const [head = '', ...rest] = wrapText(text, place);
  return [' '.repeat(first) + head, ...rest];
}
