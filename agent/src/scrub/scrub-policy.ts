import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import type { ScrubPolicy } from '../feeds/supervisor.ts';
import { explainScrub, type Told } from './explain-scrub.ts';
import { fullObject, fullObjectVersion } from './full-object.ts';
import { RULES, SCRUB_SWITCHES } from './rules.ts';
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
export function scrubPolicy(choices: ScrubChoices): ScrubPolicy {
  const options = optionsOf(choices);
  if (choices.compatFullObjects) {
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

/** Says for an object of a feed what these choices do with each part of it. */
export function scrubExplainer(choices: ScrubChoices): (spec: FeedSpec, object: KubeObject) => readonly Told[] {
  const options = optionsOf(choices);
  return (spec, object) => {
    if (!choices.compatFullObjects) return explainScrub(RULES[spec.scrub], options, spec.scrub)(object);
    const leaves = scrubPolicy(choices).scrubber(spec)(object);
    return Object.entries(leaves ?? {}).map(([path, value]) => ({
      path,
      is: 'told',
      why: 'COMPAT_FULL_OBJECTS: nearly all of it leaves; compare with the object',
      leaves: value,
    }));
  };
}

function optionsOf({ scrubReenable, annotationPrefixes }: ScrubChoices): ScrubOptions {
  return { reenable: new Set(scrubReenable.filter(isSwitch)), annotationPrefixes };
}

function isSwitch(name: string): name is ScrubSwitch {
  return Object.hasOwn(SCRUB_SWITCHES, name);
}
