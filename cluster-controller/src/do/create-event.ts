import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { CreateEvent } from '../poll/action.ts';
import { eventsPath } from './cluster-paths.ts';
import { planEvent } from './plan-event.ts';
import { done, type DoStep } from './work.ts';

/** Writes an event. One that is there already is this one, made before an answer was lost. */
export const createEvent: DoStep<CreateEvent> = async ({ body, record }, { writer, reporter }, signal) => {
  const { namespace, body: event } = planEvent(record.id, body, { nowMs: record.claimedAtMs, reporter });
  try {
    await writer.create(eventsPath(namespace), event, signal);
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 'KUBE_CONFLICT') throw error;
  }
  return done(record, 'the event is written');
};
