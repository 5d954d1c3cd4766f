/** The body that an endpoint gets of a notification: the bytes that are signed are the bytes that are sent. Pure. */
import { unreachable } from '@castai/shared/errors.ts';
import { alertmanagerBody } from './alertmanager-body.ts';
import { factsOf } from './facts.ts';
import { toJsonText } from './json-text.ts';
import type { Notification } from './notification.ts';
import { slackBody } from './slack-body.ts';
import { standardBody } from './standard-body.ts';
import type { Template } from './template.ts';

/** The forms that a body may have. */
export const FORMATS = ['standard', 'alertmanager', 'slack', 'template'] as const;

/** One of them. */
export type Format = (typeof FORMATS)[number];

/** What a body is made by. */
export type BodyForm =
  | { readonly format: Exclude<Format, 'template'> }
  | { readonly format: 'template'; readonly template: Template };

/** The body, JSON in UTF-8; always the same for the same notification. `receiver` is the endpoint's id. */
export function renderBody(form: BodyForm, notification: Notification, receiver: string): string {
  switch (form.format) {
    case 'standard':
      return toJsonText(standardBody(notification));
    case 'alertmanager':
      return toJsonText(alertmanagerBody(notification, receiver));
    case 'slack':
      return toJsonText(slackBody(notification));
    case 'template':
      return toJsonText(form.template(factsOf(notification)));
    default:
      return unreachable(form);
  }
}
