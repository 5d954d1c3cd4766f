import { CAUSE_WORDS } from './cause-words.ts';
import type { Trouble } from './problem.ts';

/** What has begun to be wrong, in one line for people: `nothing is delivered to the platform (https://…): connect ECONNREFUSED; what to do`. */
export function describeTrouble({ cause, why, address, cure }: Trouble): string {
  const where = address === '' ? '' : ` (${address})`;
  return `${CAUSE_WORDS[cause].began}${where}: ${why}${cure === '' ? '' : `; ${cure}`}`;
}
