import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { OnUnknownField, WantedFields, WantsFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import type { ScrubPolicy } from '../feeds/scrub-policy.ts';
import { closeShape } from './close-shape.ts';
import { explainScrub, type Told } from './explain-scrub.ts';
import { fullObject, fullObjectVersion } from './full-object.ts';
import type { LabelMask } from './label-mask.ts';
import { protobufScrubber } from './protobuf-scrubber.ts';
import { RULES, SCRUB_SWITCHES, type ScrubRuleName } from './rules.ts';
import { isClosed, rulesFor, scrubObject } from './scrub-json.ts';
import type { ScrubOptions, ScrubSwitch } from './shape.ts';
import { wantedFields } from './wanted-fields.ts';

/** What the operator decided about scrubbing, as it stands in the options. */
export interface ScrubChoices {
  /** Names out of `SCRUB_SWITCHES`. */
  readonly scrubReenable: readonly string[];
  readonly annotationPrefixes: readonly string[];
  /** Nearly all of each object, as `full-object.ts` has it. */
  readonly compatFullObjects: boolean;
  /** Namespaces of whose objects only identity and requests leave. */
  readonly skipNamespaces?: readonly string[];
  /** Labels whose values leave as hashes. */
  readonly labelMask?: LabelMask | undefined;
}

/** Of what is scrubbed as bytes no field has to be read. */
const NOTHING: WantedFields = new Map<string, WantedFields>();

/** The policy of every feed under these choices. `onUnknownField` is told of fields of protobuf that no table has. */
export function scrubPolicy(
  choices: ScrubChoices,
  onUnknownField: OnUnknownField = () => {},
): ScrubPolicy & WantsFields<FeedSpec> {
  const options = optionsOf(choices);
  const rulesOf = onceEach((scrub) => rulesFor({ scrub }, options));
  if (choices.compatFullObjects) {
    return {
      scrubber: (spec) => {
        const full = fullObject(options, spec.scrub === 'configMap');
        const rules = rulesOf(spec);
        return (object) => (isClosed(rules, object) ? scrubObject(rules, object) : full(object));
      },
      wanted: () => 'all',
      version: (spec) => fullObjectVersion(options, rulesOf(spec)),
    };
  }
  return {
    scrubber: (spec) => {
      const rules = rulesOf(spec);
      return (object) => scrubObject(rules, object);
    },
    // Labels are masked on objects.
    ...(options.labelMask === undefined
      ? {
          protobufScrubber: onceEach((scrub) => protobufScrubber(rulesOf({ scrub }), options, onUnknownField)),
          wanted: () => NOTHING,
        }
      : { wanted: (spec) => wantedFields(RULES[spec.scrub], options) }),
    version: (spec) => rulesOf(spec).version,
  };
}

/** Feeds of one rule share what is made for it; so do those who ask for it: the feed, each time it begins, and who tells what is gone. */
function onceEach<Made>(make: (rule: ScrubRuleName) => Made): (spec: Pick<FeedSpec, 'scrub'>) => Made {
  const made = new Map<ScrubRuleName, Made>();
  return ({ scrub }) => {
    const known = made.get(scrub) ?? make(scrub);
    made.set(scrub, known);
    return known;
  };
}

/** Says for an object of a feed what these choices do with each part of it. */
export function scrubExplainer(choices: ScrubChoices): (spec: FeedSpec, object: KubeObject) => readonly Told[] {
  const options = optionsOf(choices);
  return (spec, object) => {
    if (isClosed(rulesFor(spec, options), object)) {
      return explainScrub(
        closeShape(spec.scrub, RULES[spec.scrub]),
        options,
        `${spec.scrub} of SKIP_NAMESPACES`,
      )(object);
    }
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

function optionsOf({ scrubReenable, annotationPrefixes, skipNamespaces, labelMask }: ScrubChoices): ScrubOptions {
  const reenable = new Set(scrubReenable.filter(isSwitch));
  return { reenable, annotationPrefixes, labelMask, skipNamespaces: skipNamespaces ?? [] };
}

function isSwitch(name: string): name is ScrubSwitch {
  return Object.hasOwn(SCRUB_SWITCHES, name);
}
