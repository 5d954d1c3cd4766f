import { factsOf } from './facts.ts';
import type { Notification } from './notification.ts';

/** The text of Slack's incoming webhooks. */
export interface SlackBody {
  readonly text: string;
}

const MARKS: Readonly<Record<Notification['severity'], string>> = {
  warning: ':warning:',
  critical: ':rotating_light:',
};

/** A message for Slack. What clusters say is text in it: it neither calls a channel nor links anywhere. Pure. */
export function slackBody(notification: Notification): SlackBody {
  const { status, severity, summary, reason, cure, cluster, startsAt, endsAt, isTest } = factsOf(notification);
  const isOver = status === 'resolved';
  const mark = isOver ? ':white_check_mark:' : MARKS[notification.severity];
  const head = `${mark} *${isOver ? 'resolved' : severity}* ${plain(`${cluster.name}: ${summary}`)}`;
  const times = isOver ? `from ${startsAt} to ${String(endsAt)}` : `since ${startsAt}`;
  const lines = [isTest ? '_a test_' : '', head, plain(reason), isOver ? '' : plain(cure), times];
  return { text: lines.filter((line) => line !== '').join('\n') };
}

/** Slack's three control characters, as its documentation has them escaped. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
