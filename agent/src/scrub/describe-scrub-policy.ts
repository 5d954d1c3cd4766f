import { RULES } from './rules.ts';
import type { FieldShape, FieldsShape } from './shape.ts';
import { SUMMARIES } from './summaries.ts';

/** One part of the policy in words, for "what leaves the cluster" in the README. */
export interface PolicyRow {
  /** The name of a scrub rule, or of a part that several rules share. */
  readonly part: string;
  /** Whether other parts refer to this one, as `<part>`. */
  readonly isShared: boolean;
  /**
   * All that is sent of it. `{…}` holds the fields of an object, `[]` marks a list, `{*}` a map with free keys,
   * `<part>` another row; `name?switch` is sent only when an operator names the switch; `name (only …)` tells what is sent in place of
   * the value.
   */
  readonly sends: string;
}

/** The whole policy, shared parts first in the order in which they are first used, then one row per rule. */
export function describeScrubPolicy(): PolicyRow[] {
  const shared = new Map<string, string>();
  const rules = Object.entries(RULES).map(([part, shape]) => ({ part, isShared: false, sends: inner(shape, shared) }));
  return [...[...shared].map(([part, sends]) => ({ part, isShared: true, sends })), ...rules];
}

/** Fields of an object, with what follows each name; parts that bear a title are collected in `shared`. */
function inner(shape: FieldsShape, shared: Map<string, string>): string {
  const words = Object.entries(shape.fields).map(([name, of]) => `${name}${suffix(of, shared)}`);
  return words.join(', ');
}

function suffix(shape: FieldShape, shared: Map<string, string>): string {
  switch (shape.is) {
    case 'fields':
      return fieldsSuffix(shape, shared);
    case 'list':
      return `[]${suffix(shape.of, shared)}`;
    case 'map':
      return `{${keysOf(shape)}}${suffix(shape.of, shared)}`;
    case 'from':
      return ` made of ${shape.field}${suffix(shape.of, shared)}`;
    case 'where': {
      const other = shape.otherwise === undefined ? '' : `, else ${suffix(shape.otherwise, shared)}`;
      return `${suffix(shape.of, shared)} where ${shape.beside} is ${shape.among.join(' or ')}${other}`;
    }
    case 'oversized':
      return ' (only how many allowed ones are too long)';
    case 'summary':
      return ` (only ${SUMMARIES[shape.of].tells})`;
    case 'labels':
      return '{*}';
    case 'annotations':
      return '{allowed keys}';
    case 'sizes':
      return '{*} sizes in bytes';
    case 'when':
      return `?${shape.on}${suffix(shape.shape, shared)}${shape.otherwise ? ` else ${suffix(shape.otherwise, shared)}` : ''}`;
    default:
      return '';
  }
}

function keysOf({ without, only }: Extract<FieldShape, { is: 'map' }>): string {
  if (only !== undefined) return only.join(', ');
  return without === undefined ? '*' : '* unless an address or a serial number';
}

function fieldsSuffix(shape: FieldsShape, shared: Map<string, string>): string {
  if (shape.title === undefined) return `{${inner(shape, shared)}}`;
  if (!shared.has(shape.title)) {
    // Reserved first, so that a part comes before the parts inside it.
    shared.set(shape.title, '');
    shared.set(shape.title, inner(shape, shared));
  }
  return `<${shape.title}>`;
}
