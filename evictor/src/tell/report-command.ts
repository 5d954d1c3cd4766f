import type { AdminClient } from '@castai/shared/command/admin-client.ts';
import { LOOK_FLAGS, NOT_REACHED, runLook, showNobody, writeJson } from '@castai/shared/command/look-command.ts';
import type { CommandContext, SubCommand } from '@castai/shared/command/sub-command.ts';
import { paint } from '@castai/shared/command/terminal.ts';
import { wrapLine } from '@castai/shared/command/wrap-text.ts';
import { askReport, type ReportAnswer } from './ask-report.ts';
import { renderReport } from './render-report.ts';

/** The exit code of a command that finds nothing to tell. */
export const NOTHING_TOLD = 1;

/** What was found about the cluster, on a page. */
export const reportCommand: SubCommand = {
  name: 'report',
  summary: 'Shows which nodes could go, why the others stay, and what should be renewed.',
  flags: LOOK_FLAGS,
  exitCodes: {
    0: 'there is a report',
    [NOTHING_TOLD]: 'there is none yet, or another replica has it',
    2: 'the call is not usable',
    [NOT_REACHED]: 'nobody answers',
  },
  run: (context, signal) => runLook({ look: askReport, show }, context, signal),
};

function show(answer: ReportAnswer, client: AdminClient, context: CommandContext): number {
  if (answer.is !== 'report') return showNone(answer, client, context);
  if (context.flags['json'] === true) writeJson(answer.report, context);
  else context.write(renderReport(answer.report, context.clock.now(), context.terminal()));
  return 0;
}

/** Says why there is nothing to tell, and gives the exit code. */
export function showNone(
  answer: Exclude<ReportAnswer, { is: 'report' }>,
  client: AdminClient,
  context: CommandContext,
): number {
  if (answer.is === 'nobody') return showNobody(answer.why, client, context);
  if (context.flags['json'] === true) writeJson({ program: context.program, error: answer.why }, context);
  else {
    const terminal = context.terminal();
    context.write(`${paint(terminal, 'yellow', wrapLine(`! ${answer.why}`, terminal.columns))}\n`);
  }
  return NOTHING_TOLD;
}
