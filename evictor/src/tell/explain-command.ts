import type { AdminClient } from '@castai/shared/command/admin-client.ts';
import { LOOK_FLAGS, NOT_REACHED, runLook, writeJson } from '@castai/shared/command/look-command.ts';
import type { CommandContext, SubCommand } from '@castai/shared/command/sub-command.ts';
import { askReport, type ReportAnswer } from './ask-report.ts';
import { explainNode } from './explain-node.ts';
import { renderExplanation } from './render-explanation.ts';
import { NOTHING_TOLD, showNone } from './report-command.ts';

const OPERAND = 'NODE';

/** What the report says of one node, with every pod that stands in its way. */
export const explainCommand: SubCommand = {
  name: 'explain',
  summary: 'Tells of one node why it stays or where its pods could go, and why it should be renewed.',
  flags: LOOK_FLAGS,
  operand: OPERAND,
  exitCodes: {
    0: 'the node is explained',
    [NOTHING_TOLD]: 'there is no such node in the report, or no report',
    2: 'the call is not usable',
    [NOT_REACHED]: 'nobody answers',
  },
  run: (context, signal) => runLook({ look: askReport, show }, context, signal),
};

function show(answer: ReportAnswer, client: AdminClient, context: CommandContext): number {
  if (answer.is !== 'report') return showNone(answer, client, context);
  const found = explainNode(answer.report, String(context.flags[OPERAND]));
  if (typeof found === 'string') return showNone({ is: 'none', why: found }, client, context);
  if (context.flags['json'] === true) writeJson(found, context);
  else context.write(renderExplanation(found, context.clock.now(), context.terminal()));
  return 0;
}
