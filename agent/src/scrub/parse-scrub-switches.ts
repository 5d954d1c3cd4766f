import { CastaiError } from '@castai/shared/errors.ts';
import { SCRUB_SWITCHES } from './rules.ts';
import type { ScrubSwitch } from './shape.ts';

/** The switches that an operator named. `CONFIG_INVALID` with all names that are none, so that a typing error never sends less or more than meant. */
export function parseScrubSwitches(names: readonly string[]): ReadonlySet<ScrubSwitch> {
  const unknown = names.filter((name) => !isScrubSwitch(name));
  if (unknown.length > 0) {
    throw new CastaiError('CONFIG_INVALID', `the scrub policy has no switch named ${unknown.join(', ')}`, {
      hint: `use one of: ${Object.keys(SCRUB_SWITCHES).join(', ')}`,
    });
  }
  return new Set(names.filter(isScrubSwitch));
}

const isScrubSwitch = (name: string): name is ScrubSwitch => Object.hasOwn(SCRUB_SWITCHES, name);
