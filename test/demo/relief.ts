/** Tells when what kept the agent from its work is over: the line of status goes back to counting, and whoever looked away has missed it. */
import { isTroubled, type Progress } from './progress.ts';

/** Where it is: all is well, or something is wrong since then, in milliseconds of a monotonic clock. */
export type Course = { readonly is: 'well' } | { readonly is: 'troubled'; readonly sinceMs: number };

/** Before the first look. */
export const WELL: Course = { is: 'well' };

/** What one look makes of it, and what is to be said, if anything. Nothing is over before the agent is ready again. */
export function lookAt(
  course: Course,
  { progress, nowMs }: { readonly progress: Pick<Progress, 'trouble' | 'isReady'>; readonly nowMs: number },
): { readonly course: Course; readonly say?: string } {
  if (course.is === 'well') {
    return isTroubled(progress) ? { course: { is: 'troubled', sinceMs: nowMs } } : { course };
  }
  if (progress.trouble !== '' || !progress.isReady) return { course };
  const seconds = Math.max(1, Math.round((nowMs - course.sinceMs) / 1000));
  return {
    course: WELL,
    say: `agent      is well again after ${String(seconds)} s: everything readable is at the platform`,
  };
}
