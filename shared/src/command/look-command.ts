import { CastaiError } from '../errors.ts';
import { AdminClient, adminAddress } from './admin-client.ts';
import type { CommandContext, Flag } from './sub-command.ts';
import { wrapLine, wrapText } from './wrap-text.ts';
import { paint } from './terminal.ts';

const WATCH_MS = 2_000;
const CLEAR_SCREEN = '\u001b[H\u001b[2J\u001b[3J';

/** The exit code of a command that asks a running program which does not answer. */
export const NOT_REACHED = 3;

/** Flags of a command that looks at a running program. */
export const LOOK_FLAGS = {
  address: {
    value: 'ADDRESS',
    meaning:
      'Where its /statusz is, such as 127.0.0.1:9877 behind kubectl port-forward; otherwise as ADMIN_HOST and ADMIN_PORT say.',
  },
  json: { meaning: 'One JSON document; with --watch one a line.' },
  watch: { meaning: 'Looks again every 2 s, until it is stopped.' },
} as const satisfies Record<string, Flag>;

/** How a command looks, and what it shows. */
export interface LookCommand<Seen> {
  /** Rejects only with the reason of the signal, or `CONFIG_INVALID`. */
  readonly look: (client: AdminClient, signal: AbortSignal) => Promise<Seen>;
  /** Writes what was seen, and gives the exit code for it. */
  readonly show: (seen: Seen, client: AdminClient, context: CommandContext) => number;
}

/** Looks once, or again and again where it is asked to; a look that is stopped ends with exit code 0. */
export async function runLook<Seen>(
  { look, show }: LookCommand<Seen>,
  context: CommandContext,
  signal: AbortSignal,
): Promise<number> {
  const { flags, environment, options, clock } = context;
  const given = typeof flags['address'] === 'string' ? flags['address'] : undefined;
  const client = new AdminClient(adminAddress(environment, options, given), context);
  if (flags['watch'] !== true) return show(await look(client, signal), client, context);
  for (;;) {
    const seen = await look(client, signal).catch(stopped);
    if (seen === undefined) return 0;
    if (context.terminal().isTerminal && flags['json'] !== true) context.write(CLEAR_SCREEN);
    show(seen, client, context);
    if (
      await clock.sleep(WATCH_MS, signal).then(
        () => false,
        () => true,
      )
    )
      return 0;
  }
}

function stopped(error: unknown): undefined {
  if (error instanceof CastaiError) throw error;
}

/** A document as `--json` writes it: on one line where more follow. */
export function writeJson(value: unknown, { flags, write }: Pick<CommandContext, 'flags' | 'write'>): void {
  write(`${JSON.stringify(value, null, flags['watch'] === true ? 0 : 2)}\n`);
}

/** Says that nobody answers, and why. */
export function showNobody(why: string, { address }: Pick<AdminClient, 'address'>, context: CommandContext): number {
  const { program, flags, write } = context;
  if (flags['json'] === true) write(`${JSON.stringify({ program, address: address.href, error: why })}\n`);
  else {
    const terminal = context.terminal();
    const said = `✗ nobody answers for ${program} at ${address.origin}: ${why}`;
    const [first = '', ...rest] = wrapText('Is it running? With --address another one is asked.', {
      indent: 2,
      columns: terminal.columns,
    });
    write(`${paint(terminal, 'red', wrapLine(said, terminal.columns))}\n`);
    write(`${[`  ${first}`, ...rest].join('\n')}\n`);
  }
  return NOT_REACHED;
}
