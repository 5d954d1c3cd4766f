import { Backoff } from '@castai/shared/async/backoff.ts';
import { classifyEviction, type EvictionAnswer } from '@castai/shared/drain/classify-eviction.ts';
import type { PodName } from '@castai/shared/drain/pod-view.ts';
import type { EvictPod } from '../poll/action.ts';
import { planPodEviction } from './plan-pod-eviction.ts';
import { PodGate } from './pod-gate.ts';
import { readPod } from './read-cluster.ts';
import { advanced, done, type DoStep, failed, timeLeftMs, type WorkContext } from './work.ts';

const PAUSES = { initialMs: 5000, maxMs: 30_000, factor: 2, resetAfterMs: 3_600_000 } as const;
const LOOK_MS = 5000;

/** Asks one pod to leave until its budgets let it, then waits for its end. */
export const evictPod: DoStep<EvictPod> = async ({ body, record }, context, signal) => {
  const { client, clock, writer } = context;
  const pauses = new Backoff(PAUSES, context);
  let last: EvictionAnswer | undefined;
  for (;;) {
    const plan = planPodEviction(record.target, await readPod(client, body, signal));
    if (plan.is === 'gone') return done(record, 'the pod has left');
    if (plan.is === 'refused') return failed(record, 'refused', plan.detail);
    if (plan.is === 'wait' && record.step === 'evict') return advanced(record, 'end');
    // Checked after the look: a pod that has left in time has.
    if (timeLeftMs(record, body.timeoutMs, clock.now()) === 0) return timedOut(last);
    let pauseMs = LOOK_MS;
    if (plan.is === 'evict') {
      last = await ask(plan.pod, context, signal);
      if (last.is === 'asked' && record.step === 'evict') return advanced(record, 'end');
      if (last.is === 'spared') return done(record, 'the pod would be let go');
      if (last.is === 'held' && last.reason === 'forbidden') return failed(record, 'forbidden', last.detail);
      pauseMs = last.is === 'held' ? pauses.next(last.retryAfterMs) : LOOK_MS;
    }
    await clock.sleep(Math.min(pauseMs, timeLeftMs(record, body.timeoutMs, clock.now())), signal);
  }

  function timedOut(answer: EvictionAnswer | undefined): ReturnType<typeof failed> {
    const name = `pod ${body.namespace}/${body.name}`;
    const after = `after ${body.timeoutMs / 1000} s`;
    if (answer?.is !== 'held') return failed(record, 'timeout', `${after} ${name} has not ended`);
    const code = answer.reason === 'budget' ? 'pdb_blocked' : 'unavailable';
    return failed(record, code, `${after} ${name} is not let go: ${answer.detail}`);
  }

  async function ask(pod: PodName, { forcesMarked }: WorkContext, aborted: AbortSignal): Promise<EvictionAnswer> {
    const gate = new PodGate({ client, writer: writer.pods, forcesMarked });
    try {
      return { is: await gate.evict(pod, aborted) };
    } catch (error) {
      aborted.throwIfAborted();
      return classifyEviction(error);
    }
  }
};
