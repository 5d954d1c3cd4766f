import type { AnnouncedStep } from '../decide/interruption-signals.ts';
import type { Notice } from '../poll/notice.ts';

interface Step {
  readonly message: string;
  readonly event?: { readonly type: 'Normal' | 'Warning'; readonly reason: string };
}

/** How each step of a notice is told; without an event it is a line for debugging. */
export const STEPS: Readonly<Record<AnnouncedStep, Step>> = {
  confirmed: { message: 'the provider announces', event: { type: 'Warning', reason: 'InterruptionNotice' } },
  foreign: { message: 'a notice is about another machine' },
  ignored: { message: 'a notice is not acted on', event: { type: 'Normal', reason: 'InterruptionIgnored' } },
  restored: { message: 'a notice was dealt with by an earlier process' },
  started: { message: 'the interruption has begun', event: { type: 'Warning', reason: 'InterruptionStarted' } },
  gone: { message: 'the interruption is over', event: { type: 'Normal', reason: 'InterruptionOver' } },
  cancelled: { message: 'the interruption was cancelled', event: { type: 'Normal', reason: 'InterruptionCancelled' } },
};

/** How each change of the node is told. */
export const NODE_STEPS = {
  mark: { reason: 'NodeMarked', message: 'the node is cordoned, labelled and tainted' },
  unmark: { reason: 'NodeUnmarked', message: 'what was marked on the node is taken back' },
} as const;

/** A notice in words. */
export function describeNotice({ type, status, startsAtMs, description, id }: Notice): string {
  const when = startsAtMs === undefined ? '' : ` not before ${new Date(startsAtMs).toISOString()}`;
  return `${type}${status === '' ? '' : ` (${status})`}${when}, id ${id}${description === '' ? '' : `. ${description}`}`;
}
