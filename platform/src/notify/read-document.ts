/** Episodes and notifications out of the store, where they are JSON. Pure; throws an Error for what this version has not written. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { type Condition, SEVERITIES, type Severity, TROUBLES } from './condition.ts';
import type { Episode } from './episode-state.ts';
import type { Notification } from './notification.ts';

/** An episode. */
export function readEpisode(value: unknown): Episode {
  const episode = fieldsOf(value);
  return {
    startedAtMs: numberOf(episode['startedAtMs']),
    severities: severitiesOf(episode['severities']),
    condition: readCondition(episode['condition']),
  };
}

/** A notification. */
export function readNotification(value: unknown): Notification {
  const fields = fieldsOf(value);
  const cluster = fieldsOf(fields['cluster']);
  const { endedAtMs } = fields;
  return {
    id: textOf(fields['id']),
    episode: textOf(fields['episode']),
    status: fields['status'] === 'resolved' ? 'resolved' : 'firing',
    trouble: oneOf(TROUBLES, fields['trouble']),
    severity: oneOf(SEVERITIES, fields['severity']),
    toldBefore: severitiesOf(fields['toldBefore']),
    cluster: { id: textOf(cluster['id']), name: textOf(cluster['name']), provider: textOf(cluster['provider']) },
    summary: textOf(fields['summary']),
    reason: textOf(fields['reason']),
    cure: textOf(fields['cure']),
    startedAtMs: numberOf(fields['startedAtMs']),
    endedAtMs: endedAtMs === undefined ? undefined : numberOf(endedAtMs),
    atMs: numberOf(fields['atMs']),
    isTest: fields['isTest'] === true,
  };
}

function readCondition(value: unknown): Condition {
  const { severity, summary, reason, cure } = fieldsOf(value);
  return {
    severity: oneOf(SEVERITIES, severity),
    summary: textOf(summary),
    reason: textOf(reason),
    cure: textOf(cure),
  };
}

function severitiesOf(value: unknown): Severity[] {
  if (!Array.isArray(value)) throw new Error('a list of severities is stored');
  return value.map((item: unknown) => oneOf(SEVERITIES, item));
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  const word = words.find((known) => known === value);
  if (word === undefined) throw new Error(`one of ${words.join(', ')} is stored`);
  return word;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new Error('an object is stored');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('a text is stored');
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new Error('a number is stored');
}
