/**
 * The words in which the scrub policy is written. A shape says what of a value may leave the cluster;
 * whatever no shape names stays. `rules.ts` is the policy in these words, `scrub-json.ts` performs it.
 *
 * Leaves are typed on purpose: a string where a number is expected, or prose where a quantity is expected, is
 * dropped, so that an unexpected object can neither break the agent nor carry text out in a field that looks harmless.
 */

import type { LabelMask } from './label-mask.ts';
import type { SummaryName } from './summaries.ts';

/** What an operator can let out by name; each is off unless named (option table of the agent, README). */
export type ScrubSwitch =
  | 'accountsAndPaths'
  | 'args'
  | 'commands'
  | 'conditionMessages'
  | 'configMapValues'
  | 'envValues'
  | 'eventMessages'
  | 'externalMetricNames'
  | 'lifecycleHooks'
  | 'nodeImages'
  | 'probeRequests'
  | 'securityContexts'
  | 'terminationMessages'
  | 'userData';

/** What an operator lets out beyond the policy, and keeps in of it. */
export interface ScrubOptions {
  /** Switches named by the operator. */
  readonly reenable: ReadonlySet<ScrubSwitch>;
  /** Further annotations: `*.domain/`, or any prefix of a key. */
  readonly annotationPrefixes: readonly string[];
  /** Labels whose values are replaced; none unless told. */
  readonly labelMask?: LabelMask | undefined;
  /** Namespaces of whose objects only identity and requests leave; none unless told. */
  readonly skipNamespaces?: readonly string[];
}

/** A single value. `maxLength` counts UTF-16 units. */
export type LeafShape =
  /** A string that fits; a longer one is dropped whole, because half an identifier or half a program is of no use. */
  | { readonly is: 'text'; readonly maxLength: number }
  /** Prose behind a switch; cut to `maxLength`, because the beginning of a message still tells something. */
  | { readonly is: 'message'; readonly maxLength: number }
  /** One machine-readable word, as Kubernetes defines a condition's reason (API conventions, `metav1.Condition`). */
  | { readonly is: 'reason' }
  /** A Kubernetes quantity: a number, or a string such as `250m` or `1.5Gi`. */
  | { readonly is: 'quantity' }
  /** RFC 3339, as Kubernetes writes it. */
  | { readonly is: 'time' }
  | { readonly is: 'number' }
  | { readonly is: 'flag' }
  /** Kubernetes' IntOrString: a number, or a short text such as a port name or `25%`. */
  | { readonly is: 'numberOrText'; readonly maxLength: number }
  /** What is told of a value in place of it: `summaries.ts`. */
  | { readonly is: 'summary'; readonly of: SummaryName };

/** What a field of an object may be: a value that leaves, or one that leaves only beside certain others. */
export type FieldShape =
  | Shape
  /** Kept so only where the text in the field `beside` is one of `among`, else as `otherwise`, else dropped. */
  | {
      readonly is: 'where';
      readonly beside: string;
      readonly among: readonly string[];
      readonly of: FieldShape;
      readonly otherwise?: FieldShape;
    }
  /** Made of another field than the one that it is called by. */
  | { readonly is: 'from'; readonly field: string; readonly of: Shape };

/** An object of which only the named fields are looked at. */
export interface FieldsShape {
  readonly is: 'fields';
  readonly fields: Readonly<Record<string, FieldShape>>;
  /** How the documentation calls a shape that is used in many places. */
  readonly title?: string;
  /** The object is dropped when nothing but this field is left of it. */
  readonly dropIfOnly?: string;
  /** It names the key of a label in `key`, and values of it in `value` or `values`. */
  readonly isKeyed?: true;
}

/** What of a value may leave. */
export type Shape =
  | LeafShape
  | FieldsShape
  | { readonly is: 'list'; readonly of: Shape }
  /**
   * Free keys, all values of one shape: labels, resource quantities. A key of which `without` has a word is dropped; with `only` all
   * but these are, whatever the case of their letters.
   */
  | { readonly is: 'map'; readonly of: Shape; readonly without?: readonly string[]; readonly only?: readonly string[] }
  /** Labels, or what selects by them: free keys, and texts that an operator may have masked. */
  | { readonly is: 'labels'; readonly maxLength: number }
  /** Metadata annotations: only allowed keys, only values that are not longer than `annotation-policy.ts` allows. */
  | { readonly is: 'annotations' }
  /** Of annotations how many of the allowed keys were left out for their length; nothing if none was. */
  | { readonly is: 'oversized' }
  /** Keys kept, each value replaced by its length in UTF-8 bytes. */
  | { readonly is: 'sizes' }
  /** Kept as `shape` when the operator named the switch, else as `otherwise`, else dropped. */
  | { readonly is: 'when'; readonly on: ScrubSwitch; readonly shape: Shape; readonly otherwise?: Shape };

/** Longest string that is an identifier in Kubernetes or one of our clouds: an Azure resource id, an image reference. */
const MAX_TEXT_LENGTH = 512;
const MAX_MESSAGE_LENGTH = 1024;
/** Port names have at most 15 characters, percentages at most 4. */
const MAX_INT_OR_STRING_LENGTH = 64;

export const text: Shape = { is: 'text', maxLength: MAX_TEXT_LENGTH };
export const reason: Shape = { is: 'reason' };
export const quantity: Shape = { is: 'quantity' };
export const time: Shape = { is: 'time' };
export const number: Shape = { is: 'number' };
export const flag: Shape = { is: 'flag' };
export const numberOrText: Shape = { is: 'numberOrText', maxLength: MAX_INT_OR_STRING_LENGTH };
export const labels: Shape = { is: 'labels', maxLength: MAX_TEXT_LENGTH };
export const annotations: Shape = { is: 'annotations' };
export const oversized: Shape = { is: 'oversized' };
export const sizes: Shape = { is: 'sizes' };
export const message: Shape = { is: 'message', maxLength: MAX_MESSAGE_LENGTH };

/** A text that may be longer than an identifier, e.g. a CEL expression. `maxLength` in UTF-16 units. */
export const longText = (maxLength: number): Shape => ({ is: 'text', maxLength });

/** What is told of a value in place of it. */
export const summary = (of: SummaryName): Shape => ({ is: 'summary', of });

/** An object with these fields and no others. */
export const fields = (of: Readonly<Record<string, FieldShape>>): FieldsShape => ({ is: 'fields', fields: of });

/** As `fields`, with a name under which the documentation describes it once. */
export const titled = (title: string, of: Readonly<Record<string, FieldShape>>): FieldsShape => ({
  is: 'fields',
  title,
  fields: of,
});

/** As `fields`, dropped when nothing but the field `only` is left. */
export const unlessOnly = (only: string, of: Readonly<Record<string, FieldShape>>): FieldsShape => ({
  is: 'fields',
  dropIfOnly: only,
  fields: of,
});

/** As `fields`, of what names the key of a label in `key`, and values of it in `value` or `values`. */
export const keyed = (of: Readonly<Record<string, FieldShape>>): FieldsShape => ({
  is: 'fields',
  fields: of,
  isKeyed: true,
});

export const list = (of: Shape): Shape => ({ is: 'list', of });
export const map = (of: Shape): Shape => ({ is: 'map', of });

/** As `map`, without keys that have one of these words (lower case) in the part after their domain. */
export const mapWithout = (without: readonly string[], of: Shape): Shape => ({ is: 'map', of, without });

/** Made of another field than the one that it is called by. */
export const from = (field: string, of: Shape): FieldShape => ({ is: 'from', field, of });

/** Kept only where the text in the field `beside` is one of `among`. */
export const where = (beside: string, among: readonly string[], of: FieldShape): FieldShape => ({
  is: 'where',
  beside,
  among,
  of,
});

/** Of the cases of `where`: all that are told, and what of a value of none of them. */
export const whereOr = (beside: string, cases: Readonly<Record<string, Shape>>, otherwise: Shape): FieldShape =>
  Object.entries(cases).reduce<FieldShape>(
    (rest, [words, of]) => ({ is: 'where', beside, among: words.split(' '), of, otherwise: rest }),
    otherwise,
  );

/** As `map`, of these keys only, whatever the case of their letters. */
export const mapOnly = (only: readonly string[], of: Shape): Shape => ({ is: 'map', of, only });

export const when = (on: ScrubSwitch, shape: Shape, otherwise?: Shape): Shape =>
  otherwise === undefined ? { is: 'when', on, shape } : { is: 'when', on, shape, otherwise };

/** The same shape under several field names, which are separated by blanks: `...each(text, 'name namespace')`. */
export const each = (shape: Shape, ...names: readonly string[]): Record<string, Shape> =>
  Object.fromEntries(names.flatMap((part) => part.split(' ')).map((name) => [name, shape]));
