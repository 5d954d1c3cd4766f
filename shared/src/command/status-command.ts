import type { AdminClient } from './admin-client.ts';
import { LOOK_FLAGS, NOT_REACHED, runLook, showNobody, writeJson } from './look-command.ts';
import { parseStatus, type ProgramStatus } from './parse-status.ts';
import { renderStatus, stateOf } from './render-status.ts';
import type { CommandContext, SubCommand } from './sub-command.ts';

const EXIT_CODES = { ok: 0, degraded: 1, blocked: 2 } as const;

/** What a look at a program gave. */
type Look = { readonly ok: true; readonly status: ProgramStatus } | { readonly ok: false; readonly why: string };

/** How the program that runs here is, on one screen. */
export const statusCommand: SubCommand = {
  name: 'status',
  summary: 'Shows on one screen whether the program works: the one in this container, or at an address.',
  flags: LOOK_FLAGS,
  exitCodes: {
    0: 'it works',
    1: 'degraded',
    2: 'blocked, or the call is not usable',
    [NOT_REACHED]: 'nobody answers',
  },
  run: (context, signal) => runLook({ look, show }, context, signal),
};

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
function show(seen: Look, client: AdminClient, context: CommandContext): number {
  if (!seen.ok) return showNobody(seen.why, client, context);
  const { document, isReady, reasons } = seen.status;
  if (context.flags['json'] === true) writeJson({ ...document, ready: isReady, notReady: reasons }, context);
  else context.write(renderStatus(seen.status, context.clock.now(), context.terminal()));
  return EXIT_CODES[stateOf(seen.status)];
}
