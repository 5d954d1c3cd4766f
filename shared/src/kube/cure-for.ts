import type { Said } from '../verdict/said.ts';
import { RIGHTS_HINT } from './classify-kube.ts';

/**
 * What to do about a failure: its own hint, which was made where most is known of it; `usual` where it has none. And where the hint says of a
 * 403 no more than that some right is missing: whoever asked knows which one that is, and what gives it.
 */
export function cureFor({ hint }: Pick<Said, 'hint'>, usual: string): string {
  return hint === '' || hint === RIGHTS_HINT ? usual : hint;
}
