import type { Clock } from '../async/clock.ts';
import { KubeError } from './kube-error.ts';

/** What a request to the API server was for. */
export type KubeVerb = 'list' | 'watch' | 'get' | 'create' | 'patch' | 'delete';

/** Class of an answer; `none` where there was none. */
export type KubeAnswerCode = '2xx' | '3xx' | '4xx' | '5xx' | 'none';

/** One request, from sending it to the head of its answer. */
export interface KubeAnswer {
  readonly verb: KubeVerb;
  readonly code: KubeAnswerCode;
  readonly durationMs: number;
}

/** Told of every answer of the API server: how hard it is to be had shows here first. */
export type OnKubeAnswer = (answer: KubeAnswer) => void;

/** What measuring needs. */
export interface Measuring {
  readonly verb: KubeVerb;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onAnswer: OnKubeAnswer | undefined;
}

/** Makes a request and tells how long it took and what came of it. Gives and throws what the request does. */
export async function measured<T extends { readonly status: number }>(
  { verb, clock, onAnswer }: Measuring,
  request: () => Promise<T>,
): Promise<T> {
  const startedAtMs = clock.monotonicMs();
  const tell = (status: number | undefined): void =>
    onAnswer?.({ verb, code: codeOf(status), durationMs: clock.monotonicMs() - startedAtMs });
  try {
    const answer = await request();
    tell(answer.status);
    return answer;
  } catch (error) {
    tell(error instanceof KubeError ? error.status : undefined);
    throw error;
  }
}

function codeOf(status: number | undefined): KubeAnswerCode {
  if (status === undefined || status < 200) return 'none';
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
