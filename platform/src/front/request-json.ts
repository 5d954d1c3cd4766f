/** Bodies that are JSON, and what agents may say in them. Pure; everything here throws `Refusal` 400. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { invalid } from '../answer/refusal.ts';
import type { RequestBody } from './request-body.ts';

/** Some object out of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object that a body holds. */
export function parseJson({ bytes }: Pick<RequestBody, 'bytes'>): Fields {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw invalid('the body is not JSON');
  }
  if (isRecord(value)) return value;
  throw invalid('the body must be a JSON object');
}

/** `{logEvent: {level, time, message, fields}}`, every field a string (facts: agent-logs); what is inside. */
export function checkLog({ logEvent }: Fields): Fields {
  if (!isRecord(logEvent)) throw invalid('logEvent must be an object');
  const { level, time, message, fields } = logEvent;
  if ([level, time, message].some((value) => typeof value !== 'string')) {
    throw invalid('logEvent needs level, time and message as strings');
  }
  const values: unknown[] = typeof fields === 'object' && fields !== null ? Object.values(fields) : [];
  if (values.some((value) => typeof value !== 'string')) {
    throw invalid('every value of logEvent.fields must be a string');
  }
  return logEvent;
}

/** What an agent says of itself when it asks for wishes: versions, as strings where they are there (facts: agent-config). */
export function checkTelemetry(body: Fields): Fields {
  for (const name of ['agentVersion', 'gitCommit']) {
    const value = body[name];
    if (value !== undefined && typeof value !== 'string') throw invalid(`${name} must be a string`);
  }
  return body;
}

/** An event of a node, in either spelling of its type. */
export function checkEvent(body: Fields): Fields {
  const type = body['event_type'] ?? body['eventType'];
  if (type === 'interrupted' || type === 'rebalanceRecommendation') return body;
  throw invalid('event_type must be interrupted or rebalanceRecommendation');
}
