import { paint, type Style, type Terminal } from '@castai/shared/command/terminal.ts';
import { printable } from '@castai/shared/log/printable.ts';
import { describeDuration } from '@castai/shared/verdict/describe-duration.ts';
import type { ExplainedReason, NodeExplanation } from './explain-node.ts';
import { counted } from '../view/counted.ts';
import { paragraph } from './words.ts';

/** Pods that are named behind a reason on a terminal; a pipe gets all of them. */
const MOST_PODS = 3;

/** What is said of one node, with everything that stands in its way. */
export function renderExplanation(explained: NodeExplanation, nowMs: number, terminal: Terminal): string {
  const { node, at, canGo, moves, stays, renew, budgets } = explained;
  const [mark, style, words] = headOf(explained);
  const ago = describeDuration(Math.max(0, nowMs - Date.parse(at)));
  return [
    ...paragraph(`${mark} ${printable(node)} ${words}`, 0, terminal).map((line) => paint(terminal, style, line)),
    ...paragraph(`looked at ${ago} ago`, 2, terminal).map((line) => paint(terminal, 'gray', line)),
    ...(canGo === true && moves.length > 0
      ? ['', paint(terminal, 'bold', 'One way in which its pods find places')]
      : []),
    ...moves.flatMap(({ pod, to }) => paragraph(`${printable(pod)} → ${printable(to)}`, 2, terminal)),
    ...reasons(canGo === null ? 'Why it is not known whether it could go' : 'What keeps it', stays, terminal),
    ...reasons('Why it should be renewed', renew, terminal),
    ...(budgets.length === 0 ? [] : ['', paint(terminal, 'bold', 'Budgets that something is wrong with')]),
    ...budgets.flatMap((line) => paragraph(printable(line), 2, terminal)),
    '',
  ].join('\n');
}

function headOf({ canGo, moves, stays, renew }: NodeExplanation): readonly [mark: string, style: Style, words: string] {
  const renewed = renew.length === 0 ? '' : ', and should be renewed';
  if (canGo === null && stays.length > 0) return ['!', 'yellow', `was not looked at yet${renewed}`];
  if (canGo === null) return ['!', 'yellow', 'should be renewed; nobody looks for nodes that could go'];
  if (!canGo) return ['✗', 'yellow', `stays, for ${counted(stays.length, 'reason')}${renewed}`];
  const what = moves.length === 0 ? 'nothing has to move' : `${counted(moves.length, 'pod')} would move`;
  return ['✓', 'green', `could go: ${what}${renewed}`];
}

function reasons(title: string, rows: readonly ExplainedReason[], terminal: Terminal): string[] {
  if (rows.length === 0) return [];
  return [
    '',
    paint(terminal, 'bold', title),
    ...rows.flatMap(({ reason, detail, words, cure, pods }) => [
      ...paragraph(
        [reason, detail]
          .filter((part) => part !== '')
          .map(printable)
          .join(': '),
        2,
        terminal,
      ),
      ...(pods.length === 0 ? [] : paragraph(podList(pods, terminal), 4, terminal)),
      ...paragraph(words, 4, terminal).map((line) => paint(terminal, 'gray', line)),
      ...paragraph(`→ ${cure}`, 4, terminal),
    ]),
  ];
}

function podList(pods: readonly string[], { isTerminal }: Terminal): string {
  const shown = (isTerminal ? pods.slice(0, MOST_PODS) : pods).map(printable).join(', ');
  const more = isTerminal ? pods.length - MOST_PODS : 0;
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}
