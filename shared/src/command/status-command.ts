import { CastaiError } from '../errors.ts';
import { AdminClient, adminAddress } from './admin-client.ts';
import { parseStatus, type ProgramStatus } from './parse-status.ts';
import { renderStatus, stateOf } from './render-status.ts';
import type { CommandContext, SubCommand } from './sub-command.ts';
import { paint } from './terminal.ts';

const WATCH_MS = 2_000;
const CLEAR_SCREEN = '\u001b[H\u001b[2J\u001b[3J';
const EXIT_CODES = { ok: 0, degraded: 1, blocked: 2 } as const;
const NOT_REACHED = 3;

/** What a look at a program gave. */
type Look = { readonly ok: true; readonly status: ProgramStatus } | { readonly ok: false; readonly why: string };

/** How the program that runs here is, on one screen. */
export const statusCommand: SubCommand = {
  name: 'status',
  summary: 'Shows on one screen whether the program works: the one in this container, or at an address.',
  flags: {
    address: {
      value: 'ADDRESS',
      meaning:
        'Where its /statusz is, such as 127.0.0.1:9877 behind kubectl port-forward; otherwise as ADMIN_HOST and ADMIN_PORT say.',
    },
    json: { meaning: 'One JSON document; with --watch one a line.' },
    watch: { meaning: 'Looks again every 2 s, until it is stopped.' },
  },
  exitCodes: { 0: 'it works', 1: 'degraded', 2: 'blocked, or the call is not usable', 3: 'nobody answers' },
  run: async (context, signal) => {
    const { flags, environment, options, clock } = context;
    const given = typeof flags['address'] === 'string' ? flags['address'] : undefined;
    const client = new AdminClient(adminAddress(environment, options, given), clock);
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
  },
};

function stopped(error: unknown): undefined {
  if (error instanceof CastaiError) throw error;
}

async function look(client: AdminClient, signal: AbortSignal): Promise<Look> {
  const [document, readiness] = await Promise.all([
    client.get('/statusz?format=json', signal),
    client.get('/readyz?format=json', signal),
  ]);
  if (!document.ok) return { ok: false, why: document.why };
  const status = document.status === 200 ? parseStatus(document.text, readiness.ok ? readiness.text : '') : undefined;
  if (status !== undefined) return { ok: true, status };
  return { ok: false, why: `what answers is no program of ours (HTTP ${String(document.status)} for /statusz)` };
}

/** Writes what was seen, and gives the exit code for it. */
function show(seen: Look, { address }: AdminClient, context: CommandContext): number {
  const { program, flags, clock, write } = context;
  const terminal = context.terminal();
  if (!seen.ok) {
    if (flags['json'] === true) write(`${JSON.stringify({ program, address: address.href, error: seen.why })}\n`);
    else {
      write(`${paint(terminal, 'red', `✗ nobody answers for ${program} at ${address.origin}: ${seen.why}`)}\n`);
      write('  Is it running? With --address another one is asked.\n');
    }
    return NOT_REACHED;
  }
  const { document, isReady, reasons } = seen.status;
  if (flags['json'] === true) {
    write(
      `${JSON.stringify({ ...document, ready: isReady, notReady: reasons }, null, flags['watch'] === true ? 0 : 2)}\n`,
    );
  } else write(renderStatus(seen.status, clock.now(), terminal));
  return EXIT_CODES[stateOf(seen.status)];
}
