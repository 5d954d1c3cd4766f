import { expect, it } from 'vitest';
import { COMMON_OPTIONS } from '../config/common-options.ts';
import { renderCommandHelp, renderHelp } from './render-help.ts';
import { statusCommand } from './status-command.ts';

const PROGRAM = {
  name: 'castai-program',
  version: '1.2.3',
  summary: 'Does something.',
  options: { apiKey: COMMON_OPTIONS.apiKey, logLevel: COMMON_OPTIONS.logLevel, caFile: COMMON_OPTIONS.caFile },
};

it('tells commands, options out of their table, and exit codes', () => {
  expect(renderHelp(PROGRAM, [statusCommand])).toBe(`castai-program 1.2.3. Does something.

Usage: castai-program [COMMAND] [FLAGS]

Commands:
  run        Runs until it is told to stop; also without any command.
  status     Shows on one screen whether the program works: the one in this
             container, or at an address.
  --help     Shows this; behind a command what that can do.
  --version  Shows the version.

Options of the program, all of them environment variables:
  API_KEY or API_KEY_FILE, required (secret)
      The platform's key of this organisation; a file is followed when it
      changes.
  LOG_LEVEL=info (debug, info, warn, error)
      The least important lines to log.
  TLS_CA_CERT_FILE (file)
      PEM file with certificates that are trusted besides the system's own, as
      behind a TLS-inspecting proxy.

Exit codes of the program:
  0  stopped as asked
  1  a bug
  2  the configuration or the call is not usable
`);
});

it('tells what a command can do', () => {
  expect(renderCommandHelp('castai-program', statusCommand)).toBe(`Usage: castai-program status [FLAGS]

Shows on one screen whether the program works: the one in this container, or at
an address.

Flags:
  --address ADDRESS  Where its /statusz is, such as 127.0.0.1:9877 behind
                     kubectl port-forward; otherwise as ADMIN_HOST and
                     ADMIN_PORT say.
  --json             One JSON document; with --watch one a line.
  --watch            Looks again every 2 s, until it is stopped.

Exit codes:
  0  it works
  1  degraded
  2  blocked, or the call is not usable
  3  nobody answers
`);
});

it('fits the terminal, and is no wider than can be read', () => {
  for (const columns of [60, 80, 200]) {
    const longest = Math.max(
      ...renderHelp(PROGRAM, [statusCommand], columns)
        .split('\n')
        .map(({ length }) => length),
    );
    expect([columns, longest <= Math.min(columns, 120)]).toEqual([columns, true]);
  }
});
