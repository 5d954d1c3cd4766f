/**
 * A time of about `ms` milliseconds: uniform, by up to `share` of it shorter or longer. For what many processes do again and again:
 * started together, as in a rollout, they would stay in step for ever.
 */
export function spread(ms: number, share: number, random: () => number): number {
  return ms * (1 - share + 2 * share * random());
}
