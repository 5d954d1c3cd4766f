import type { ScrubPolicy } from '../feeds/supervisor.ts';
import { fullObject, fullObjectVersion } from './full-object.ts';
import { SCRUB_SWITCHES } from './rules.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import type { ScrubOptions, ScrubSwitch } from './shape.ts';

/** What the operator decided about scrubbing, as it stands in the options. */
export interface ScrubChoices {
  /** Names out of `SCRUB_SWITCHES`. */
  readonly scrubReenable: readonly string[];
  readonly annotationPrefixes: readonly string[];
  /** Nearly all of each object, as `full-object.ts` has it. */
  readonly compatFullObjects: boolean;
}

/** The policy of every feed under these choices. */
export function scrubPolicy({ scrubReenable, annotationPrefixes, compatFullObjects }: ScrubChoices): ScrubPolicy {
  const options: ScrubOptions = { reenable: new Set(scrubReenable.filter(isSwitch)), annotationPrefixes };
  if (compatFullObjects) {
    return {
      scrubber: ({ scrub }) => fullObject(options, scrub === 'configMap'),
      version: () => fullObjectVersion(options),
    };
  }
  return {
    scrubber: (spec) => {
      const rules = rulesFor(spec, options);
      return (object) => scrubObject(rules, object);
    },
    version: (spec) => rulesFor(spec, options).version,
  };
}

function isSwitch(name: string): name is ScrubSwitch {
  return Object.hasOwn(SCRUB_SWITCHES, name);
}
